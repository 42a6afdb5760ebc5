# SPDX-License-Identifier: Apache-2.0
"""A record that could not be transformed or converted, and who decides what becomes of it.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/Stage``, ``RetryWithToleranceOperator``.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, TypeVar

from barnabas.api import SinkRecord, SourceRecord
from barnabas.errors import ConnectError

__all__ = ["FailFast", "Failure", "LeaveOut", "Stage", "Tolerance", "describe", "exceeded"]

_Answer = TypeVar("_Answer")


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
    """One record that failed at one stage."""

    stage: Stage
    plugin: type
    """Class of the transformation, converter or task."""
    where: str
    """Which record, in words that do not show its content."""
    error: BaseException
    origin: Any = None
    """The message it was consumed as, or the source record as the task returned it; None where
    nobody keeps it."""


class Tolerance:
    """Decides what becomes of records that fail."""

    def attempt(self, operation: Callable[..., _Answer], *arguments: Any) -> _Answer:
        """Call an operation on one record, again if need be, and return its answer.

        Raises:
            Exception: What the last attempt failed with, for :meth:`handle`.
        """
        return operation(*arguments)

    def handle(self, failure: Failure) -> None:
        """Return to have the record left out, or raise to fail the task."""
        raise NotImplementedError


class FailFast(Tolerance):
    """``errors.tolerance=none``: the first failure fails the task."""

    def handle(self, failure: Failure) -> None:
        """Raise an error that says where it happened.

        Raises:
            ConnectError: Always.
        """
        raise exceeded(failure) from failure.error


class LeaveOut(Tolerance):
    """``errors.tolerance=all``: records that fail are left out."""

    def handle(self, failure: Failure) -> None:
        """Let the failure pass."""


def exceeded(failure: Failure) -> ConnectError:
    """Make the error a task fails with for a record that is not tolerated."""
    text = (
        f"Tolerance exceeded in error handler: {failure.stage.value} with class "
        f"{failure.plugin.__module__}.{failure.plugin.__qualname__} failed on the "
        f"{failure.where}: {str(failure.error).rstrip('.?!')}. Mend the record or the settings "
        "of this stage; errors.tolerance=all leaves such records out"
    )
    return ConnectError(text)


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
