# SPDX-License-Identifier: Apache-2.0
"""Records of one Kafka partition with what is known about each, column by column."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from barnabas.api import SinkRecord, TopicPartition
from barnabas.connectors._storage.writer_parts import WriterParts
from barnabas.errors import ConnectError, DataError

__all__ = ["Batch", "offset_of", "sort_records"]


class Batch(NamedTuple):
    """Records and, in the same order, their values, encoded partitions and times."""

    records: Sequence[SinkRecord]
    values: Sequence[Any]
    encoded: Sequence[str]
    times: Sequence[int] | None
    """Milliseconds since the epoch; None when nobody needs them."""

    def part(self, start: int, stop: int) -> Batch:
        """The records from start up to stop."""
        if start == 0 and stop >= len(self.records):
            return self
        return Batch(
            self.records[start:stop],
            self.values[start:stop],
            self.encoded[start:stop],
            self.times[start:stop] if self.times else None,
        )

    def pick(self, places: Sequence[int]) -> Batch:
        """The records at these places."""
        return Batch(
            [self.records[at] for at in places],
            [self.values[at] for at in places],
            [self.encoded[at] for at in places],
            [self.times[at] for at in places] if self.times else None,
        )


def offset_of(record: SinkRecord) -> int:
    """The offset at which the record was consumed."""
    original = record.original_kafka_offset
    return record.kafka_offset if original is None else original


def sort_records(
    parts: WriterParts, where: TopicPartition, records: Sequence[SinkRecord]
) -> tuple[Batch, list[Future[None]]]:
    """Find out where records go; those that go nowhere are reported and left out.

    Returns:
        What can be written, and the reports that are under way.

    Raises:
        ConnectError: A bad record shall fail the task; or a transformation changed the topic.
    """
    for record in records:
        if record.topic != where.topic:
            raise _renamed(record, where)
    try:
        return _sorted(parts, records), []
    except DataError:
        pass
    good: list[SinkRecord] = []
    reports: list[Future[None]] = []
    for record in records:
        try:
            _sorted(parts, [record])
            good.append(record)
        except DataError as error:
            reports.append(parts.report(record, error))
    return _sorted(parts, good), reports


def _sorted(parts: WriterParts, records: Sequence[SinkRecord]) -> Batch:
    times = None
    if parts.rules.needs_record_times and parts.record_times is not None:
        times = parts.record_times.extract_many(records)
    encoded = parts.partitioner.encode_many(records)
    return Batch(records, [record.value for record in records], encoded, times)


def _renamed(record: SinkRecord, where: TopicPartition) -> ConnectError:
    message = (
        f"The record at offset {offset_of(record)} of {where.topic}-{where.partition} comes with"
        f" the topic {record.topic}: files are named after the topic that offsets belong to, so"
        " transformations must not change it. Use topics.dir with topic.capture.groups.regex to"
        " choose other directories"
    )
    return ConnectError(message)
