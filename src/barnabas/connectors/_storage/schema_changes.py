# SPDX-License-Identifier: Apache-2.0
"""Tells of a topic whose records have several schemas in turn.

Each change of schema that a file cannot hold ends the open files. When schemas alternate, that is a
file for nearly every record, and slow: a person should know.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from barnabas.api import TopicPartition

__all__ = ["SchemaChanges"]

_PERIOD_MS: Final = 60_000
_MANY: Final = 10
"""So many changes of one partition within the period are no evolution any more."""

_logger = logging.getLogger(__name__)


class SchemaChanges:
    """Counts the changes of one Kafka partition. Used by the task's main thread.

    Args:
        where: The partition.
        now_ms: The clock.
    """

    def __init__(self, where: TopicPartition, now_ms: Callable[[], int]) -> None:
        self._where = where
        self._now_ms = now_ms
        self._since_ms = 0
        self._count = 0

    def note(self, reason: str) -> None:
        """Count a change that ended files; log a warning at the tenth within a minute.

        Args:
            reason: What changed.
        """
        now = self._now_ms()
        if now - self._since_ms >= _PERIOD_MS:
            self._since_ms, self._count = now, 0
        self._count += 1
        if self._count == _MANY:
            _logger.warning(
                "%s-%d: files ended %d times within %d s because records have another schema than"
                " those before them, at last since %s. Where schemas alternate each file has few"
                " records, and writing is slow: give each schema a topic of its own, or let files"
                " hold schemas that can be projected with schema.compatibility=BACKWARD",
                *self._where,
                self._count,
                (now - self._since_ms) // 1000 + 1,
                reason,
            )
