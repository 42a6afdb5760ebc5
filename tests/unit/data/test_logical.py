# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barnabas.data import (
    BYTES,
    DATE,
    INT32,
    OPTIONAL_TIMESTAMP,
    TIME,
    TIMESTAMP,
    Schema,
    Type,
    decimal_from_unscaled,
    decimal_scale,
    decimal_schema,
    decode_date,
    decode_decimal,
    decode_logical,
    decode_time,
    decode_timestamp,
    decode_timestamps,
    encode_date,
    encode_decimal,
    encode_logical,
    encode_time,
    encode_timestamp,
    scale_of,
    unscaled_value,
    validate_value,
)
from barnabas.data.types import DAY_MS, LOGICAL_DECIMAL
from barnabas.errors import DataError
from tests.unit.data.strategies import datetimes, times

CEST = datetime.timezone(datetime.timedelta(hours=2))


def test_the_schemas_are_javas() -> None:
    schema = decimal_schema(2, optional=True, parameters={"connect.decimal.precision": "10"})
    assert (schema.type, schema.name, schema.version) == (Type.BYTES, LOGICAL_DECIMAL, 1)
    assert schema.parameters == {"scale": "2", "connect.decimal.precision": "10"}
    assert decimal_scale(schema) == 2
    assert (DATE.type, TIME.type, TIMESTAMP.type) == (Type.INT32, Type.INT32, Type.INT64)
    assert OPTIONAL_TIMESTAMP.optional
    assert OPTIONAL_TIMESTAMP.name == TIMESTAMP.name


@given(st.integers(-(10**60), 10**60), st.integers(-20, 40))
def test_decimals_come_back_digit_by_digit(unscaled: int, scale: int) -> None:
    schema = decimal_schema(scale)
    value = decimal_from_unscaled(unscaled, scale)
    assert (unscaled_value(value), scale_of(value)) == (unscaled, scale)
    data = encode_decimal(schema, value)
    assert decode_decimal(schema, data).as_tuple() == value.as_tuple()


@pytest.mark.parametrize(
    ("text", "data"),
    [("0.00", "00"), ("-12.34", "fb2e"), ("1.27", "7f"), ("1.28", "0080"), ("-1.28", "80")],
)
def test_decimals_are_the_shortest_twos_complement(text: str, data: str) -> None:
    assert encode_decimal(decimal_schema(2), Decimal(text)).hex() == data


def test_a_decimal_must_have_the_schemas_scale() -> None:
    with pytest.raises(DataError, match="Schema has scale 2, value has scale 1"):
        encode_decimal(decimal_schema(2), Decimal("1.5"))


@pytest.mark.parametrize("value", [Decimal("NaN"), 1.5])
def test_only_finite_decimals_are_encoded(value: Any) -> None:
    with pytest.raises(DataError, match="A Decimal must be"):
        encode_decimal(decimal_schema(0), value)


def test_a_decimal_needs_bytes_and_a_scale() -> None:
    with pytest.raises(DataError, match="no bytes"):
        decode_decimal(decimal_schema(0), b"")
    with pytest.raises(DataError, match="scale not found"):
        decode_decimal(Schema(Type.BYTES, name=LOGICAL_DECIMAL), b"1")
    with pytest.raises(DataError, match="whole number, not 'x'"):
        decimal_scale(decimal_schema(0).with_attributes(parameters={"scale": "x"}))


@given(st.dates())
def test_dates_come_back(value: datetime.date) -> None:
    assert decode_date(encode_date(value)) == value


@given(times())
def test_times_come_back(value: datetime.time) -> None:
    assert decode_time(encode_time(value)) == value


@given(datetimes())
def test_timestamps_come_back(value: datetime.datetime) -> None:
    assert decode_timestamp(encode_timestamp(value)) == value


@given(st.integers(-(1 << 31), (1 << 31) - 1))
def test_every_number_of_days_comes_back_and_is_valid(days: int) -> None:
    value = decode_date(days)
    validate_value(DATE, value)
    assert encode_date(value) == days


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_every_number_of_ms_comes_back_and_is_valid(ms: int) -> None:
    value = decode_timestamp(ms)
    validate_value(TIMESTAMP, value)
    assert encode_timestamp(value) == ms


EDGE_MS = 1 << 42
"""Well within it floats of seconds are exact enough, and beyond they are not."""


@given(st.lists(st.integers(-EDGE_MS, EDGE_MS) | st.integers(-(1 << 63), (1 << 63) - 1)))
@example([253_402_300_799_999])
@example([-62_135_596_800_000])
@example([(1 << 32) * 1000 - 1, -(1 << 32) * 1000 + 1])
def test_a_column_of_timestamps_is_decoded_as_each_alone(column: list[int]) -> None:
    assert decode_timestamps(column) == [decode_timestamp(ms) for ms in column]


@given(st.integers(-EDGE_MS, EDGE_MS))
def test_no_millisecond_is_lost_to_rounding(ms: int) -> None:
    (moment,) = decode_timestamps([ms])
    assert isinstance(moment, datetime.datetime)
    assert moment.tzinfo is datetime.UTC
    assert encode_timestamp(moment) == ms
    assert moment.microsecond % 1000 == 0


@given(st.integers(0, DAY_MS))
def test_every_time_of_day_comes_back_and_is_valid(ms: int) -> None:
    value = decode_time(ms)
    validate_value(TIME, value)
    assert encode_time(value) == ms


@pytest.mark.parametrize("ms", [-1, DAY_MS + 1])
def test_a_time_lies_within_a_day(ms: int) -> None:
    for convert in (decode_time, encode_time):
        with pytest.raises(DataError, match=f"but the value is {ms}"):
            convert(ms)


def test_digits_below_the_millisecond_are_cut_towards_the_past() -> None:
    moment = datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)
    assert encode_timestamp(moment) == -1
    assert encode_time(moment.time()) == DAY_MS - 1


def test_a_timestamp_of_any_zone_is_encoded() -> None:
    assert encode_timestamp(datetime.datetime(1970, 1, 1, 2, tzinfo=CEST)) == 0


def test_a_date_may_be_given_as_midnight() -> None:
    assert encode_date(datetime.datetime(1970, 1, 2, tzinfo=datetime.UTC)) == 1


def test_a_time_may_be_given_on_the_first_day() -> None:
    assert encode_time(datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)) == 1000


@pytest.mark.parametrize(
    ("encode", "value", "message"),
    [
        (encode_date, datetime.datetime(1970, 1, 1, 1, tzinfo=datetime.UTC), "no time of day"),
        (encode_date, "1970-01-01", "must be datetime.date"),
        (encode_time, datetime.time(1, tzinfo=CEST), "no time zone"),
        (encode_time, datetime.datetime(1970, 1, 2, 1, tzinfo=datetime.UTC), "lies between"),
        (encode_time, "01:00", "must be datetime.time"),
        (encode_timestamp, datetime.datetime(1970, 1, 1), "tzinfo=datetime.UTC"),  # noqa: DTZ001 - wrong on purpose
        (encode_timestamp, datetime.date(1970, 1, 1), "must be datetime.datetime"),
    ],
)
def test_other_values_are_refused(encode: Any, value: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        encode(value)


@pytest.mark.parametrize(
    ("schema", "value", "base"),
    [
        (decimal_schema(1), Decimal("1.5"), b"\x0f"),
        (DATE, datetime.date(1970, 1, 2), 1),
        (TIME, datetime.time(0, 0, 1), 1000),
        (TIMESTAMP, datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC), 0),
        (OPTIONAL_TIMESTAMP, None, None),
        (INT32, 5, 5),
        (BYTES, b"x", b"x"),
    ],
)
def test_the_schema_chooses_the_encoding(schema: Schema, value: Any, base: Any) -> None:
    assert encode_logical(schema, value) == base
    assert decode_logical(schema, base) == value
