# SPDX-License-Identifier: Apache-2.0
"""Log levels under the names Java's log4j 2 gives them.

Python's levels are numbers that fall with the amount of detail as log4j's do, so each of log4j's
names is one number here; numbers between them belong to the name below.
"""

from __future__ import annotations

import logging

__all__ = ["ALL", "FATAL", "OFF", "TRACE", "level_name", "parse_level"]

ALL = 1
TRACE = 5
FATAL = logging.CRITICAL
OFF = 60

_LEVELS = {
    "ALL": ALL,
    "TRACE": TRACE,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": FATAL,
    "OFF": OFF,
}
_SPELLINGS = {**_LEVELS, "WARNING": logging.WARNING, "CRITICAL": FATAL}


def parse_level(name: str) -> int | None:
    """Read the name of a level, in any case; None when there is no such level."""
    return _SPELLINGS.get(name.strip().upper())


def level_name(level: int) -> str:
    """Name the level that a number stands for."""
    return max((value, name) for name, value in _LEVELS.items() if value <= max(level, ALL))[1]
