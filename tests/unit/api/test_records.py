# SPDX-License-Identifier: Apache-2.0
"""Records as tasks make and take them."""

from __future__ import annotations

import gc

from barnabas.api import SinkRecord, SourceRecord, TimestampType, TopicPartition
from barnabas.data import STRING


def source_record(**changes: object) -> SourceRecord:
    fields: dict[str, object] = {"source_partition": {"file": "a"}, "source_offset": {"line": 1}}
    return SourceRecord(topic="orders", **{**fields, **changes})


def sink_record(**changes: object) -> SinkRecord:
    fields: dict[str, object] = {"topic": "orders", "kafka_partition": 2, "kafka_offset": 40}
    return SinkRecord(**{**fields, **changes})


def test_replace_makes_a_changed_copy_of_a_source_record() -> None:
    record = source_record(value="a", value_schema=STRING)

    changed = record.replace(topic="other", kafka_partition=1)

    assert (changed.topic, changed.kafka_partition, changed.value) == ("other", 1, "a")
    assert changed.value_schema is STRING
    assert (record.topic, record.kafka_partition) == ("orders", None)


def test_records_with_the_same_fields_are_equal() -> None:
    assert source_record(value=1) == source_record(value=1)
    assert source_record(value=1) != source_record(value=2)
    assert sink_record() == sink_record(timestamp_type=TimestampType.NO_TIMESTAMP_TYPE)


def test_a_consumed_record_comes_from_where_it_says() -> None:
    assert sink_record().original == (TopicPartition("orders", 2), 40)


def test_a_changed_sink_record_remembers_where_it_came_from() -> None:
    changed = sink_record().replace(topic="other", kafka_partition=0).replace(topic="third")

    assert (changed.topic, changed.kafka_partition) == ("third", 0)
    assert changed.original == (TopicPartition("orders", 2), 40)


def test_offset_zero_is_remembered_too() -> None:
    changed = sink_record(kafka_offset=0).replace(kafka_offset=9)

    assert changed.original == (TopicPartition("orders", 2), 0)


def test_the_garbage_collector_does_not_walk_records() -> None:
    assert not gc.is_tracked(source_record(value=["tracked"]))
    assert not gc.is_tracked(sink_record(value=["tracked"]))
