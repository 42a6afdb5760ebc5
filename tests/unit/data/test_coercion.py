# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest

from barnabas.data import (
    DATE,
    INT32,
    INT64,
    STRING,
    TIME,
    TIMESTAMP,
    FarTimestamp,
    Float32,
    Int8,
    Schema,
)
from barnabas.data import coercion as c
from barnabas.data.types import DAY_MS, MAX_TIMESTAMP_MS
from barnabas.errors import DataError

MOMENT = datetime.datetime(2019, 8, 23, 14, 34, 54, 346_000, tzinfo=datetime.UTC)
MOMENT_MS = 1_566_570_894_346
DAY = datetime.date(2019, 8, 23)
CLOCK = datetime.time(14, 34, 54, 346_000)
CLOCK_MS = 52_494_346
FAR_MS = MAX_TIMESTAMP_MS + 1


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", "5"),
        ("+5", "5"),
        ("-5.50", "-5.50"),
        ("5.", "5"),
        (".5", "0.5"),
        ("1e3", "1E+3"),
        ("1E-3", "0.001"),
        ("-0.0", "0.0"),
        ("٣", "3"),
    ],
)
def test_numbers_are_read_with_every_digit(text: str, value: str) -> None:
    number = c.parse_decimal(text)
    assert number is not None
    assert str(number) == value


@pytest.mark.parametrize(
    "text",
    ["", " 5", "5 ", ".", "e5", "1e", "1_0", "0x1", "NaN", "Infinity", "1e2147483648", "--1"],
)
def test_other_text_is_no_number(text: str) -> None:
    assert c.parse_decimal(text) is None


@pytest.mark.parametrize(
    ("value", "schema", "number"),
    [
        (Int8(5), None, 5),
        (2**63, None, -(2**63)),
        (-1.9, None, -1),
        (math.nan, None, 0),
        (math.inf, None, 2**63 - 1),
        (-1e300, None, -(2**63)),
        (Float32(2.5), None, 2),
        (Decimal("1.99"), None, 1),
        (Decimal(2**64 + 5), None, 5),
        (Decimal("1e400"), None, 0),
        (Decimal("-1e-400"), None, 0),
        (Decimal("0e400"), None, 0),
        ("3.9", None, 3),
        (DAY, DATE, 18_131),
        (CLOCK, TIME, CLOCK_MS),
        (MOMENT, TIMESTAMP, MOMENT_MS),
        (FAR_MS, TIMESTAMP, FAR_MS),
    ],
)
def test_integers_are_taken_as_java_takes_them(
    value: Any, schema: Schema | None, number: int
) -> None:
    assert c.as_integer(value, schema) == number


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, None),
        ("x", STRING),
        (b"1", None),
        (DAY, None),
        (DAY, STRING),
        (MOMENT, DATE),
        ([1], None),
        (Decimal("NaN"), None),
    ],
)
def test_other_values_are_no_integers(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError):
        c.as_integer(value, schema)


@pytest.mark.parametrize(
    ("value", "schema", "number"),
    [
        (5, None, 5.0),
        pytest.param(10**400, None, math.inf, id="huge"),
        pytest.param(-(10**400), None, -math.inf, id="minus-huge"),
        (Decimal("1.99"), None, 1.99),
        ("5.7", None, 5.7),
        ("1e400", None, math.inf),
        (DAY, DATE, 18_131.0),
    ],
)
def test_floats_are_taken_as_java_takes_them(
    value: Any, schema: Schema | None, number: float
) -> None:
    assert c.as_float(value, schema) == number


@pytest.mark.parametrize("value", [True, "x", DAY, b"1"])
def test_other_values_are_no_floats(value: Any) -> None:
    with pytest.raises(DataError, match=r"Unable to convert .* to a number"):
        c.as_float(value, None)


def test_numbers_narrow_silently() -> None:
    assert c.to_int8(None, 300) == 44
    assert c.to_int16(None, 2**40) == 0
    assert c.to_int32(None, MOMENT_MS) == -1_092_168_694
    assert c.to_int64(None, "7") == 7
    assert c.to_float32(None, 0.1) == 0.10000000149011612
    assert c.to_float64(None, 7) == 7.0


@pytest.mark.parametrize(
    ("schema", "value", "date"),
    [
        (None, DAY, DAY),
        (None, MOMENT, MOMENT),
        (DATE, DAY, DAY),
        (TIMESTAMP, MOMENT, DAY),
        (
            TIMESTAMP,
            datetime.datetime(1969, 12, 31, 1, tzinfo=datetime.UTC),
            datetime.date(1970, 1, 1),
        ),
        (TIMESTAMP, FAR_MS, FAR_MS // DAY_MS),
        (TIME, datetime.time(0, 0, 0, 1000), datetime.date(1970, 1, 2)),
        (INT64, MOMENT_MS, -1_092_168_694),
        (None, 5.5, datetime.date(1970, 1, 6)),
    ],
)
def test_dates_come_from_dates_timestamps_and_days(
    schema: Schema | None, value: Any, date: Any
) -> None:
    assert c.to_date(schema, value) == date


@pytest.mark.parametrize(
    ("schema", "value", "time"),
    [
        (None, CLOCK, CLOCK),
        (None, MOMENT, MOMENT),
        (TIME, CLOCK, CLOCK),
        (TIME, DAY_MS, DAY_MS),
        (TIMESTAMP, MOMENT, CLOCK),
        (DATE, DAY, datetime.time(0, 0, 18, 131_000)),
        (INT32, 5, datetime.time(0, 0, 0, 5000)),
    ],
)
def test_times_come_from_times_timestamps_and_ms(
    schema: Schema | None, value: Any, time: Any
) -> None:
    assert c.to_time(schema, value) == time


@pytest.mark.parametrize(
    ("schema", "value", "ms"),
    [
        (None, DAY, 1_566_518_400_000),
        (None, CLOCK, CLOCK_MS),
        (DATE, DAY, 1_566_518_400_000),
        (TIME, CLOCK, CLOCK_MS),
        (TIMESTAMP, MOMENT, MOMENT_MS),
        (TIMESTAMP, FAR_MS, FAR_MS),
        (None, 5.5, 5),
    ],
)
def test_timestamps_come_from_anything_in_time(schema: Schema | None, value: Any, ms: int) -> None:
    moment = c.to_timestamp(schema, value)
    assert (moment if isinstance(moment, int) else c.milliseconds(moment)) == ms


def test_a_point_under_another_schema_is_refused() -> None:
    for convert in (c.to_date, c.to_time, c.to_timestamp):
        with pytest.raises(DataError, match=r"Fri Aug 23 14:34:54 UTC 2019 .* to Schema\{STRING\}"):
            convert(STRING, MOMENT)


def test_a_date_with_a_time_of_day_gives_no_timestamp() -> None:
    with pytest.raises(DataError, match="no time of day"):
        c.to_timestamp(DATE, MOMENT)


@pytest.mark.parametrize(
    ("value", "scale", "number"),
    [
        (Decimal("1.55"), 1, "1.55"),
        ("1.55", 1, "1.55"),
        (5, 2, "5.0"),
        (1e21, 0, "1.0E+21"),
        (b"\x01\x00", 1, "25.6"),
        (bytearray(b"\xff"), 0, "-1"),
    ],
)
def test_decimals_come_from_numbers_text_and_bytes(value: Any, scale: int, number: str) -> None:
    assert c.to_decimal(None, value, scale).as_tuple() == Decimal(number).as_tuple()


@pytest.mark.parametrize(
    ("schema", "value"),
    [(None, "x"), (None, math.nan), (None, True), (None, b""), (None, DAY), (TIME, DAY_MS)],
)
def test_other_values_are_no_decimals(schema: Schema | None, value: Any) -> None:
    with pytest.raises(DataError, match=r"to Schema\{org.apache.kafka.connect.data.Decimal:BYTES"):
        c.to_decimal(schema, value, 0)


def test_long_values_are_cut_in_errors() -> None:
    with pytest.raises(DataError, match=r"x+\.\.\. \(class str\) to a number$"):
        c.as_integer("x" * 1000, None)


def test_a_far_timestamp_is_a_point_in_time_without_a_schema() -> None:
    far = FarTimestamp(FAR_MS)
    assert c.point_ms(None, far) == FAR_MS
    assert c.point_ms(None, FAR_MS) is None
    assert c.to_timestamp(None, far) == FAR_MS
