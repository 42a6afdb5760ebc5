# SPDX-License-Identifier: Apache-2.0
"""Avro schemas as text."""

from __future__ import annotations

import pytest

from barnabas.converters.avro.model import AvroField, AvroSchema, same, text_of
from barnabas.converters.avro.parsing import parse
from barnabas.errors import DataError

TEXTS = [
    '"int"',
    '{"type":"int","connect.type":"int8"}',
    '["null",{"type":"array","items":"string"}]',
    '{"type":"map","values":"long","a":{"b":[1,null]}}',
    '{"type":"enum","name":"E","namespace":"a.b","doc":"d","symbols":["A"],"default":"A","p":1}',
    '{"type":"fixed","name":"F","size":4}',
    '{"type":"record","name":"R","namespace":"n","doc":"d","fields":[{"name":"a","type":"int","doc"'
    ':"x","default":1,"p":"q"},{"name":"b","type":["null","R"],"default":null}],"connect.name":"R"}',
    '{"type":"record","name":"R","namespace":"n","fields":[{"name":"a","type":{"type":"record",'
    '"name":"S","namespace":"","fields":[]}},{"name":"b","type":"S"}]}',
    '{"type":"string","connect.doc":"\\u0001\\u001F\x7f😀/é\\\\u001f\\n"}',
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_schema_is_written_as_it_was_read(text):
    assert text_of(parse(text)) == text


def test_a_name_without_namespace_stays_one_inside_a_namespace():
    inner = AvroSchema("record", name="S")
    outer = AvroSchema("record", name="R", namespace="n", fields=[AvroField("a", inner)])
    assert '"name":"S","namespace":"","fields":[]' in text_of(outer)


def test_a_second_use_of_a_type_is_its_name():
    one, two = (AvroSchema("fixed", name="F", namespace="n", size=2) for _ in "ab")
    record = AvroSchema("record", name="R", namespace="n")
    record.fields = [AvroField("a", one), AvroField("b", two)]
    assert text_of(record).endswith('{"name":"b","type":"F"}]}')


def test_two_types_of_one_name_are_refused():
    one, two = (AvroSchema("fixed", name="F", size=size) for size in (2, 3))
    record = AvroSchema("record", name="R", fields=[AvroField("a", one), AvroField("b", two)])
    with pytest.raises(DataError, match="Can't redefine: F"):
        text_of(record)


def test_names_avro_forbids_are_refused():
    record = AvroSchema("record", name="R", fields=[AvroField("a b", AvroSchema("int"))])
    with pytest.raises(DataError, match="'a b' of a field of the record R"):
        text_of(record)


def test_a_property_has_one_value():
    schema = AvroSchema("int", properties={"a": 1})
    schema.add("a", 1)
    with pytest.raises(DataError, match="two values of a: 1 and 2"):
        schema.add("a", 2)


def test_docs_do_not_make_schemas_differ():
    text = '{"type":"record","name":"R","doc":"%s","fields":[{"name":"a","type":["null","R"]}]}'
    assert same(parse(text % "x"), parse(text % "y"))
    assert not same(parse(text % "x"), parse('"int"'))
    assert not same(parse(text % "x"), parse((text % "x").replace('"a"', '"b"')))


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(DataError, match="cannot be written as text"):
        text_of(AvroSchema("int", properties={"a": "\ud800"}))
