# SPDX-License-Identifier: Apache-2.0
"""Telling of records in internal topics that make no sense."""

from __future__ import annotations

import logging

from barnabas.runtime.stores.log_reader import LogRecord

__all__ = ["warn_of_garbage"]

_log = logging.getLogger(__name__)


def warn_of_garbage(topic: str, record: LogRecord, why: str) -> None:
    """Warn that a record, or part of it, is ignored; says where it is, not what is in it."""
    _log.warning(
        "Ignoring a record of topic %s, partition %d, offset %d, key %s: %s",
        topic,
        record.partition,
        record.offset,
        None if record.key is None else repr(record.key.decode("utf-8", "backslashreplace")),
        why,
    )
