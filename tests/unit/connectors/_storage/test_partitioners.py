# SPDX-License-Identifier: Apache-2.0
"""Directories of records."""

from __future__ import annotations

from barnabas.api import SinkRecord
from barnabas.connectors._storage.partitioners import Partitioner


class ByOffset(Partitioner):
    def encode(self, record: SinkRecord) -> str:
        return f"offset={record.kafka_offset}"


def test_many_records_are_sorted_one_by_one_unless_there_is_a_faster_way() -> None:
    records = [SinkRecord(topic="t", kafka_partition=0, kafka_offset=at) for at in (4, 2)]
    assert ByOffset().encode_many(records) == ["offset=4", "offset=2"]
