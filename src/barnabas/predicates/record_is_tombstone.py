# SPDX-License-Identifier: Apache-2.0
"""RecordIsTombstone: whether a record has no value."""

from __future__ import annotations

from collections.abc import Sequence

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Predicate

__all__ = ["RecordIsTombstone"]


class RecordIsTombstone(Predicate):
    """True for records whose value is null, whatever its schema.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`` (KIP-585).
    """

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Say whether the value is null."""
        return record.value is None

    def test_batch(self, records: Sequence[SourceRecord | SinkRecord]) -> Sequence[bool]:
        """Say it of many records."""
        return [record.value is None for record in records]
