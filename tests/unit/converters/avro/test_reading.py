# SPDX-License-Identifier: Apache-2.0
"""What fastavro reads, made Connect values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from barnabas.converters.avro import anything
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.reading import is_anything, reader_for
from barnabas.converters.avro.rules import Rules
from barnabas.data import Int32
from barnabas.errors import DataError

RULES = Rules()


def reader(text):
    avro = parse(text)
    return reader_for(to_connect(avro, RULES), avro, RULES)


def field(kind):
    return f'{{"type":"record","name":"R","fields":[{{"name":"a","type":{kind}}}]}}'


@pytest.mark.parametrize(
    ("kind", "read", "value"),
    [
        ('{"type":"int","connect.type":"int8"}', 200, -56),
        ('{"type":"int","logicalType":"date"}', 1, datetime.date(1970, 1, 2)),
        ('{"type":"int","logicalType":"time-millis"}', 1000, datetime.time(0, 0, 1)),
        (
            '{"type":"long","logicalType":"timestamp-millis"}',
            -1,
            datetime.datetime(1969, 12, 31, 23, 59, 59, 999000, datetime.UTC),
        ),
        ('{"type":"long","logicalType":"timestamp-millis"}', 1 << 62, 1 << 62),
        ('{"type":"long","logicalType":"timestamp-micros"}', 5, 5),
        ('{"type":"bytes","logicalType":"decimal","scale":2}', b"\x7d", Decimal("1.25")),
        ('["null",{"type":"int","logicalType":"date"}]', None, None),
        ('{"type":"array","items":{"type":"int","logicalType":"date"}}', [1, 2], None),
        ('{"type":"map","values":{"type":"int","connect.type":"int16"}}', {"k": 65535}, {"k": -1}),
    ],
)
def test_values_of_a_column_are_finished(kind, read, value):
    if isinstance(read, list):
        value = [datetime.date(1970, 1, 1 + day) for day in read]
    made = reader(field(kind))
    assert made.many([{"a": read}, {"a": read}]) == [{"a": value}] * 2
    assert made.one({"a": read}) == {"a": value}


def test_rows_of_plain_values_are_left_alone():
    rows = [{"a": "x"}]
    assert reader(field('["null","string"]')).many(rows) is rows


def test_the_members_of_a_union_are_records_of_one_field():
    wire = reader('["null","int","string"]').wire
    assert wire[0] == "null"
    assert [branch["fields"] for branch in wire[1:]] == [
        [{"name": "int", "type": "int"}],
        [{"name": "string", "type": "string"}],
    ]


def test_a_member_of_a_union_is_finished():
    made = reader('["string",{"type":"int","logicalType":"date"}]')
    assert made.one({"int": 1}) == {"int": datetime.date(1970, 1, 2)}
    assert made.one({"string": "x"}) == {"string": "x"}


def test_entries_become_a_map():
    text = (
        '{"type":"array","items":{"type":"record","name":"M","connect.internal.type":"MapEntry",'
        '"fields":[{"name":"key","type":%s},{"name":"value","type":"int"}]}}'
    )
    assert reader(text % '"long"').one([{"key": 1, "value": 2}]) == {1: 2}
    lists = reader(text % '{"type":"array","items":"int"}')
    with pytest.raises(DataError, match="which a dict cannot hold"):
        lists.one([{"key": [1], "value": 2}])


def test_bytes_of_no_decimal_are_refused():
    with pytest.raises(DataError, match="has no bytes"):
        reader('{"type":"bytes","logicalType":"decimal"}').one(b"")


def test_schemaless_values_are_taken_out_of_their_records():
    made = reader_for(None, anything.SCHEMA, RULES)
    assert made.many([{"int": 1}, {}]) == [1, None]
    assert type(made.one({"int": 1})) is Int32
    assert is_anything(anything.SCHEMA)
    assert not is_anything(parse('"int"'))
