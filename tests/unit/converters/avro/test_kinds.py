# SPDX-License-Identifier: Apache-2.0
"""What a schema is in Avro's eyes."""

from __future__ import annotations

from barnabas.converters.avro import kinds, names
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema, Type

ENUM = Schema(Type.STRING, name="a.E", parameters={names.ENUM: "a.E", f"{names.ENUM}.X": "X"})
FIXED = Schema(Type.BYTES, name="a.F", parameters={names.FIXED_SIZE: "2"})


def test_a_union_is_told_by_name_or_parameter():
    assert kinds.is_union(Schema.struct({"int": INT32}, name=names.UNION))
    assert kinds.is_union(Schema.struct({}, parameters={names.GENERALIZED_UNION: "u"}))
    assert not kinds.is_union(Schema.struct({"int": INT32}, name="Union"))


def test_an_enum_is_one_only_when_asked_for():
    assert kinds.enum_parameter(ENUM, Rules()) is None
    assert kinds.enum_parameter(ENUM, Rules(enhanced=True)) == names.ENUM
    assert kinds.enum_parameter(ENUM, Rules(generalized=True)) == names.ENUM
    assert kinds.enum_parameter(STRING, Rules(enhanced=True)) is None


def test_bytes_of_a_size_need_a_name():
    assert kinds.is_fixed(FIXED)
    assert not kinds.is_fixed(FIXED.with_attributes(name=None))


def test_maps_with_optional_text_keys_are_maps_only_when_allowed():
    schema = Schema.map(OPTIONAL_STRING, INT32)
    assert not kinds.has_text_keys(schema, Rules())
    assert kinds.has_text_keys(schema, Rules(allow_optional_map_keys=True))
    assert not kinds.has_text_keys(Schema.map(INT32, INT32), Rules(allow_optional_map_keys=True))


def test_entries_of_a_map_are_told_by_name_or_property():
    entry = '{"type":"record","name":"%s","fields":[]%s}'
    assert kinds.is_map_entry(parse(entry % ("io.confluent.connect.avro.MapEntry", "")))
    assert kinds.is_map_entry(parse(entry % ("X", ',"connect.internal.type":"MapEntry"')))
    assert not kinds.is_map_entry(parse(entry % ("MapEntry", "")))
    assert not kinds.is_map_entry(parse('"int"'))


def test_both_sides_call_a_member_the_same():
    cases = [
        (ENUM, '{"type":"enum","name":"a.E","symbols":["X"]}'),
        (FIXED, '{"type":"fixed","name":"a.F","size":2}'),
        (INT32, '"int"'),
        (Schema.map(STRING, STRING), '{"type":"map","values":"string"}'),
        (Schema.struct({}, name="a.R"), '{"type":"record","name":"a.R","fields":[]}'),
    ]
    for rules in (Rules(), Rules(enhanced=True), Rules(generalized=True)):
        for schema, text in cases:
            mine = kinds.connect_member_name(schema, 3, rules)
            assert mine == kinds.avro_member_name(parse(text), 3, rules)
