# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json import Rules, text
from barnabas.converters.json.envelope import cut_message, schema_from_json, schema_to_json
from barnabas.data import (
    INT32,
    INT64,
    STRING,
    Schema,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError, SchemaBuilderError
from tests.unit.converters.json import strategies

RULES = Rules()


@given(strategies.schemas())
def test_a_schema_comes_back_as_it_was(schema: Schema) -> None:
    described = text.encode(schema_to_json(schema, RULES))
    assert schema_from_json(text.read_leniently(described), RULES) == schema


def test_no_schema_is_null() -> None:
    assert schema_to_json(None, RULES) is None
    assert schema_from_json(None, RULES) is None


def test_members_stand_in_javas_order() -> None:
    field = STRING.with_attributes(
        optional=True, name="n", version=2, doc="d", parameters={"b": "1", "a": "2"}, default="x"
    )
    schema = Schema.struct({"f": field, "g": Schema.map(INT32, INT64), "h": Schema.array(STRING)})
    assert text.encode(schema_to_json(schema, RULES)).decode() == (
        '{"type":"struct","fields":['
        '{"type":"string","optional":true,"name":"n","version":2,"doc":"d",'
        '"parameters":{"b":"1","a":"2"},"default":"x","field":"f"},'
        '{"type":"map","keys":{"type":"int32","optional":false},'
        '"values":{"type":"int64","optional":false},"optional":false,"field":"g"},'
        '{"type":"array","items":{"type":"string","optional":false},"optional":false,"field":"h"}'
        '],"optional":false}'
    )


def test_parts_without_schema_are_null() -> None:
    described = schema_to_json(Schema(Type.MAP), RULES)
    assert described == {"type": "map", "keys": None, "values": None, "optional": False}
    assert schema_to_json(Schema(Type.ARRAY), RULES)["items"] is None


def test_floats_have_javas_names() -> None:
    assert schema_to_json(Schema(Type.FLOAT32), RULES)["type"] == "float"
    assert schema_to_json(Schema(Type.FLOAT64), RULES)["type"] == "double"


def test_defaults_follow_the_decimal_format() -> None:
    schema = decimal_schema(1, default=Decimal("1.5"))
    assert schema_to_json(schema, RULES)["default"] == b"\x0f"
    numeric = schema_to_json(schema, Rules(decimals_are_numbers=True))
    assert text.encode(numeric).endswith(b',"default":1.5}')


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (5, "must contain 'type'"),
        ({}, "must contain 'type'"),
        ({"type": None}, "must contain 'type'"),
        ({"type": "float64"}, "Unknown schema type: float64"),
        ({"type": "array"}, "did not specify the element type"),
        ({"type": "array", "items": None}, "did not specify the element type"),
        ({"type": "map", "values": {"type": "int8"}}, "did not specify the key type"),
        ({"type": "map", "keys": {"type": "int8"}}, "did not specify the value type"),
        ({"type": "struct"}, '"fields" argument is not an array'),
        ({"type": "struct", "fields": {}}, '"fields" argument is not an array'),
        ({"type": "struct", "fields": [None]}, "field name not specified properly"),
        ({"type": "struct", "fields": [{"type": "int8", "field": 1}]}, "field name not specified"),
        ({"type": "int8", "parameters": {"a": 1}}, "must have string values"),
        ({"type": "string", "default": None}, "null value for required STRING"),
    ],
)
def test_a_broken_schema_is_refused(node: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        schema_from_json(node, RULES)


def test_a_default_that_does_not_fit_is_refused() -> None:
    with pytest.raises(SchemaBuilderError, match="default"):
        schema_from_json({"type": "string", "default": 5}, RULES)


def test_fields_of_one_name_are_refused() -> None:
    field = {"type": "int8", "field": "a"}
    with pytest.raises(SchemaBuilderError, match="duplication"):
        schema_from_json({"type": "struct", "fields": [field, field]}, RULES)


def test_attributes_of_the_wrong_kind_are_ignored() -> None:
    node = {
        "type": "int32",
        "optional": "true",
        "name": 5,
        "version": 1.5,
        "doc": [],
        "parameters": [],
        "more": 1,
    }
    assert schema_from_json(node, RULES) == INT32


def test_a_version_keeps_its_low_32_bits() -> None:
    schema = schema_from_json({"type": "int32", "version": 99999999999}, RULES)
    assert schema is not None
    assert schema.version == 1215752191


def test_a_default_of_null_is_no_default() -> None:
    node = {"type": "string", "optional": True, "default": None}
    assert schema_from_json(node, RULES) == STRING.with_attributes(optional=True)


def test_a_default_follows_the_rules_of_values() -> None:
    schema = schema_from_json({"type": "int8", "default": 300}, RULES)
    assert schema is not None
    assert schema.default == 44


@pytest.mark.parametrize(
    ("message", "schema", "payload", "prefix"),
    [
        (b'{"schema":null,"payload":5}', b"null", b"5", b'{"schema":null,"payload":'),
        (b' { "schema" : {} , "payload" : [1] }', b"{}", b"[1]", None),
        (b' { "schema" : {} , "payload" : [1]}', b"{}", b"[1]", b' { "schema" : {} , "payload" : '),
        (b'{"payload":5,"schema":null}', b"null", b"5", None),
        (b'{"payload":null,"schema":null}', b"null", b"null", None),
        (b'{"schema":1,"payload":2,"payload":3}', b"1", b"3", None),
        (b'{"schema":1,"schema":2,"payload":3}', b"2", b"3", None),
        (b'{"sch\\u0065ma":1,"payload":3}', b"1", b"3", None),
    ],
)
def test_a_message_is_cut_in_two(
    message: bytes, schema: bytes, payload: bytes, prefix: bytes | None
) -> None:
    assert cut_message(message) == (schema, payload, prefix)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"5",
        b"{}",
        b'{"schema":1}',
        b'{"schema":1,"payload":2,"x":3}',
        b'{"schema":1,"payload":2} x',
    ],
)
def test_other_messages_cannot_be_cut(message: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        cut_message(message)


@given(strategies.schemaless, strategies.schemaless, st.booleans())
def test_the_prefix_ends_where_the_payload_begins(schema: Any, payload: Any, tight: bool) -> None:
    separators = (",", ":") if tight else (", ", ": ")
    message = json.dumps({"schema": schema, "payload": payload}, separators=separators).encode()
    cut = cut_message(message)
    assert cut.prefix is not None
    assert cut.prefix + cut.payload + b"}" == message
    assert json.loads(cut.schema) == schema
