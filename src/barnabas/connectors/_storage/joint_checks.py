# SPDX-License-Identifier: Apache-2.0
"""Checks of settings that are fine one by one, whether they fit together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from barnabas import config
from barnabas.errors import ConfigError

__all__ = ["add_problems", "problems_of"]

_SETTING: Final = re.compile(r"for configuration ([\w.]+):")


def problems_of(checks: Iterable[Callable[[], object]]) -> list[str]:
    """Run checks that raise `ConfigError`, and give what they said."""
    problems = []
    for check in checks:
        try:
            check()
        except ConfigError as error:
            problems.append(error.message)
    return problems


def add_problems(
    values: Sequence[config.ConfigValue], problems: Iterable[str], otherwise: str
) -> None:
    """Tell problems at the settings they name.

    Args:
        values: The answer to a validation.
        problems: What `problems_of` gave.
        otherwise: The setting that is told what names none.
    """
    by_name = {value.name: value for value in values}
    for problem in problems:
        found = _SETTING.search(problem)
        name = found[1] if found and found[1] in by_name else otherwise
        by_name[name].add_error(problem)
