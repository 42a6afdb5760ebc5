# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

import pytest

from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.payloads import Payloads, parse_payload
from barnabas.converters.json_schema.reading import reader_for
from barnabas.converters.json_schema.settings import Rules
from barnabas.converters.json_schema.variants import encode_variant
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_BYTES,
    OPTIONAL_FLOAT64,
    OPTIONAL_INT64,
    OPTIONAL_STRING,
    STRING,
    TIME,
    TIMESTAMP,
    RecursiveSchema,
    Schema,
    decimal_schema,
)
from barnabas.errors import DataError

VARIANT = Schema.struct(names.VARIANT_FIELDS, name=names.VARIANT)


def read(schema: Schema, payload: str, **rules: bool) -> Any:
    """Read a payload both ways, which must agree."""
    slow = reader_for(schema, Rules(**rules), is_root=True).one(parse_payload(payload.encode()))
    fast = Payloads(schema, Rules(**rules)).read_all([payload.encode()] * 2)
    assert repr(fast) == repr([slow, slow])
    return slow


@pytest.mark.parametrize(
    ("schema", "payload", "value"),
    [
        (INT64, "5", 5),
        (INT64, "5.0", 5),
        (INT64, "5e2", 500),
        (FLOAT64, "5", 5.0),
        (FLOAT64, "1e400", math.inf),
        (FLOAT32, "0.1", 0.10000000149011612),
        (FLOAT64, '"Infinity"', math.inf),
        (BOOLEAN, "true", True),
        (STRING, '"x"', "x"),
        (BYTES, '"AQI="', b"\x01\x02"),
        (DATE, "5", datetime.date(1970, 1, 6)),
        (TIME, "1000", datetime.time(0, 0, 1)),
        (TIMESTAMP, "1000", datetime.datetime(1970, 1, 1, 0, 0, 1, tzinfo=datetime.UTC)),
        (decimal_schema(2), '"ZA=="', Decimal("1.00")),
        (decimal_schema(2), "5.123", Decimal("5.123")),
        (decimal_schema(2), "5", Decimal(5)),
        (OPTIONAL_STRING, "null", None),
        (STRING.with_attributes(default="d"), "null", "d"),
        (Schema.array(OPTIONAL_INT64), "[1,null]", [1, None]),
        (Schema.map(STRING, DATE), '{"a":0}', {"a": datetime.date(1970, 1, 1)}),
        (Schema.map(INT32, STRING), '[{"key":1,"value":"a"}]', {1: "a"}),
        (Schema.map(Schema.array(INT32), STRING), '[{"key":[1],"value":"a"}]', {(1,): "a"}),
        (VARIANT, "[1.5]", encode_variant([Decimal("1.5")])),
    ],
)
def test_values(schema: Schema, payload: str, value: Any) -> None:
    assert read(schema, payload) == value


def test_missing_properties_are_defaults_or_null() -> None:
    schema = Schema.struct(
        {"a": STRING, "b": OPTIONAL_STRING, "c": INT32.with_attributes(default=3)}
    )
    assert read(schema, "{}") == {"a": None, "b": None, "c": 3}
    assert read(schema, '{"a":"x","d":1}') == {"a": "x", "b": None, "c": 3}
    assert read(schema, '{"a":"x","b":null,"c":null}') == {"a": "x", "b": None, "c": 3}


@pytest.mark.parametrize("name", ["a", "ä", 'q"'])
def test_required_properties_must_be_there_further_inside(name: str) -> None:
    inner = Schema.struct({name: STRING, "b": OPTIONAL_STRING})
    quoted = name.replace('"', '\\"')
    schema = Schema.struct({"s": inner})
    assert read(schema, f'{{"s":{{"{quoted}":"x"}}}}') == {"s": {name: "x", "b": None}}
    for whole in (schema, Schema.array(inner)):
        payload = b'{"s":{}}' if whole is schema else b"[{}]"
        with pytest.raises(DataError, match=r"null used for required.*use\.optional\.for\.nonreq"):
            Payloads(whole, Rules()).read(payload)


@pytest.mark.parametrize("name", ["ä", 'q"'])
def test_all_kinds_of_names_are_read(name: str) -> None:
    schema = Schema.struct({name: TIMESTAMP, "b": OPTIONAL_STRING})
    quoted = name.replace('"', '\\"')
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert read(schema, f'{{"{quoted}":0}}') == {name: moment, "b": None}
    assert read(schema, "{}") == {name: None, "b": None}


@pytest.mark.parametrize(
    ("members", "payload", "chosen"),
    [
        ([OPTIONAL_STRING, OPTIONAL_INT64], "5", 1),
        ([OPTIONAL_INT64, OPTIONAL_FLOAT64], "5.5", 1),
        ([OPTIONAL_FLOAT64, OPTIONAL_INT64], "5", 0),
        ([OPTIONAL_BYTES, OPTIONAL_STRING], '"AQ=="', 1),
        ([OPTIONAL_INT64, OPTIONAL_BYTES], '"AQ=="', 1),
        ([decimal_schema(0, optional=True)], "5", 0),
        ([Schema.map(STRING, INT64), Schema.struct({"a": INT64})], '{"a":1}', 0),
        (
            [Schema.struct({"a": INT64}), Schema.struct({"a": INT64, "b": INT64})],
            '{"a":1,"b":2}',
            1,
        ),
        (
            [
                Schema.struct({"a": INT64, "s": Schema.struct({"x": INT64})}),
                Schema.struct({"a": INT64, "s": Schema.struct({"y": INT64})}),
            ],
            '{"a":1,"s":{"y":2}}',
            1,
        ),
    ],
)
def test_union_takes_the_member_that_fits_best(
    members: list[Schema], payload: str, chosen: int
) -> None:
    union = Schema.struct(
        {f"f{index}": each for index, each in enumerate(members)}, name=names.ONE_OF
    )
    found = read(union, payload)
    assert [name for name, value in found.items() if value is not None] == [f"f{chosen}"]


def test_properties_without_name_are_kept_if_so_set() -> None:
    schema = Schema.struct({"a": INT64, names.ADDITIONAL_PROPERTIES: names.additional_schema()})
    kept = read(schema, '{"a":1,"x":[2]}', preserve_additional_properties=True)
    assert kept == {"a": 1, names.ADDITIONAL_PROPERTIES: {"x": encode_variant([2])}}
    assert read(schema, '{"a":1}', preserve_additional_properties=True) == {
        "a": 1,
        names.ADDITIONAL_PROPERTIES: None,
    }
    with pytest.raises(DataError, match="collides with the reserved field name"):
        read(schema, f'{{"{names.ADDITIONAL_PROPERTIES}":1}}', preserve_additional_properties=True)


def test_recursive_values_are_read_as_deep_as_they_go() -> None:
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT64, "n": inner})
    inner.resolve(node)
    assert read(node, '{"v":1,"n":{"v":2}}') == {"v": 1, "n": {"v": 2, "n": None}}


def test_struct_that_requires_itself_may_end() -> None:
    inner = RecursiveSchema()
    node = Schema.struct({"v": INT64, "n": inner})
    inner.resolve(node)
    assert read(node, '{"v":1,"n":{"v":2,"n":null}}') == {"v": 1, "n": {"v": 2, "n": None}}
    assert read(node, '{"v":1,"n":{"v":2}}') == {"v": 1, "n": {"v": 2, "n": None}}
    with pytest.raises(DataError, match="Invalid null value"):
        Payloads(Schema.array(inner), Rules()).read(b"[null]")


@pytest.mark.parametrize(
    ("schema", "payload", "words"),
    [
        (INT64, '"5"', "Invalid value for INT64 field: STRING '5'"),
        (INT64, "5.7", "Invalid value for INT64 field: NUMBER"),
        (INT64, "9223372036854775808", "Invalid value for INT64"),
        (INT8, "128", "Invalid value for INT8"),
        (FLOAT64, '"5"', "Invalid value for FLOAT64"),
        (BOOLEAN, "1", "Invalid value for BOOLEAN"),
        (STRING, "5", "Invalid value for STRING"),
        (BYTES, "5", "Invalid value for BYTES"),
        (BYTES, '"*"', "Invalid bytes field"),
        (DATE, "5.0", "Invalid type for Date"),
        (TIMESTAMP, '"x"', "Invalid type for Timestamp"),
        (decimal_schema(2), "true", "Invalid type for Decimal"),
        (STRING, "null", "Invalid null value for required STRING field"),
        (VARIANT, "null", "Invalid null value for required STRUCT field"),
        (Schema.array(STRING), '{"a":"x"}', "Invalid value for ARRAY"),
        (Schema.map(STRING, INT64), "[]", "should be encoded as JSON objects, but found ARRAY"),
        (Schema.map(INT64, INT64), "{}", "JSON array of objects, but found OBJECT"),
        (Schema.map(INT64, INT64), "[1]", "instead of object: NUMBER"),
        (Schema.map(INT64, INT64), '[{"key":1}]', "expected length 2 but found :1"),
        (Schema.map(VARIANT, INT64), '[{"key":1,"value":1}]', "cannot be a dict in Python"),
        (Schema.struct({"a": INT64}), "[]", "Structs should be encoded as JSON objects"),
        (
            Schema.struct({"a": Schema.struct({"b": INT64})}),
            '{"a":{"b":"x"}}',
            'in field "a.b": Invalid value',
        ),
        (Schema.struct({"a": STRING}, name=names.ONE_OF), "5", "Did not find matching oneof"),
    ],
)
def test_values_that_do_not_fit_are_refused(schema: Schema, payload: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        reader_for(schema, Rules()).one(parse_payload(payload.encode()))
    with pytest.raises(DataError, match=words):
        Payloads(schema, Rules()).read(payload.encode())
