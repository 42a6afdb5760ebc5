# SPDX-License-Identifier: Apache-2.0
"""Defaults as JSON."""

from __future__ import annotations

import datetime
from decimal import Decimal

import msgspec
import pytest

from barnabas.converters.avro.defaults import default_to_json, is_valid_default
from barnabas.converters.avro.model import MISSING
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    OPTIONAL_STRING,
    STRING,
    Schema,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError

RECORD = Schema.struct({"a b": INT32, "s": OPTIONAL_STRING})


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        (INT8, 5, "5"),
        (BOOLEAN, True, "true"),
        (STRING, "z", '"z"'),
        (BYTES, b"\xc8\x01", '"È\\u0001"'),
        (FLOAT32, 1.100000023841858, "1.1"),
        (FLOAT64, 1e20, "1.0E20"),
        (FLOAT64, float("nan"), '"NaN"'),
        (decimal_schema(2), Decimal("1.25"), '"}"'),
        (DATE, datetime.date(1970, 1, 3), "2"),
        (Schema.array(INT32), [1, 2], "[1,2]"),
        (Schema.map(STRING, INT32), {"a": 1}, '{"a":1}'),
        (Schema.map(INT32, INT32), {1: 2}, "[[1,2]]"),
        (RECORD, {"a b": 1}, '{"a_b":1,"s":null}'),
    ],
)
def test_a_default_is_json(schema, value, text):
    written = default_to_json(schema, value, Rules(scrub_names=True))
    assert msgspec.json.encode(written).decode() == text


def test_elements_without_schema_are_refused():
    with pytest.raises(DataError, match="elements without a schema"):
        default_to_json(Schema(Type.ARRAY), [1], Rules())


R = (
    '{"type":"record","name":"R","fields":[{"name":"a","type":"int"},'
    '{"name":"b","type":"int","default":1}]}'
)


@pytest.mark.parametrize(
    ("text", "value", "is_valid"),
    [
        ('"null"', None, True),
        ('"int"', 2**31, False),
        ('"int"', True, False),
        ('"long"', 2**31, True),
        ('"float"', 1, True),
        ('"double"', "NaN", True),
        ('"double"', "x", False),
        ('"boolean"', True, True),
        ('"bytes"', "x", True),
        ('"string"', 1, False),
        ('["null","int"]', 1, True),
        ('["null","int"]', "x", False),
        ('["null","int"]', MISSING, False),
        ('{"type":"array","items":"int"}', [1, "x"], False),
        ('{"type":"map","values":"int"}', {"a": 1}, True),
        (R, {"a": 1}, True),
        (R, {"b": 1}, False),
        (R, [], False),
    ],
)
def test_avro_takes_only_what_fits(text, value, is_valid):
    assert is_valid_default(parse(text), value) is is_valid
