# SPDX-License-Identifier: Apache-2.0
"""Times of records."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.api import SinkRecord, TopicPartition
from barnabas.connectors._storage.timestamps import TimestampExtractor, make_extractor
from barnabas.data import DATE, FLOAT64, INT32, INT64, STRING, TIMESTAMP, Schema
from barnabas.errors import ConfigError, DataError

MOMENT = datetime.datetime(2024, 5, 8, 9, 27, 33, 7000, tzinfo=datetime.UTC)
MS = 1_715_160_453_007


def record(value: Any = None, schema: Schema | None = None, **more: Any) -> SinkRecord:
    return SinkRecord(
        topic="t", kafka_partition=3, kafka_offset=7, value=value, value_schema=schema, **more
    )


def in_field(schema: Schema | None, value: Any) -> int:
    extractor = make_extractor("RecordField", "at", lambda: 0)
    struct = None if schema is None else Schema.struct({"at": schema})
    return extractor.extract(record({"at": value}, struct))


def test_the_wall_clock_is_asked_once_for_a_batch() -> None:
    clock = iter([5, 6])
    extractor = make_extractor("Wallclock", "", lambda: next(clock))
    assert extractor.extract_many([record(), record()]) == [5, 5]
    assert extractor.extract(record()) == 6
    assert extractor.is_wall_clock


def test_a_record_has_the_time_kafka_keeps() -> None:
    extractor = make_extractor("Record", "", lambda: 0)
    assert extractor.extract_many([record(timestamp=4), record(timestamp=9)]) == [4, 9]
    assert not extractor.is_wall_clock


def test_a_record_without_time_is_named() -> None:
    extractor = make_extractor("Record", "", lambda: 0)
    moved = record(original_topic_partition=TopicPartition("orders", 1))
    with pytest.raises(DataError, match="record at offset 7 of orders-1"):
        extractor.extract_many([record(timestamp=4), moved])


@pytest.mark.parametrize(
    ("schema", "value", "ms"),
    [
        (TIMESTAMP, MOMENT, MS),
        (INT64, MS, MS),
        (INT32, 5, 5),
        (STRING, str(MS), MS),
        (STRING, "2024-05-08T09:27:33.007Z", MS),
        (DATE, MOMENT.date(), 1_715_126_400_000),
        (None, MOMENT, MS),
        (None, 2.5, 2),
        (None, "-5", -5),
    ],
)
def test_a_field_tells_the_time_in_many_forms(schema: Schema, value: Any, ms: int) -> None:
    assert in_field(schema, value) == ms


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (FLOAT64, 2.5),
        (STRING, "soon"),
        (None, True),
        (None, None),
        (None, float("nan")),
        (TIMESTAMP, MOMENT.replace(tzinfo=None)),
        (INT64.with_attributes(optional=True), None),
    ],
)
def test_a_bad_time_is_shown_with_its_record(schema: Schema, value: Any) -> None:
    with pytest.raises(DataError, match=r"record field: at\. It is .* offset 7 of t-3"):
        in_field(schema, value)


def test_a_missing_field_is_said_to_be_missing() -> None:
    extractor = make_extractor("RecordField", "gone", lambda: 0)
    with pytest.raises(DataError, match=r"gone\. It is not there"):
        extractor.extract(record({"at": 1}, Schema.struct({"at": INT32})))


def test_nested_fields_are_found() -> None:
    extractor = make_extractor("RecordField", "meta.at", lambda: 0)
    assert extractor.extract(record({"meta": {"at": 8}})) == 8


@pytest.mark.parametrize(
    "name",
    [
        "io.confluent.connect.storage.partitioner.TimeBasedPartitioner$RecordTimestampExtractor",
        "record",
    ],
)
def test_javas_class_names_are_known(name: str) -> None:
    assert make_extractor(name, "", lambda: 0).extract(record(timestamp=4)) == 4


def test_an_unknown_extractor_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"timestamp\.extractor: must be"):
        make_extractor("Sundial", "", lambda: 0)


def test_an_extractor_looks_at_records_unless_it_says_otherwise() -> None:
    assert not TimestampExtractor.is_wall_clock
