# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import enum
from decimal import Decimal
from typing import Any

import pytest

from barnabas.data import Float32, Float64, Int8, Int16, Int64, Schema, Struct
from barnabas.data.types import (
    DAY_MS,
    LOGICAL_DATE,
    LOGICAL_DECIMAL,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    MAX_DATE_DAYS,
    MAX_TIMESTAMP_MS,
    MIN_DATE_DAYS,
    MIN_TIMESTAMP_MS,
    Type,
    matcher,
)

NOON = datetime.datetime(2019, 8, 23, 12, tzinfo=datetime.UTC)


class Colour(enum.IntEnum):
    RED = 1


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (Type.INT8, None, 127),
        (Type.INT8, None, -128),
        (Type.INT8, None, Int8(5)),
        (Type.INT32, None, Colour.RED),
        (Type.INT64, None, -(2**63)),
        (Type.FLOAT32, None, 1.5),
        (Type.FLOAT32, None, float("inf")),
        (Type.FLOAT32, None, Float32(1.5)),
        (Type.FLOAT64, None, Float64(1e300)),
        (Type.BYTES, None, b"x"),
        (Type.BYTES, None, bytearray(b"x")),
        (Type.BYTES, None, memoryview(b"x")),
        (Type.ARRAY, None, [1]),
        (Type.ARRAY, None, (1,)),
        (Type.MAP, None, {1: 2}),
        (Type.STRUCT, None, {"a": 2}),
        (Type.STRUCT, None, Struct(Schema.struct({}))),
        (Type.INT32, "my.Date", 5),
        (Type.BYTES, LOGICAL_DECIMAL, Decimal("1.5")),
        (Type.INT32, LOGICAL_DATE, NOON.date()),
        (Type.INT32, LOGICAL_DATE, NOON),
        (Type.INT32, LOGICAL_DATE, MAX_DATE_DAYS + 1),
        (Type.INT32, LOGICAL_DATE, MIN_DATE_DAYS - 1),
        (Type.INT32, LOGICAL_TIME, NOON.time()),
        (Type.INT32, LOGICAL_TIME, NOON),
        (Type.INT32, LOGICAL_TIME, DAY_MS),
        (Type.INT64, LOGICAL_TIMESTAMP, NOON),
        (Type.INT64, LOGICAL_TIMESTAMP, MAX_TIMESTAMP_MS + 1),
        (Type.INT64, LOGICAL_TIMESTAMP, MIN_TIMESTAMP_MS - 1),
    ],
)
def test_a_type_takes_its_values(kind: Type, name: str | None, value: Any) -> None:
    assert matcher(kind, name)(value)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (Type.INT8, None, 128),
        (Type.INT8, None, True),
        (Type.INT8, None, Int16(5)),
        (Type.INT32, None, Int64(5)),
        (Type.INT32, None, 5.0),
        (Type.INT64, None, 2**63),
        (Type.FLOAT32, None, 1e39),
        (Type.FLOAT32, None, Float64(1.5)),
        (Type.FLOAT32, None, 1),
        (Type.FLOAT64, None, Float32(1.5)),
        (Type.FLOAT64, None, 1),
        (Type.BOOLEAN, None, 1),
        (Type.STRING, None, b"x"),
        (Type.MAP, None, Struct(Schema.struct({}))),
        (Type.STRUCT, None, [1]),
        (Type.INT32, "my.Date", NOON.date()),
        (Type.BYTES, LOGICAL_DECIMAL, Decimal("NaN")),
        (Type.BYTES, LOGICAL_DECIMAL, b"x"),
        (Type.INT32, LOGICAL_DATE, 5),
        (Type.INT32, LOGICAL_DATE, NOON.replace(tzinfo=None)),
        (Type.INT32, LOGICAL_DATE, 2**31),
        (Type.INT32, LOGICAL_TIME, 5),
        (Type.INT32, LOGICAL_TIME, NOON.replace(tzinfo=None)),
        (Type.INT64, LOGICAL_TIMESTAMP, NOON.replace(tzinfo=None)),
        (Type.INT64, LOGICAL_TIMESTAMP, MAX_TIMESTAMP_MS),
        (Type.INT64, LOGICAL_TIMESTAMP, 2**63),
        (Type.INT64, LOGICAL_TIMESTAMP, NOON.date()),
    ],
)
def test_a_type_refuses_others_values(kind: Type, name: str | None, value: Any) -> None:
    assert not matcher(kind, name)(value)


def test_a_time_with_an_offset_is_no_time() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    assert not matcher(Type.INT32, LOGICAL_TIME)(datetime.time(12, tzinfo=zone))


def test_compound_types_are_not_primitive() -> None:
    compound = {kind for kind in Type if not kind.is_primitive}
    assert compound == {Type.ARRAY, Type.MAP, Type.STRUCT}


def test_the_limits_are_those_of_python_dates() -> None:
    assert datetime.date(1970, 1, 1) + datetime.timedelta(MIN_DATE_DAYS) == datetime.date.min
    assert datetime.date(1970, 1, 1) + datetime.timedelta(MAX_DATE_DAYS) == datetime.date.max
