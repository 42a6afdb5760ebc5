# SPDX-License-Identifier: Apache-2.0
"""Records as they travel between a task and the framework.

A source task makes :class:`SourceRecord`, a sink task is given :class:`SinkRecord`. Both are light
structs: making one costs a fraction of a microsecond, so a task may make one per row. Treat them as
immutable; use ``record.replace(...)`` to make a changed one.

Source:
    Apache Kafka ``org.apache.kafka.connect.connector.ConnectRecord``.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

import msgspec

from barnabas.data import Headers, Schema

__all__ = [
    "OffsetAndMetadata",
    "RecordMetadata",
    "SinkRecord",
    "SourceRecord",
    "TimestampType",
    "TopicPartition",
]


class TopicPartition(NamedTuple):
    """A partition of a Kafka topic."""

    topic: str
    partition: int


class OffsetAndMetadata(NamedTuple):
    """A consumer offset to commit: the offset of the *next* record to read."""

    offset: int
    metadata: str = ""


class RecordMetadata(NamedTuple):
    """Where the broker put a produced record."""

    topic: str
    partition: int
    offset: int
    timestamp: int | None
    """Milliseconds since the epoch, None when the broker gave none."""


class TimestampType(enum.Enum):
    """What the timestamp of a consumed record means; values are Kafka's names."""

    NO_TIMESTAMP_TYPE = "NoTimestampType"
    CREATE_TIME = "CreateTime"
    LOG_APPEND_TIME = "LogAppendTime"


class SourceRecord(msgspec.Struct, kw_only=True, gc=False):
    """A record on its way from another system to Kafka.

    ``source_partition`` and ``source_offset`` are maps with text keys and primitive values. The
    framework stores the offset under the partition once the broker has acknowledged the record and
    all records of that partition before it, and gives it back through
    :class:`~barnabas.api.source.OffsetStorageReader` after a restart. Records of one poll may share
    one ``source_partition`` object; that makes the framework faster.
    """

    source_partition: Mapping[str, Any] | None
    source_offset: Mapping[str, Any] | None
    topic: str
    value: Any = None
    value_schema: Schema | None = None
    key: Any = None
    key_schema: Schema | None = None
    kafka_partition: int | None = None
    """Partition to produce to; None lets the producer choose by key."""
    timestamp: int | None = None
    """Milliseconds since the epoch; None lets the producer take the time of sending."""
    headers: Headers | None = None

    def replace(self, **changes: Any) -> Self:
        """Make a copy with some fields changed."""
        return msgspec.structs.replace(self, **changes)


class SinkRecord(msgspec.Struct, kw_only=True, gc=False):
    """A record on its way from Kafka to another system.

    ``original_*`` hold what the record had before transformations (KIP-793): sinks must use those
    to name the offsets they return from ``pre_commit``. They may be None on records nothing
    changed; use :attr:`original`.
    """

    topic: str
    kafka_partition: int
    kafka_offset: int
    value: Any = None
    value_schema: Schema | None = None
    key: Any = None
    key_schema: Schema | None = None
    timestamp: int | None = None
    """Milliseconds since the epoch, None when the record has none."""
    timestamp_type: TimestampType = TimestampType.NO_TIMESTAMP_TYPE
    headers: Headers | None = None
    """Headers of the record, None when it has none."""
    original_topic_partition: TopicPartition | None = None
    original_kafka_offset: int | None = None

    @property
    def original(self) -> tuple[TopicPartition, int]:
        """Topic partition and offset the record was consumed from, before transformations."""
        where = self.original_topic_partition or TopicPartition(self.topic, self.kafka_partition)
        offset = self.original_kafka_offset
        return where, self.kafka_offset if offset is None else offset

    def replace(self, **changes: Any) -> Self:
        """Make a copy with some fields changed; the copy remembers where the record came from."""
        if self.original_kafka_offset is None or self.original_topic_partition is None:
            where, offset = self.original
            changes.setdefault("original_topic_partition", where)
            changes.setdefault("original_kafka_offset", offset)
        return msgspec.structs.replace(self, **changes)
