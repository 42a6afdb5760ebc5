# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas.data import (
    DATE,
    INT32,
    INT64,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    OPTIONAL_TIMESTAMP,
    STRING,
    TIME,
    TIMESTAMP,
    FarTimestamp,
    Int32,
    Schema,
)
from barnabas.errors import ConfigError, ConnectError, DataError
from barnabas.transforms.timestamp_converter import (
    TimestampConverterKey,
    TimestampConverterValue,
)
from tests.unit.transforms.records import changed, configured, sink

MS = 1_483_425_001_864
MOMENT = datetime.datetime(2017, 1, 3, 6, 30, 1, 864_000, tzinfo=datetime.UTC)
PATTERN = "yyyy-MM-dd HH:mm:ss.SSS"
TEXT = "2017-01-03 06:30:01.864"

FORMS: list[tuple[str, Schema, Any]] = [
    ("string", STRING, TEXT),
    ("unix", INT64, MS),
    ("Date", DATE, MOMENT.date()),
    ("Time", TIME, MOMENT.time()),
    ("Timestamp", TIMESTAMP, MOMENT),
]


def convert(target: str, value: Any, schema: Schema | None = None, **more: str) -> Any:
    settings = {"target.type": target, "format": PATTERN}
    settings |= {name.replace("_", "."): text for name, text in more.items()}
    return changed(configured(TimestampConverterValue, {**settings}), value, schema)


@pytest.mark.parametrize(("target", "schema", "value"), FORMS)
@pytest.mark.parametrize(
    ("source_schema", "source"), [(STRING, TEXT), (INT64, MS), (TIMESTAMP, MOMENT)]
)
def test_forms_of_a_moment_become_each_other(
    target: str, schema: Schema, value: Any, source_schema: Schema, source: Any
) -> None:
    assert convert(target, source, source_schema) == (value, schema)
    assert convert(target, source) == (value, None)


def test_a_date_is_midnight_and_a_time_is_on_the_first_day() -> None:
    assert convert("unix", MOMENT.date(), DATE)[0] == MS - MS % 86_400_000
    assert convert("unix", MOMENT.time(), TIME)[0] == MS % 86_400_000
    assert convert("unix", MOMENT.time())[0] == MS % 86_400_000
    assert convert("string", MOMENT.date(), DATE)[0] == "2017-01-03 00:00:00.000"


@pytest.mark.parametrize(
    ("precision", "number", "ms"),
    [
        ("seconds", -5, -5_000),
        ("milliseconds", 5, 5),
        ("microseconds", -5_999, -5),
        ("nanoseconds", 5_999_999, 5),
    ],
)
def test_numbers_are_of_the_precision_asked_for(precision: str, number: int, ms: int) -> None:
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(
        milliseconds=ms
    )
    assert convert("Timestamp", number, INT64, unix_precision=precision)[0] == moment
    back = convert("unix", moment, TIMESTAMP, unix_precision=precision)[0]
    assert abs(back - number) < 1_000_000
    assert abs(back) <= abs(number)


def test_numbers_stop_at_the_limits_of_64_bits() -> None:
    assert convert("unix", 2**62, INT64, unix_precision="seconds")[0] == (2**63 - 1) // 1000
    assert convert("unix", 10**16, TIMESTAMP, unix_precision="nanoseconds")[0] == 2**63 - 1


def test_far_moments_are_kept() -> None:
    assert convert("Timestamp", 10**16, INT64) == (10**16, TIMESTAMP)
    value, _ = convert("Timestamp", 10**16)
    assert (value, type(value)) == (10**16, FarTimestamp)
    value, _ = convert("Date", value)
    assert (value, type(value)) == (10**16 - 10**16 % 86_400_000, FarTimestamp)


def test_a_field_is_converted_and_keeps_its_optionality() -> None:
    schema = Schema.struct({"t": OPTIONAL_STRING, "x": INT32}, name="n", optional=True)
    value, new = convert("Timestamp", {"t": TEXT, "x": 1}, schema, field="t")
    assert value == {"t": MOMENT, "x": 1}
    assert new == Schema.struct({"t": OPTIONAL_TIMESTAMP, "x": INT32}, name="n", optional=True)
    assert convert("unix", {"t": None, "x": 1}, schema, field="t")[0] == {"t": None, "x": 1}
    assert convert("unix", None, schema, field="t")[0] is None


def test_the_default_of_the_struct_is_converted() -> None:
    plain = Schema.struct({"t": INT64})
    _, new = convert("string", {"t": MS}, plain.with_attributes(default={"t": 0}), field="t")
    assert new.default == {"t": "1970-01-01 00:00:00.000"}


def test_an_absent_field_matters_only_without_a_schema() -> None:
    schema = Schema.struct({"x": INT32})
    assert convert("unix", {"x": 1}, schema, field="t") == ({"x": 1}, schema)
    assert convert("unix", {"x": 1}, field="t") == ({"x": 1, "t": None}, None)


def test_null_gets_the_target_schema() -> None:
    assert convert("unix", None, OPTIONAL_TIMESTAMP) == (None, OPTIONAL_INT64)
    assert convert("unix", None) == (None, None)


def test_the_key_is_meant_by_the_other_class() -> None:
    record = configured(TimestampConverterKey, {"target.type": "unix"}).apply(
        sink(MOMENT, key=MOMENT)
    )
    assert record is not None
    assert (record.key, record.value) == (MS, MOMENT)


@pytest.mark.parametrize("value", [{"t": 1}, {"t": None}])
def test_other_schemas_are_no_timestamps(value: Any) -> None:
    schema = Schema.struct({"t": INT32.with_attributes(optional=True)})
    with pytest.raises(ConnectError, match="does not correspond to a known timestamp type") as one:
        convert("unix", value, schema, field="t")
    assert not isinstance(one.value, DataError)


@pytest.mark.parametrize("value", [Int32(5), 1.5, True, [1], 2**63])
def test_other_classes_are_no_timestamps(value: Any) -> None:
    with pytest.raises(DataError, match="objects as timestamps"):
        convert("unix", value)


def test_text_must_fit_the_pattern() -> None:
    with pytest.raises(DataError, match=r"value \(bad\) does not match pattern \(yyyy"):
        convert("unix", "bad", STRING)


def test_text_needs_a_pattern() -> None:
    converter = configured(TimestampConverterValue, {"target.type": "unix"})
    with pytest.raises(DataError, match="set `format`"):
        changed(converter, TEXT, STRING)


def test_a_struct_is_needed_for_a_field() -> None:
    with pytest.raises(DataError, match="converting timestamp formats"):
        convert("unix", MS, INT64, field="t")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, '"target.type"'),
        ({"target.type": "bogus"}, "string, unix, Date, Time, Timestamp"),
        ({"target.type": "unix", "unix.precision": "bogus"}, "nanoseconds"),
        ({"target.type": "string"}, "requires format option"),
        ({"target.type": "unix", "format": "bogus{"}, "SimpleDateFormat"),
    ],
)
def test_the_settings_must_fit(settings: dict[str, str | None], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        configured(TimestampConverterValue, settings)


@pytest.mark.parametrize("schema", [None, Schema.struct({"at": STRING})])
def test_a_point_in_time_that_cannot_be_read_is_told_with_its_field(schema: Schema | None) -> None:
    settings = {"target.type": "unix", "field": "at", "format": "yyyy"}
    convert = configured(TimestampConverterValue, settings)
    with pytest.raises(DataError, match=r"value \(soon\) does not match.*\(field at\)"):
        convert.apply(sink({"at": "soon"}, schema))
