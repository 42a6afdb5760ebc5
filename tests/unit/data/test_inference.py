# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    FarTimestamp,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    Struct,
    Type,
    infer_schema,
    infer_type,
    validate_value,
)
from barnabas.errors import DataError

POINT = Schema.struct({"x": INT32}, name="Point")


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (True, BOOLEAN),
        ("x", STRING),
        (1, INT64),
        (1.5, FLOAT64),
        (b"x", BYTES),
        (bytearray(b"x"), BYTES),
        (Int8(1), INT8),
        (Int16(1), INT16),
        (Int32(1), INT32),
        (Int64(1), INT64),
        (Float32(1), FLOAT32),
        (Float64(1), FLOAT64),
        (Struct(POINT, {"x": 1}), POINT),
        ([1, 2], Schema.array(INT64)),
        ([1, None], Schema.array(INT64.with_attributes(optional=True))),
        ({"a": 1}, Schema.map(STRING, INT64)),
        ({"a": 1, "b": None}, Schema.map(STRING, INT64.with_attributes(optional=True))),
        ([[1]], Schema.array(Schema(Type.ARRAY))),
        ([{"a": 1}], Schema.array(Schema(Type.MAP))),
        ([Struct(POINT, {"x": 1})], Schema.array(Schema(Type.STRUCT))),
    ],
)
def test_values_tell_their_schema(value: Any, schema: Schema) -> None:
    assert infer_schema(value) == schema


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        [1, "a"],
        [Int8(1), Int16(1)],
        {"a": 1, "b": "x"},
        {"a": 1, 2: 1},
        [[]],
        [Decimal(1)],
        Decimal(1),
        datetime.date(1970, 1, 1),
        2**63,
        object(),
    ],
)
def test_some_values_have_no_schema(value: Any) -> None:
    assert infer_schema(value) is None


def test_nulls_alone_have_no_type() -> None:
    with pytest.raises(DataError, match="all null"):
        infer_schema([None])


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1) | st.text() | st.floats())
def test_a_value_fits_the_schema_it_tells(value: Any) -> None:
    schema = infer_schema(value)
    assert schema is not None
    validate_value(schema, value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, Type.INT64),
        (Int8(1), Type.INT8),
        ([], Type.ARRAY),
        ((), Type.ARRAY),
        ({}, Type.MAP),
        (Struct(POINT), Type.STRUCT),
        (None, None),
        (2**63, None),
        (datetime.date(1970, 1, 1), None),
        (FarTimestamp(10**16), None),
    ],
)
def test_the_class_tells_the_type(value: Any, kind: Type | None) -> None:
    assert infer_type(value) is kind
