# SPDX-License-Identifier: Apache-2.0
"""Arrow arrays of Connect values."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from barnabas.connectors._storage.formats.parquet_columns import root_columns
from barnabas.converters.avro.rules import Rules
from barnabas.data import (
    INT8,
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Int32,
    RecursiveSchema,
    Schema,
    Struct,
    Type,
)
from barnabas.errors import DataError


def arrays(schema: Schema, *values: Any, rules: Rules | None = None) -> list[pa.Array]:
    make = root_columns(schema, rules or Rules(), keeps_logical_types=True)[1]
    return make(list(values))


def column(schema: Schema, *values: Any) -> list[Any]:
    rows = [{"f": value} for value in values]
    array = arrays(Schema.struct({"f": schema}), *rows)[0]
    array.validate(full=True)
    return list(array.to_pylist())


POINT = Schema.struct({"x": INT32, "y": OPTIONAL_STRING, "z": INT32.with_attributes(default=9)})
OPTIONAL_POINT = POINT.with_attributes(optional=True)


def test_structs_may_be_null_with_required_fields_inside() -> None:
    read = column(OPTIONAL_POINT, None, {"x": 1}, None)
    assert read == [None, {"x": 1, "y": None, "z": 9}, None]


def test_whatever_is_required_has_a_value_below_a_null_struct() -> None:
    deep = Schema.struct(
        {
            "p": POINT,
            "tags": Schema.array(STRING),
            "map": Schema.map(STRING, INT32),
            "union": Schema.struct({"int": OPTIONAL_INT32}, name="io.confluent.connect.avro.Union"),
        },
        optional=True,
    )
    assert column(deep, None, None) == [None, None]


def test_defaults_stand_for_null() -> None:
    assert column(INT32.with_attributes(default=7), None, 1) == [7, 1]
    assert column(POINT.with_attributes(default={"x": 5}), None) == [{"x": 5, "y": None, "z": 9}]


def test_null_for_a_required_field_is_refused() -> None:
    with pytest.raises(DataError, match="null used for the required field 'f'"):
        column(INT32, 1, None)
    with pytest.raises(DataError, match="hold structs, not null"):
        arrays(POINT, None)


def test_lists_and_maps_may_be_null_or_empty() -> None:
    numbers = Schema.array(OPTIONAL_INT32, optional=True)
    assert column(numbers, [1, None], None, [], (2,)) == [[1, None], None, [], [2]]
    counts = Schema.map(STRING, OPTIONAL_INT32, optional=True)
    assert column(counts, {"a": 1}, None, {}) == [[("a", 1)], None, []]


def test_maps_whose_keys_are_no_text_are_lists_of_entries() -> None:
    counts = Schema.map(INT32, STRING, optional=True)
    assert column(counts, {4: "x"}, None) == [[{"key": 4, "value": "x"}], None]


def test_optional_text_keys_are_map_keys_where_the_rules_say_so() -> None:
    schema = Schema.struct({"f": Schema.map(OPTIONAL_STRING, INT32)})
    rules = Rules(allow_optional_map_keys=True)
    assert arrays(schema, {"f": {"a": 1}}, rules=rules)[0].to_pylist() == [[("a", 1)]]
    with pytest.raises(DataError, match="a key is null"):
        arrays(schema, {"f": {None: 1}}, rules=rules)


def test_structs_that_carry_a_schema_are_checked() -> None:
    assert column(POINT, Struct(POINT, {"x": 1})) == [{"x": 1, "y": None, "z": 9}]
    with pytest.raises(DataError, match="Mismatching schema"):
        column(POINT, Struct(Schema.struct({"x": STRING}), {"x": "1"}))


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (POINT, {"x": 1, "q": 2}),
        (POINT, {"x": 1, "y": None, "q": 2}),
        (POINT, [1]),
        (Schema.array(INT32), {1: 2}),
        (Schema.array(INT32), [1, "2"]),
        (Schema.map(STRING, INT32), [1]),
        (Schema.map(STRING, INT32), {1: 2}),
        (Schema.map(INT32, INT32), {"1": 2}),
        (STRING, 5),
        (INT8, 128),
    ],
)
def test_a_value_that_does_not_fit_is_refused(schema: Schema, value: Any) -> None:
    with pytest.raises(DataError):
        column(schema, value)


def test_numbers_marked_with_their_width_are_numbers() -> None:
    assert column(INT32, Int32(5), 6) == [5, 6]


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (Schema.struct({}), "a struct without fields"),
        (Schema(Type.ARRAY), "what the elements of arrays"),
        (Schema(Type.MAP, key_schema=STRING), "what the values of arrays"),
    ],
)
def test_what_parquet_cannot_hold_is_told(schema: Schema, words: str) -> None:
    with pytest.raises(DataError, match=words):
        column(schema)


def test_a_schema_inside_itself_has_no_columns() -> None:
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"x": INT32, "next": inner}, name="Node")
    inner.resolve(node)
    union = Schema.struct({"Node": inner}, name="io.confluent.connect.avro.Union")
    for schema in (node, Schema.struct({"u": union})):
        with pytest.raises(DataError, match="used inside itself"):
            arrays(schema)
