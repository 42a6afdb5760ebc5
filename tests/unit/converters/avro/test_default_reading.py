# SPDX-License-Identifier: Apache-2.0
"""Defaults out of Avro schemas."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.avro.default_reading import read_default
from barnabas.converters.avro.defaults import default_to_json
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.converters.json import text as json_text
from barnabas.errors import DataError
from tests.unit.converters.avro import strategies

RULES = Rules()


def read(text, node):
    avro = parse(text)
    return read_default(to_connect(avro, RULES), avro, node, RULES)


@pytest.mark.parametrize(
    ("text", "node", "value"),
    [
        ('"int"', 5, 5),
        ('{"type":"int","connect.type":"int8"}', 200, -56),
        ('{"type":"int","logicalType":"date"}', 1, datetime.date(1970, 1, 2)),
        ('{"type":"bytes","logicalType":"decimal","precision":4,"scale":2}', "}", Decimal("1.25")),
        ('"float"', 1, 1.0),
        ('"double"', "-Infinity", float("-inf")),
        ('["int","string"]', "x", {"string": "x"}),
        ('["null","string"]', None, None),
        ('{"type":"enum","name":"E","symbols":["A"]}', "A", "A"),
        (
            '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":4},'
            '{"name":"o","type":["null","int"],"default":null}]}',
            {},
            {"a": 4, "o": None},
        ),
    ],
)
def test_a_default_is_read(text, node, value):
    assert read(text, node) == value


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ('"int"', "x"),
        ('"boolean"', 1),
        ('"string"', 1),
        ('"double"', "x"),
        ('"bytes"', "€"),
        ('"bytes"', 1),
        ('["int","string"]', [1]),
        ('{"type":"array","items":"int"}', 1),
        ('{"type":"map","values":"int"}', []),
        ('{"type":"record","name":"R","fields":[]}', 1),
    ],
)
def test_what_does_not_fit_is_refused(text, node):
    with pytest.raises(DataError, match="does not fit"):
        read(text, node)


@given(st.data())
def test_what_is_written_is_read_back(data):
    schema = data.draw(strategies.schemas())
    value = data.draw(strategies.values(schema))
    written = json_text.encode(default_to_json(schema, value, RULES))
    node = json_text.read_leniently(written)
    got = read_default(schema, to_avro(schema, RULES), as_plain(node), RULES)
    assert strategies.same(strategies.whole(schema, got), strategies.whole(schema, value))


def as_plain(node):
    if isinstance(node, Decimal):
        return float(node)
    if isinstance(node, list):
        return [as_plain(each) for each in node]
    if isinstance(node, dict):
        return {key: as_plain(each) for key, each in node.items()}
    return node
