# SPDX-License-Identifier: Apache-2.0
"""Directories of records."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SinkRecord
from barnabas.connectors._storage.partitioners import (
    Partitioner,
    PartitionerSettings,
    make_partitioner,
)
from barnabas.data import BOOLEAN, DATE, FLOAT64, INT8, INT64, OPTIONAL_STRING, STRING, Schema
from barnabas.errors import ConfigError, DataError

SCHEMA = Schema.struct(
    {
        "id": INT64,
        "tiny": INT8,
        "name": OPTIONAL_STRING,
        "ok": BOOLEAN,
        "price": FLOAT64,
        "day": DATE,
        "city": Schema.struct({"zip": STRING}),
    }
)
VALUE = {"id": 5, "tiny": 1, "name": "a/b", "ok": True, "price": 1.5, "city": {"zip": "69"}}
SETTINGS = PartitionerSettings(
    duration_ms=3_600_000,
    path_format="'year'=YYYY/'month'=M/'day'=d/'hour'=H/",
    locale="en",
    timezone="America/Los_Angeles",
    timestamp_extractor="Record",
)


def record(timestamp: int | None = 0, value: Any = VALUE, schema: Any = SCHEMA) -> SinkRecord:
    return SinkRecord(
        topic="t",
        kafka_partition=3,
        kafka_offset=7,
        value=value,
        value_schema=schema,
        timestamp=timestamp,
    )


def partitioner(name: str, **changes: Any) -> Partitioner:
    return make_partitioner(name, dataclasses.replace(SETTINGS, **changes), lambda: 0)


def by_fields(*fields: str, **changes: Any) -> str:
    return partitioner("FieldPartitioner", field_names=fields, **changes).encode(record())


def test_the_default_is_kafkas_partition() -> None:
    default = partitioner("io.confluent.connect.storage.partitioner.DefaultPartitioner")
    assert default.encode(record()) == "partition=3"
    assert default.encode_many([record(), record()]) == ["partition=3"] * 2
    assert default.extractor is None


def test_fields_name_directories_in_their_order() -> None:
    assert by_fields("ok", "id", "tiny") == "ok=true/id=5/tiny=1"
    assert by_fields("city.zip", "id", directory_delim="_") == "city.zip=69_id=5"


@given(
    st.lists(st.tuples(st.integers(-2, 2), st.booleans(), st.none() | st.text("ab/", max_size=2)))
)
def test_many_records_go_where_each_goes_alone(rows: list[tuple[Any, ...]]) -> None:
    fields = partitioner("FieldPartitioner", field_names=("id", "ok", "name"))
    records = [record(value={"id": a, "ok": b, "name": c}) for a, b, c in rows]
    assert fields.encode_many(records) == [fields.encode(each) for each in records]


def test_the_first_record_that_cannot_be_sorted_is_named() -> None:
    fields = partitioner("FieldPartitioner", field_names=("name",))
    bad = [record(value={"name": "x/../" + end}) for end in "ab"]
    with pytest.raises(DataError, match=r"'name=x/\.\./a'.*offset 7"):
        fields.encode_many([record(), *bad])
    with pytest.raises(DataError, match="only whole numbers"):
        fields.encode_many([record(value={"name": []}), record(value={"name": {}})])
    assert fields.encode_many([record(value={}), record()]) == ["name=null", "name=a/b"]


def test_slashes_in_values_make_directories_as_in_java() -> None:
    assert by_fields("name") == "name=a/b"


def test_null_is_written_as_a_word() -> None:
    fields = partitioner("FieldPartitioner", field_names=("name",))
    assert fields.encode(record(value={})) == "name=null"


@pytest.mark.parametrize("field", ["price", "day", "city"])
def test_other_types_name_no_directory(field: str) -> None:
    with pytest.raises(DataError, match=r"Error encoding partition\..*offset 7 of t-3"):
        by_fields(field)


def test_a_field_the_schema_does_not_have_is_named() -> None:
    with pytest.raises(DataError, match="Field 'gone' is not present in the schema"):
        by_fields("gone")


@pytest.mark.parametrize("value", [None, 5, "text"])
def test_values_without_fields_have_no_directory(value: Any) -> None:
    fields = partitioner("FieldPartitioner", field_names=("id",))
    with pytest.raises(DataError, match="Error encoding partition"):
        fields.encode(record(value=value, schema=None))


@pytest.mark.parametrize("text", ["../../etc", "x/..", "x/./y"])
def test_no_value_leads_out_of_its_directory(text: str) -> None:
    fields = partitioner("FieldPartitioner", field_names=("name",))
    with pytest.raises(DataError, match="lead out of its directory"):
        fields.encode(record(value={"name": text + "/"}))


def test_dots_within_names_lead_nowhere() -> None:
    fields = partitioner("FieldPartitioner", field_names=("name",))
    assert fields.encode(record(value={"name": "a..b.c"})) == "name=a..b.c"


@pytest.mark.mirrors("storage-common TimeBasedPartitionerTest#testNormalPath")
def test_times_are_rounded_down_and_written_by_the_pattern() -> None:
    times = partitioner("TimeBasedPartitioner")
    at_one_ms = 1_427_961_600_000 + 3_600_000 * 0  # 2015-04-02T08:00Z
    assert times.encode(record(at_one_ms)) == "year=2015/month=4/day=2/hour=1"


@pytest.mark.mirrors("storage-common HourlyPartitionerTest")
@pytest.mark.parametrize(
    ("ms", "path"),
    [
        (1_715_224_653_000, "year=2024/month=05/day=08/hour=23"),
        (1_706_411_853_000, "year=2024/month=01/day=28/hour=00"),
    ],
)
def test_hours_and_days_have_fixed_patterns(ms: int, path: str) -> None:
    hourly = partitioner("HourlyPartitioner", timezone="America/Santiago")
    daily = partitioner("DailyPartitioner", timezone="America/Santiago", directory_delim="_")
    assert hourly.encode(record(ms)) == path
    assert daily.encode(record(ms)) == path.rpartition("/")[0].replace("/", "_")


ZONES = ("UTC", "America/Los_Angeles", "Asia/Kathmandu", "Asia/Beirut", "+01:07", "Africa/Monrovia")


@given(
    st.sampled_from(ZONES),
    st.sampled_from([60_000, 3_600_000, 5_400_000, 86_400_000, 7]),
    st.lists(st.integers(-(10**12), 4 * 10**12), max_size=8),
)
def test_what_is_remembered_is_what_would_be_computed(
    zone: str, duration_ms: int, times: list[int]
) -> None:
    changes = {
        "timezone": zone,
        "duration_ms": duration_ms,
        "path_format": "yyyy/DDD/HH/mm/ss/SSS",
    }
    shared = partitioner("TimeBasedPartitioner", **changes)
    near = [time + delta for time in times for delta in (0, 1, 899_999, 3_599_999)]
    alone = [partitioner("TimeBasedPartitioner", **changes).encode(record(ms)) for ms in near]
    assert shared.encode_many([record(ms) for ms in near]) == alone
    assert [shared.encode(record(ms)) for ms in near] == alone


def test_many_different_times_are_not_all_remembered() -> None:
    times = partitioner("TimeBasedPartitioner", duration_ms=1, path_format="SSS", timezone="UTC")
    records = [record(1_700_000_000_000 + ms) for ms in range(5000)]
    assert times.encode_many(records) == [f"{ms % 1000:03d}" for ms in range(5000)]


def test_fields_and_times_go_together() -> None:
    both = partitioner(
        "FieldAndTimeBasedPartitioner",
        field_names=("id",),
        timezone="UTC",
        path_format="YYYY-MM-dd",
    )
    assert both.encode_many([record(), record(1_706_411_853_000)]) == [
        "id=5/1970-01-01",
        "id=5/2024-01-28",
    ]
    assert both.encode(record()) == "id=5/1970-01-01"
    assert both.extractor is not None


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"duration_ms": -1}, "Partition duration needs to be a positive"),
        ({"path_format": " / "}, "Path format cannot be empty"),
        ({"locale": " "}, "Locale cannot be empty"),
        ({"timezone": ""}, "Timezone cannot be empty"),
        ({"timezone": "Nowhere/Land"}, "no time zone has this id"),
        ({"timestamp_extractor": "Sundial"}, "timestamp.extractor"),
    ],
)
def test_wrong_settings_of_times_are_refused(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        partitioner("TimeBasedPartitioner", **changes)


def test_fields_have_to_be_named() -> None:
    with pytest.raises(ConfigError, match=r"partition\.field\.name"):
        partitioner("FieldPartitioner")


def test_an_unknown_partitioner_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"partitioner\.class: .* DefaultPartitioner"):
        partitioner("com.example.MoonPartitioner")


class ByOffset(Partitioner):
    def encode(self, record: SinkRecord) -> str:
        return f"offset={record.kafka_offset}"


def test_many_records_are_sorted_one_by_one_unless_there_is_a_faster_way() -> None:
    records = [SinkRecord(topic="t", kafka_partition=0, kafka_offset=at) for at in (4, 2)]
    assert ByOffset().encode_many(records) == ["offset=4", "offset=2"]
