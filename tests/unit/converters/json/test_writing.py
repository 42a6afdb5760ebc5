# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json import Rules, text
from barnabas.converters.json.schemaless import ready_schemaless
from barnabas.converters.json.writing import writer_for
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    Float32,
    Float64,
    Int8,
    Int32,
    Schema,
    Struct,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError
from tests.unit.converters.json import strategies

UTC = datetime.UTC
POINT = Schema.struct({"x": INT32, "y": OPTIONAL_INT32})


def written(schema: Schema | None, value: Any, rules: Rules | None = None) -> str:
    writer = writer_for(schema, rules or Rules())
    single = text.encode(writer.one(value))
    assert text.encode_all(writer.many([value])) == [single]
    return single.decode()


def refused(schema: Schema | None, value: Any) -> str:
    writer = writer_for(schema, Rules())
    with pytest.raises(DataError) as caught:
        text.encode(writer.one(value))
    with pytest.raises(DataError):
        writer.many([value, value])
    return caught.value.message


@given(strategies.schemas_and_batches(), st.booleans())
def test_a_column_is_written_as_its_values_are(
    case: tuple[Schema, list[Any]], numeric: bool
) -> None:
    schema, values = case
    writer = writer_for(schema, Rules(decimals_are_numbers=numeric))
    single = [text.encode(writer.one(value)) for value in values]
    assert text.encode_all(writer.many(values)) == single


@pytest.mark.parametrize(
    ("schema", "value", "json"),
    [
        (INT8, -128, "-128"),
        (INT8, Int8(5), "5"),
        (INT64, (1 << 63) - 1, "9223372036854775807"),
        (FLOAT32, 0.1, "0.1"),
        (FLOAT32, Float32(16777216.0), "1.6777216E7"),
        (FLOAT64, 1e7, "1.0E7"),
        (FLOAT64, Float64(0.001), "0.001"),
        (FLOAT64, 9.9e-4, "9.9E-4"),
        (FLOAT64, -1e-5, "-1.0E-5"),
        (FLOAT64, float("nan"), '"NaN"'),
        (FLOAT64, float("-inf"), '"-Infinity"'),
        (BOOLEAN, True, "true"),
        (STRING, "é", '"é"'),
        (BYTES, b"\x00\x01\xff", '"AAH/"'),
        (BYTES, bytearray(b"a"), '"YQ=="'),
        (BYTES, memoryview(b""), '""'),
        (decimal_schema(2), Decimal("-12.34"), '"+y4="'),
        (decimal_schema(-2), Decimal("3E+2"), '"Aw=="'),
        (DATE, datetime.date(1970, 1, 11), "10"),
        (DATE, datetime.datetime(1970, 1, 11, tzinfo=UTC), "10"),
        (DATE, 2_932_897, "2932897"),
        (TIME, datetime.time(0, 0, 0, 5999), "5"),
        (TIME, 86_400_000, "86400000"),
        (TIMESTAMP, datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC), "-1"),
        (TIMESTAMP, datetime.datetime(2023, 11, 14, 22, 13, 20, 123_456, UTC), "1700000000123"),
        (Schema.array(OPTIONAL_INT32), [1, None], "[1,null]"),
        (Schema(Type.ARRAY), [1, "a"], '[1,"a"]'),
        (Schema.map(STRING, INT32), {"k": 1}, '{"k":1}'),
        (Schema.map(OPTIONAL_STRING, INT32), {None: 1}, '{"null":1}'),
        (Schema.map(INT32, STRING), {7: "v"}, '[[7,"v"]]'),
        (Schema.map(Schema.array(INT32), STRING), {(7, 8): "v"}, '[[[7,8],"v"]]'),
        (Schema(Type.MAP), {"a": 1}, '{"a":1}'),
        (Schema(Type.MAP), {1: 1}, "[[1,1]]"),
        (POINT, {"y": 2, "x": 1}, '{"x":1,"y":2}'),
        (POINT, {"x": 1}, '{"x":1,"y":null}'),
        (POINT, Struct(POINT, {"x": 1}), '{"x":1,"y":null}'),
        (Schema.struct({}), {}, "{}"),
        (Schema.struct({'a"b': INT32, "é": INT32}), {'a"b': 1, "é": 2}, '{"a\\"b":1,"é":2}'),
    ],
)
def test_a_value_is_written_as_java_writes_it(schema: Schema, value: Any, json: str) -> None:
    assert written(schema, value) == json


@pytest.mark.parametrize(
    ("scale", "value", "json"),
    [
        (2, "1.56", "1.56"),
        (0, "-7", "-7"),
        (-2, "3E+2", "3E+2"),
        (1, "-0.0", "0.0"),
        (5, "1.5", "1.5"),
    ],
)
def test_decimals_may_be_numbers(scale: int, value: str, json: str) -> None:
    rules = Rules(decimals_are_numbers=True)
    assert written(decimal_schema(scale), Decimal(value), rules) == json


def test_null_is_the_default_where_there_is_one() -> None:
    schema = OPTIONAL_STRING.with_attributes(default="d")
    assert written(schema, None) == '"d"'
    assert written(STRING.with_attributes(default="d"), None) == '"d"'
    keep = Rules(replace_null_with_default=False)
    assert written(schema, None, keep) == "null"


def test_null_is_null_where_it_is_allowed() -> None:
    assert written(OPTIONAL_STRING, None) == "null"
    assert written(None, None) == "null"
    assert "required" in refused(STRING, None)


def test_null_is_filled_in_among_others() -> None:
    many = writer_for(OPTIONAL_INT32.with_attributes(default=7), Rules()).many
    assert list(many([1, None, 3])) == [1, 7, 3]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (INT8, 128),
        (INT8, Int32(1)),
        (INT32, True),
        (INT32, "1"),
        (INT32, 1.0),
        (FLOAT64, 1),
        (FLOAT32, 1e39),
        (BOOLEAN, 1),
        (STRING, 1),
        (STRING, b"x"),
        (BYTES, "x"),
        (decimal_schema(2), 1.5),
        (decimal_schema(2), Decimal("1.5")),
        (decimal_schema(2), Decimal("NaN")),
        (DATE, datetime.datetime(2020, 1, 1, 1, tzinfo=UTC)),
        (DATE, 5),
        (TIME, -1),
        (TIMESTAMP, datetime.datetime(2020, 1, 1)),  # noqa: DTZ001 - that is the mistake
        (TIMESTAMP, "2020-01-01"),
        (Schema.array(INT32), {1}),
        (Schema.array(INT32), ["x"]),
        (Schema.map(STRING, INT32), [1]),
        (Schema.map(STRING, INT32), {1: 1}),
        (Schema.map(STRING, INT32), Struct(POINT, {})),
        (POINT, [1]),
        (POINT, {"y": 1}),
        (POINT, {"x": 1, "z": 1}),
        (POINT, {"x": 1, "y": 1, "z": 1}),
        (POINT, Struct(Schema.struct({"x": INT32}), {"x": 1})),
        (Schema.struct({}), {"a": 1}),
    ],
)
def test_a_value_of_another_type_is_refused(schema: Schema, value: Any) -> None:
    refused(schema, value)


def test_the_error_says_what_was_given() -> None:
    assert refused(STRING, 1) == "Invalid type for STRING: 1 of class int"
    assert "'z' is not a valid field name" in refused(POINT, {"x": 1, "z": 1})
    assert len(refused(INT8, "x" * 1000)) < 200


@given(st.lists(strategies.schemaless))
def test_schemaless_values_are_written_as_each_is(values: list[Any]) -> None:
    single = [text.encode(ready_schemaless(value)) for value in values]
    assert text.encode_all(writer_for(None, Rules()).many(values)) == single


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (True, "true"),
        (Int8(1), "1"),
        (Float32(0.1), "0.1"),
        (1e10, "1.0E10"),
        (b"a", '"YQ=="'),
        (bytearray(b"a"), '"YQ=="'),
        ([1, [None]], "[1,[null]]"),
        ((1, 2), "[1,2]"),
        ({"a": {"b": 1.5}}, '{"a":{"b":1.5}}'),
        ({1: "a", "b": 2}, '[[1,"a"],["b",2]]'),
    ],
)
def test_a_schemaless_value_is_written_by_its_class(value: Any, json: str) -> None:
    assert written(None, value) == json


@pytest.mark.parametrize(
    "value",
    [Decimal(1), datetime.date(2020, 1, 1), object(), 1 << 63, Struct(POINT, {"x": 1}), {1}],
)
def test_other_classes_need_a_schema(value: Any) -> None:
    refused(None, value)
    refused(None, [value])
    refused(None, {"a": value})


DEEP = Schema.struct({"lines": Schema.array(POINT), "by": Schema.map(STRING, POINT)})


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"lines": [{"x": 1}, {"x": "no"}], "by": {}}, "lines[1].x"),
        ({"lines": [], "by": {"k": {"x": "no"}}}, "by['k'].x"),
        ({"lines": [{"y": 1}], "by": {}}, "lines[0].x"),
        ({"lines": 7, "by": {}}, "lines"),
    ],
    ids=["item", "member", "null", "other type"],
)
def test_a_value_that_does_not_fit_is_named_by_its_path(value: Any, place: str) -> None:
    assert refused(DEEP, value).startswith(f'in field "{place}": ')
    with pytest.raises(DataError) as caught:
        writer_for(DEEP, Rules()).many([value])
    assert caught.value.message.startswith(f'in field "{place}": ')
