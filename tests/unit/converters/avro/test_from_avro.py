# SPDX-License-Identifier: Apache-2.0
"""Avro schemas as Connect schemas."""

from __future__ import annotations

import pytest
from hypothesis import assume, given

from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.data import INT64, OPTIONAL_STRING, STRING, RecursiveSchema
from barnabas.errors import DataError
from tests.unit.converters.avro import recorded, strategies

CASES = {
    "def field": '{"type":"record","name":"n.R","doc":"rd","fields":[{"name":"i","type":"int",'
    '"default":5,"doc":"fd"},{"name":"o","type":["string","null"],"default":"x"},'
    '{"name":"o2","type":["null","string"],"default":null}]}',
    "def nometa": '{"type":"record","name":"R","fields":[{"name":"i","type":"int","default":5}]}',
    "dates": '{"type":"record","name":"R","fields":[{"name":"a","type":{"type":"long",'
    '"logicalType":"timestamp-micros"}},{"name":"b","type":{"type":"long","logicalType":'
    '"timestamp-millis"}},{"name":"c","type":{"type":"bytes","logicalType":"decimal","precision":8,'
    '"scale":3}},{"name":"e","type":{"type":"enum","name":"E","symbols":["X","Y"],"default":"X"}},'
    '{"name":"f","type":{"type":"fixed","name":"F","size":4}},{"name":"u","type":{"type":"string",'
    '"logicalType":"uuid"}}]}',
    "union3": '{"type":"record","name":"R","fields":[{"name":"u","type":["null","int","string",'
    '{"type":"record","name":"Q","namespace":"a.b","fields":[]}]}]}',
    "union3 gen": '["null","int","string"]',
    "root opt": '["null","string"]',
    "cdefault": '{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro",'
    '"fields":[{"name":"i","type":{"type":"int","connect.type":"int8","connect.default":3,'
    '"connect.doc":"w"}}]}',
}
RULES = {
    "def nometa": Rules(connect_meta_data=False),
    "union3 gen": Rules(generalized=True),
}


def read(text, rules=None, version=None):
    return to_connect(parse(text), rules or Rules(), version=version)


@pytest.mark.mirrors("avro-data AvroDataTest")
@pytest.mark.parametrize("name", recorded.READ)
def test_schemas_are_read_as_recorded(name):
    assert recorded.spelt(read(CASES[name], RULES.get(name))) == recorded.READ[name]


@given(strategies.schemas())
def test_what_is_written_is_read_back(schema):
    avro = to_avro(schema, Rules())
    try:
        written = text_of(avro)
    except DataError:
        assume(False)
    assert to_connect(parse(written), Rules()) == schema


@given(strategies.schemas())
def test_docs_may_be_connects_own(schema):
    rules = Rules(discard_type_doc_default=True)
    avro = to_avro(schema, rules)
    read_back = to_connect(avro, rules)
    assert (read_back.doc, read_back.type) == (schema.doc, schema.type)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('"null"', "Standalone null schemas are not supported by this converter"),
        ('{"type":"int","connect.type":"int9"}', "Connect type annotation .* int9"),
        ('{"type":"int","connect.version":"x"}', "Invalid Connect version found: 'x'"),
        ('{"type":"int","connect.name":5}', "Invalid schema name: 5"),
        ('{"type":"int","connect.parameters":5}', "Expected JSON object for schema parameters"),
        ('{"type":"int","connect.parameters":{"a":5}}', "parameter values to be strings"),
        ('{"type":"int","logicalType":"date","connect.name":"x"}', "Mismatched names"),
        ('{"type":"int","logicalType":"date","connect.version":2}', "Mismatched versions"),
        ('{"type":"bytes","logicalType":"decimal","precision":"x"}', "must be a JSON Integer"),
        (
            '["null",{"type":"record","name":"A","fields":[]},{"type":"record","name":"x.A",'
            '"fields":[]}]',
            r"Multiple union schemas .* A; set enhanced\.avro\.schema\.support=true",
        ),
        (
            '{"type":"array","items":{"type":"record","name":"io.confluent.connect.avro.MapEntry",'
            '"fields":[]}}',
            "do not match the expected format",
        ),
    ],
)
def test_what_connect_cannot_express_is_refused(text, complaint):
    with pytest.raises(DataError, match=complaint):
        read(text)


def test_the_version_in_the_registry_is_for_the_root_only():
    record = read('{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}', version=4)
    assert (record.version, record.fields[0].schema.version) == (4, None)
    assert read('["null","string"]', version=4) == OPTIONAL_STRING


def test_members_of_a_union_may_have_full_names():
    text = '["int",{"type":"record","name":"a.b.Q","fields":[]}]'
    assert [field.name for field in read(text, Rules(enhanced=True)).fields] == ["int", "a.b.Q"]


def test_a_union_of_one_may_stay_a_union():
    assert read('["string"]') == STRING
    union = read('["string"]', Rules(flatten_singleton_unions=False))
    assert [field.name for field in union.fields] == ["string"]


def test_symbols_of_a_generalized_enum_are_numbered():
    enum = read('{"type":"enum","name":"E","symbols":["X","Y"]}', Rules(generalized=True))
    assert list(enum.parameters.values()) == ["E", "0", "1"]


def test_a_list_holds_itself():
    text = (
        '{"type":"record","name":"N","doc":"d","fields":[{"name":"v","type":"long"},{"name":"next",'
        '"type":["null","N"],"default":null,"connect.parameters":{"p":"q"}}]}'
    )
    schema = read(text)
    following = schema.field("next").schema
    assert isinstance(following, RecursiveSchema)
    assert following.optional
    assert following.field("v").schema == INT64
    assert following.parameters["p"] == "q"


def test_a_default_that_does_not_fit_is_left_out(caplog):
    schema = read('{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}')
    assert schema.field("a").schema.default is None
    assert "left out" in caplog.text


def test_parameters_of_a_field_are_added_to_those_of_its_type():
    text = (
        '{"type":"record","name":"R","fields":[{"name":"x","type":{"type":"fixed","name":"F","size"'
        ':1}},{"name":"y","type":"F","connect.parameters":{"p":"q"}}]}'
    )
    assert dict(read(text).field("y").schema.parameters) == {"connect.fixed.size": "1", "p": "q"}


def test_a_variant_is_known_by_its_logical_type():
    text = (
        '{"type":"record","name":"V","fields":[{"name":"metadata","type":"bytes"},{"name":"value",'
        '"type":"bytes"}],"logicalType":"variant"}'
    )
    assert read(text).name == "org.apache.kafka.connect.data.Variant"
