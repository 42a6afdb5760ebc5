# SPDX-License-Identifier: Apache-2.0
"""A record that could not be transformed or converted, and what becomes of it.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/Stage``, ``RetryWithToleranceOperator``.
"""

from __future__ import annotations

import dataclasses
import enum
import logging
from collections.abc import Mapping
from typing import Protocol

from barnabas.api import SinkRecord, SourceRecord
from barnabas.errors import ConnectError

__all__ = ["FailFast", "Failure", "LeaveOut", "Stage", "Tolerance", "describe", "make_tolerance"]

_DEAD_LETTERS = "errors.deadletterqueue.topic.name"
_INSTEAD = "a record that fails fails the task, although errors.tolerance is all: none gets lost"
_logger = logging.getLogger(__name__)


class Stage(enum.Enum):
    """Where on its way a record failed; values are Java's names."""

    TASK_POLL = "TASK_POLL"
    TASK_PUT = "TASK_PUT"
    TRANSFORMATION = "TRANSFORMATION"
    KEY_CONVERTER = "KEY_CONVERTER"
    VALUE_CONVERTER = "VALUE_CONVERTER"
    HEADER_CONVERTER = "HEADER_CONVERTER"
    KAFKA_PRODUCE = "KAFKA_PRODUCE"
    KAFKA_CONSUME = "KAFKA_CONSUME"


@dataclasses.dataclass(frozen=True, slots=True)
class Failure:
    """One failed operation on one record."""

    stage: Stage
    plugin: type
    """Class of the transformation or converter."""
    where: str
    """Which record, in words that do not show its content."""
    error: Exception


class Tolerance(Protocol):
    """Decides what becomes of records that fail."""

    def handle(self, failure: Failure) -> None:
        """Return to have the record left out, or raise to fail the task."""


class FailFast:
    """``errors.tolerance=none``: the first failure fails the task."""

    def handle(self, failure: Failure) -> None:
        """Raise an error that says where it happened.

        Raises:
            ConnectError: Always.
        """
        text = (
            f"Tolerance exceeded in error handler: {failure.stage.value} with class "
            f"{failure.plugin.__module__}.{failure.plugin.__qualname__} failed on the "
            f"{failure.where}: {str(failure.error).rstrip('.?!')}. Mend the record or the settings "
            "of this stage; errors.tolerance=all leaves such records out"
        )
        raise ConnectError(text) from failure.error


class LeaveOut:
    """``errors.tolerance=all``: records that fail are left out."""

    def handle(self, failure: Failure) -> None:
        """Let the failure pass."""


class _Logged:
    """``errors.log.enable``: each failure is logged, whatever becomes of the record then."""

    def __init__(self, inner: Tolerance, task: str, *, tells_record: bool) -> None:
        self._inner = inner
        self._task = task
        self._tells_record = tells_record

    def handle(self, failure: Failure) -> None:
        """Log, then do as the other tolerance does."""
        _logger.error(
            "Error encountered in task %s. Executing stage '%s' with class '%s'%s: %s",
            self._task,
            failure.stage.value,
            f"{failure.plugin.__module__}.{failure.plugin.__qualname__}",
            f", on the {failure.where}" if self._tells_record else "",
            failure.error,
        )
        self._inner.handle(failure)


def make_tolerance(config: Mapping[str, str], task: str) -> Tolerance:
    """Make what ``errors.tolerance`` and ``errors.log.*`` of a connector say.

    Args:
        config: The connector's configuration, valid.
        task: Name of the task, for the log.

    Differs:
        A failed operation is not tried again (``errors.retry.timeout``), and a logged failure
        tells where the record was, not what is in it. There is no dead letter queue yet: rather
        than lose records that were to go there, the first one fails the task.
    """
    tolerance: Tolerance = FailFast()
    if config.get("errors.tolerance") == "all":
        if config.get(_DEAD_LETTERS, "").strip():
            _logger.warning("%s is not supported yet, so that %s", _DEAD_LETTERS, _INSTEAD)
        else:
            tolerance = LeaveOut()
    if config.get("errors.log.enable", "").lower() != "true":
        return tolerance
    tells_record = config.get("errors.log.include.messages", "").lower() == "true"
    return _Logged(tolerance, task, tells_record=tells_record)


def describe(record: SourceRecord | SinkRecord) -> str:
    """Say which record is meant without showing its content."""
    if isinstance(record, SinkRecord):
        where, offset = record.original
        return f"record from topic {where.topic}, partition {where.partition}, offset {offset}"
    return (
        f"record for topic {record.topic} from source partition "
        f"{_shown(record.source_partition)} at source offset {_shown(record.source_offset)}"
    )


def _shown(values: object) -> str:
    text = str(values)
    return text if len(text) <= 200 else f"{text[:200]}…"
