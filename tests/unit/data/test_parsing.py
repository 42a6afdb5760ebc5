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
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    TIME,
    TIMESTAMP,
    Float32,
    Int8,
    Int16,
    Schema,
    Type,
    decimal_schema,
    parse_string,
    validate_value,
)
from barnabas.data.types import DAY_MS

ARRAY, MAP = Schema(Type.ARRAY), Schema(Type.MAP)
FRIDAY = datetime.date(2019, 8, 23)
CLOCK = datetime.time(14, 34, 54, 346_000)


def _check(text: str, schema: Schema, value: Any) -> None:
    parsed = parse_string(text)
    assert parsed is not None
    assert parsed.schema == schema
    assert parsed.value == value


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("127", INT8, 127),
        ("128", INT16, 128),
        ("-32769", INT32, -32769),
        ("2147483648", INT64, 2**31),
        ("9223372036854775807", INT64, 2**63 - 1),
        ("9223372036854775808", decimal_schema(0), Decimal(2**63)),
        ("+5", INT8, 5),
        ("007", INT8, 7),
        ("-0.0", INT8, 0),
        ("0e400", INT8, 0),
        ("1.0", INT8, 1),
        ("1e3", INT16, 1000),
        ("1e18", INT64, 10**18),
        ("9.3e18", FLOAT32, 9.300000300729369e18),
        ("0.5", FLOAT32, 0.5),
        ("1e-46", FLOAT32, 0.0),
        ("3.4e38", FLOAT32, 3.3999999521443642e38),
        ("3.5e38", FLOAT64, 3.5e38),
        ("1e400", decimal_schema(-400), Decimal("1e400")),
        (" 42 ", INT8, 42),
        ("1:2", INT8, 1),
        ("1,2]", INT8, 1),
        ("true", BOOLEAN, True),
        ("false ", BOOLEAN, False),
        ("2019-08-23", DATE, FRIDAY),
        ("14:34:54.346Z", TIME, CLOCK),
        ("14\\:34\\:54.346Z", TIME, CLOCK),
        ("24:00:00.000Z", TIME, DAY_MS),
        ("99999-1-01", DATE, 35_804_357),
        (
            "2019-08-23T14:34:54.346Z",
            TIMESTAMP,
            datetime.datetime.combine(FRIDAY, CLOCK, datetime.UTC),
        ),
    ],
)
def test_scalars_are_recognized(text: str, schema: Schema, value: Any) -> None:
    _check(text, schema, value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", "TRUE", "NULL", "abc", "a b", "true}", "NaN", "Infinity", "0x10", "1_000"),
        *("12abc", "--1", "+", ".5", "5 6", '"quoted"', '"5"', "\\[1,2]", "2019-08-23 14:34"),
        *("[null,1]", "[true,null]", "[,1]", "[1,,2]", "[1 2]", "[1,2", "[", "[a,b]", '["a'),
        *("{a:1}", '{"a":1', '{"a"}', '{"a":}', "{,}", "{null:1}", '{"a":1 "b"', "{{}:1}"),
        "[40000,2019-08-23,x]",
    ],
)
def test_everything_else_is_the_string_it_was(text: str) -> None:
    _check(text, STRING, text)


def test_no_text_and_null_are_told_apart() -> None:
    assert parse_string(None) == (None, None)
    assert parse_string("null") is None
    assert parse_string(" null ") is None


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("[]", ARRAY, []),
        ("[null]", ARRAY, [None]),
        ("[1,]", Schema.array(INT8), [1]),
        ("[128, 1]", Schema.array(INT16), [128, 1]),
        ("[1,2.5]", Schema.array(FLOAT32), [1.0, 2.5]),
        ("[1.5,3.5e38]", Schema.array(FLOAT64), [1.5, 3.5e38]),
        ('[1,"a"]', ARRAY, [1, "a"]),
        ('["a\\"b"]', Schema.array(STRING), ['a\\"b']),
        ('["2019-08-23"]', Schema.array(DATE), [FRIDAY]),
        ("[14:34:54.346Z]", Schema.array(TIME), [CLOCK]),
        ('["[x]"]', Schema.array(STRING), ["[x]"]),
        ('[" "]', Schema.array(STRING), [""]),
        ("[1]x", Schema.array(INT8), [1]),
        (" [1]", Schema.array(INT8), [1]),
        ("[[1],[2]]", Schema.array(Schema.array(INT8)), [[1], [2]]),
        ('[[1],["a"]]', Schema.array(Schema.array(STRING)), [[1], ["a"]]),
        ("[1,2019-08-23]", Schema.array(DATE), [datetime.date(1970, 1, 2), FRIDAY]),
        ("[9223372036854775808,1e400]", Schema.array(decimal_schema(-400)), [2**63, 10**400]),
    ],
)
def test_arrays_share_a_schema_if_they_can(text: str, schema: Schema, value: Any) -> None:
    _check(text, schema, value)


@pytest.mark.parametrize(
    ("text", "schema", "value"),
    [
        ("{}", MAP, {}),
        ('{"a":1}', Schema.map(STRING, INT8), {"a": 1}),
        ('{"a" : 1 "b" : 300}', Schema.map(STRING, INT16), {"a": 1, "b": 300}),
        ('{"a":1,"b":"x"}', Schema(Type.MAP, key_schema=STRING), {"a": 1, "b": "x"}),
        ('{"a":null}', Schema(Type.MAP, key_schema=STRING), {"a": None}),
        ('{"a":1,2:"x"}', MAP, {"a": 1, 2: "x"}),
        ('{"a":1,2:3}', MAP, {"a": 1, 2: 3}),
        ("{true:1}", Schema.map(BOOLEAN, INT8), {True: 1}),
        ("{[1]:2}", Schema.map(Schema.array(INT8), INT8), {(1,): 2}),
        ('{"t":14:34:54.346Z}', Schema.map(STRING, TIME), {"t": CLOCK}),
        ('{"a":[1,{"b":2}]}', Schema.map(STRING, ARRAY), {"a": [1, {"b": 2}]}),
    ],
)
def test_maps_share_schemas_if_they_can(text: str, schema: Schema, value: Any) -> None:
    _check(text, schema, value)


def test_numbers_inside_are_marked_with_their_width() -> None:
    parsed = parse_string('[1,"a",300,0.5]')
    assert parsed is not None
    assert [type(item) for item in parsed.value] == [Int8, str, Int16, Float32]


def test_deep_nesting_is_a_string_and_no_crash() -> None:
    shallow = parse_string("[" * 100 + "]" * 100)
    assert shallow is not None
    assert shallow.schema is not None
    assert shallow.schema.type is Type.ARRAY
    _check("[" * 5000 + "]" * 5000, STRING, "[" * 5000 + "]" * 5000)
    _check("[" * 100_000, STRING, "[" * 100_000)


@given(st.text('[]{},:"\\ 1-a.eT') | st.text())
def test_any_text_is_read(text: str) -> None:
    parsed = parse_string(text)
    if parsed is not None and parsed.schema is not None and parsed.schema.type.is_primitive:
        validate_value(parsed.schema, parsed.value)


@given(st.recursive(st.integers(0, 9).map(str), lambda items: st.lists(items, max_size=3)))
def test_nested_arrays_keep_their_shape(tree: Any) -> None:
    text = str(tree).replace("'", "").replace(" ", "")
    parsed = parse_string(text)
    assert parsed is not None
    assert str(parsed.value).replace(" ", "") in (text, text.removeprefix("[").removesuffix("]"))
