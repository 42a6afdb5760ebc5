# SPDX-License-Identifier: Apache-2.0
"""Errors that one record causes, and how that record is told: by its place and its key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.sink.binding import Rows
from barnabas.connectors.jdbc.sink.fields import Fields, Place
from barnabas.connectors.jdbc.sink.record_rules import where
from barnabas.errors import ConnectError

__all__ = ["VALUE_ERRORS", "RecordError", "bound", "named_record"]

VALUE_ERRORS: Final = (ConnectError, ValueError, TypeError, ArithmeticError, AttributeError)
"""What a value that does not fit makes converters and drivers raise."""
_LONGEST_KEY: Final = 200


class RecordError(ConnectError):
    """A record cannot be written; `record` is that one."""

    def __init__(self, record: SinkRecord, message: str) -> None:
        super().__init__(message)
        self.record = record

    def __reduce__(self) -> tuple[type[ConnectError], tuple[str]]:
        return ConnectError, (self.message,)


def bound(rows: Rows, records: Sequence[SinkRecord]) -> list[tuple[Any, ...]]:
    """Make rows of records.

    Raises:
        RecordError: A value does not fit.
    """
    try:
        return rows(records)
    except VALUE_ERRORS:
        for record in records:
            try:
                rows([record])
            except VALUE_ERRORS as error:
                reason = error.message if isinstance(error, ConnectError) else type(error).__name__
                message = f"A value of the record at {where(record)} does not fit: {reason}"
                raise RecordError(record, message) from None
        raise


def named_record(record: SinkRecord, fields: Fields | None) -> str:
    """Say which record it is: topic, partition, offset, and its key where there is one."""
    text = f"record at {where(record)}"
    if fields is None or not fields.keys:
        return text
    values = ", ".join(f"{name}={_value_of(record, fields, name)}" for name in fields.keys)
    if len(values) > _LONGEST_KEY:
        values = values[:_LONGEST_KEY] + "…"
    return f"{text} with key {values}"


def _value_of(record: SinkRecord, fields: Fields, name: str) -> object:
    place = fields.places[name]
    if place == Place.KEY_FIELD:
        return _member(record.key, name)
    if place == Place.VALUE_FIELD:
        return _member(record.value, name)
    value: object = getattr(record, place)
    return value


def _member(struct: object, name: str) -> object:
    return struct.get(name) if isinstance(struct, dict) else None
