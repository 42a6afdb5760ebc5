# SPDX-License-Identifier: Apache-2.0
"""A record that could not be transformed or converted, and what becomes of it.

Source:
    KIP-298; Apache Kafka ``connect/runtime`` ``errors/Stage``, ``RetryWithToleranceOperator``.
"""

from __future__ import annotations

import dataclasses
import enum
from typing import Protocol

from barnabas.api import SinkRecord, SourceRecord
from barnabas.errors import ConnectError

__all__ = ["FailFast", "Failure", "Stage", "Tolerance", "describe"]


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
            f"{failure.where}: {failure.error}. Mend the record or the settings of this stage; "
            "errors.tolerance=all leaves such records out"
        )
        raise ConnectError(text) from failure.error


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
