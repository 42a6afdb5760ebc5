# SPDX-License-Identifier: Apache-2.0
"""Texts of Avro schemas."""

from __future__ import annotations

import pytest

from barnabas.converters.avro.parsing import parse
from barnabas.errors import DataError


def test_a_bare_name_of_a_type_is_a_schema():
    assert parse("string").type == "string"
    assert parse('"string"').type == "string"


def test_a_name_is_looked_up_in_the_namespace_around_it():
    text = (
        '{"type":"record","name":"a.R","fields":[{"name":"x","type":{"type":"fixed","name":"F",'
        '"size":1}},{"name":"y","type":"F"},{"name":"z","type":["null","a.R"]}]}'
    )
    record = parse(text)
    first, second, third = (field.schema for field in record.fields)
    assert first.full_name == "a.F"
    assert first is second
    assert third.branches[1] is record


def test_references_are_read_before():
    inner = '{"type":"enum","name":"a.E","symbols":["X"]}'
    assert parse('{"type":"array","items":"a.E"}', [inner]).element.symbols == ["X"]


def test_a_type_within_a_type_is_unwrapped():
    assert parse('{"type":{"type":"int","p":1}}').properties == {"p": 1}


def test_an_error_is_a_record():
    assert parse('{"type":"error","name":"E","fields":[]}').type == "record"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "no JSON"),
        ("{}", "No type"),
        ("3", "No type"),
        ('"x.Y"', r"refers to x\.Y, which is not defined"),
        ('{"type":"record","name":"R"}', "No fields"),
        ('{"type":"record","fields":[]}', "No name"),
        ('{"type":"record","name":"R","fields":[1]}', "field of the Avro record R is no object"),
        ('{"type":"array"}', "No items"),
        ("[" * 5000 + "]" * 5000, "nested too deeply"),
    ],
)
def test_what_is_no_schema_is_refused(text, complaint):
    with pytest.raises(DataError, match=complaint):
        parse(text)
