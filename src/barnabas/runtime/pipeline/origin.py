# SPDX-License-Identifier: Apache-2.0
"""What a record was before anything was done to it, for reports of its failure."""

from __future__ import annotations

import dataclasses
from typing import Any

from barnabas.api import SinkRecord, SourceRecord, TopicPartition
from barnabas.data import Headers
from barnabas.runtime.pipeline.converters import Converters

__all__ = ["ConvertedMessage", "TracedRecord", "origin_of"]


class TracedRecord(SinkRecord, kw_only=True, gc=False):
    """A sink record that holds the message it was made of, and so do its changed copies.

    Only sinks that report records get such ones: messages live as long as their records then.
    """

    origin: Any = None
    """The consumed message."""


def origin_of(record: SourceRecord | SinkRecord) -> Any:
    """Return the message a sink record was made of, None where that is not known.

    Of a source record, which never was anything else, the record.
    """
    if isinstance(record, SourceRecord):
        return record
    return getattr(record, "origin", None)


@dataclasses.dataclass(frozen=True, slots=True)
class ConvertedMessage:
    """A record made by a sink, as a message: there is no other that it came from.

    Implements :class:`~barnabas.runtime.pipeline.sink.ConsumedMessage`.
    """

    _where: TopicPartition
    _offset: int
    _key: bytes | None
    _value: bytes | None
    _timestamp: tuple[int, int]
    _headers: list[tuple[str, bytes | None]] | None

    @classmethod
    def of(cls, record: SinkRecord, converters: Converters) -> ConvertedMessage:
        """Convert a record with the task's converters.

        Raises:
            Exception: A converter cannot.
        """
        topic, headers = record.topic, record.headers
        key = converters.key.from_connect_data(topic, headers, record.key_schema, record.key)
        value = converters.value.from_connect_data(
            topic, headers, record.value_schema, record.value
        )
        where, offset = record.original
        time = record.timestamp
        return cls(
            where,
            offset,
            key,
            value,
            (0, -1) if time is None else (1, time),
            None if headers is None else _raw(topic, headers, converters),
        )

    def topic(self) -> str:
        """Topic it counts for."""
        return self._where.topic

    def partition(self) -> int:
        """Partition it counts for."""
        return self._where.partition

    def offset(self) -> int:
        """Offset it has."""
        return self._offset

    def key(self) -> bytes | None:
        """Its key."""
        return self._key

    def value(self) -> bytes | None:
        """Its value."""
        return self._value

    def timestamp(self) -> tuple[int, int]:
        """Kind of timestamp (0 none, 1 create time) and milliseconds."""
        return self._timestamp

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        """Its headers, None when there are none."""
        return self._headers


def _raw(topic: str, headers: Headers, converters: Converters) -> list[tuple[str, bytes | None]]:
    convert = converters.header.from_connect_header
    return [(key, convert(topic, key, schema, value)) for key, schema, value in headers]
