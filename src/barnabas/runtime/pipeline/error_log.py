# SPDX-License-Identifier: Apache-2.0
"""The log of records that failed: ``errors.log.enable``.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/LogReporter``, ``ProcessingContext``.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from barnabas.api import SourceRecord
from barnabas.runtime.pipeline.error_counts import ErrorCounts
from barnabas.runtime.pipeline.failure import Failure
from barnabas.runtime.pipeline.java_names import JavaNames, stack_trace

__all__ = ["ErrorLog"]

_TIMESTAMP_TYPES: Final = ("NoTimestampType", "CreateTime", "LogAppendTime")
_LONGEST: Final = 10_000
_logger = logging.getLogger(__name__)


class ErrorLog:
    """Logs each failure once, in Java's words.

    Implements :class:`~barnabas.runtime.pipeline.error_handling.FailureReporter`. The trace is that
    of dead letters, without lines of source: to look these up took eight times as long as all else.

    Args:
        task: Name of the task.
        names: Names of its plugins.
        counts: Where it counts.
        tells_record: ``errors.log.include.messages``: whether it says which record that was; of
            source records, which have no other name, all there is in them.
    """

    def __init__(
        self, task: str, names: JavaNames, counts: ErrorCounts, *, tells_record: bool
    ) -> None:
        self._task = task
        self._names = names
        self._counts = counts
        self._tells_record = tells_record

    def report(self, failure: Failure, *, is_awaited: bool = False) -> None:
        """Log a failure."""
        record = _record_text(failure.origin) if self._tells_record else ""
        _logger.error(
            "Error encountered in task %s. Executing stage '%s' with class '%s'%s.",
            self._task,
            failure.stage.value,
            self._names.of(failure.plugin),
            record,
            extra={"exception": stack_trace(failure.error)},
        )
        self._counts.logged += 1


def _record_text(origin: Any) -> str:
    if origin is None:
        return ""
    if isinstance(origin, SourceRecord):
        return f", where source record is = {origin}"[:_LONGEST]
    kind, time = origin.timestamp()
    return (
        f", where consumed record is {{topic='{origin.topic()}', partition={origin.partition()}, "
        f"offset={origin.offset()}, timestamp={time if kind else -1}, "
        f"timestampType={_TIMESTAMP_TYPES[kind]}}}"
    )
