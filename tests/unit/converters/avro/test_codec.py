# SPDX-License-Identifier: Apache-2.0
"""Payloads, beside fastavro and Avro's own library."""

from __future__ import annotations

import io
import json
from typing import Any

import avro.io
import avro.schema
import fastavro
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from barnabas.converters.avro.codec import Decoder, Encoder
from barnabas.converters.avro.from_avro import to_connect
from barnabas.converters.avro.model import text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.converters.json import JsonConverter
from barnabas.data import BYTES, INT32, STRING, Schema
from barnabas.errors import DataError
from tests.unit.converters.avro import recorded, strategies

RULES = Rules()
UNIONS = (
    '{"type":"record","name":"R","fields":[{"name":"u","type":["null","int","long","string","bytes"'
    ',{"type":"enum","name":"E","symbols":["A","B"]},{"type":"fixed","name":"F","size":2},'
    '{"type":"array","items":"int"},{"type":"map","values":["null","int"]},'
    '{"type":"record","name":"S","fields":[{"name":"d","type":{"type":"int","logicalType":"date"}}]'
    "}]}]}"
)
MEMBERS = st.one_of(
    st.none(),
    st.integers(-(1 << 31), (1 << 31) - 1).map(lambda number: ("int", number)),
    st.integers(-(1 << 63), (1 << 63) - 1).map(lambda number: ("long", number)),
    st.text(st.characters(codec="utf-8")).map(lambda text: ("string", text)),
    st.binary().map(lambda content: ("bytes", content)),
    st.sampled_from("AB").map(lambda symbol: ("E", symbol)),
    st.binary(min_size=2, max_size=2).map(lambda content: ("F", content)),
    st.lists(st.integers(0, 9)).map(lambda items: ("array", items)),
    st.dictionaries(st.text("ab"), st.none() | st.integers(0, 9)).map(lambda m: ("map", m)),
    st.dates().map(lambda day: ("S", {"d": day})),
)


@given(strategies.schemas_and_batches())
def test_the_libraries_read_what_is_written(case: tuple[Schema, list[Any]]) -> None:
    schema, values = case
    tree = to_avro(schema, RULES)
    try:
        text = text_of(tree)
    except DataError:
        assume(False)
    assume(tree.type != "bytes")
    present = [value for value in values if value is not None]
    written = Encoder(schema, tree, RULES).many(b"", present)
    plain = json.loads(text, object_hook=without_logical_type)
    parsed = fastavro.parse_schema(plain, _ignore_default_error=True)
    for data in written:
        source = io.BytesIO(data)
        value = fastavro.schemaless_reader(source, parsed, None, return_named_type=True)
        assert source.read() == b""
        target = io.BytesIO()
        fastavro.schemaless_writer(target, parsed, value)
        assert target.getvalue() == data


def without_logical_type(node: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key != "logicalType"}


def json_converter() -> JsonConverter:
    converter = JsonConverter()
    settings = {"schemas.enable": "true", "replace.null.with.default": "false"}
    converter.configure(settings, is_key=False)
    return converter


@pytest.mark.parametrize("case", recorded.values(), ids=lambda case: case["text"][:40])
def test_bytes_are_those_java_wrote_and_are_read_as_java_reads_them(case):
    converter, rules = json_converter(), Rules(**case["rules"])
    schema, value = converter.to_connect_data("t", None, json.dumps(case["written"]).encode())
    tree = to_avro(schema, rules)
    assert text_of(tree) == case["text"]
    if tree.type != "bytes":  # at the root Java's serializer leaves their length out, later
        assert Encoder(schema, tree, rules).one(b"", value).hex() == case["bytes"]
        parsed = parse(case["text"])
        found = to_connect(parsed, rules)
        read = Decoder(found, parsed, rules).one(bytes.fromhex(case["bytes"]), 0)
        written = converter.from_connect_data("t", None, found, read)
        assert json.loads(written) == case["read"]


@given(st.lists(MEMBERS, max_size=4), st.sampled_from([Rules(), Rules(enhanced=True)]))
def test_every_member_of_a_union_comes_back_as_itself(members, rules):
    tree = parse(UNIONS)
    schema = to_connect(tree, rules)
    values = [{"u": None if member is None else {member[0]: member[1]}} for member in members]
    data = Encoder(schema, tree, rules).many(b"", values)
    assert Decoder(schema, tree, rules).many(data, 0) == values
    assert [Decoder(schema, tree, rules).one(item, 0) for item in data] == values


@given(strategies.unions_and_values())
def test_any_union_comes_back_with_its_schema(case):
    schema, values = case
    rules = strategies.ENHANCED
    wrapped = Schema.struct({"u": schema})
    tree = parse(text_of(to_avro(wrapped, rules)))
    assert to_connect(tree, rules) == wrapped
    rows = [{"u": value} for value in values]
    data = Encoder(wrapped, tree, rules).many(b"", rows)
    assert Decoder(wrapped, tree, rules).many(data, 0) == rows


def test_avros_own_library_reads_a_union():
    tree = parse(UNIONS)
    schema = to_connect(tree, RULES)
    encoder = Encoder(schema, tree, RULES)
    reader = avro.io.DatumReader(avro.schema.parse(UNIONS))
    for member, value in (("string", "x"), ("array", [1, 2]), ("map", {"a": 1}), ("E", "B")):
        source = io.BytesIO(encoder.one(b"", {"u": {member: value}}))
        assert reader.read(avro.io.BinaryDecoder(source)) == {"u": value}


@given(st.lists(st.text(st.characters(codec="utf-8"))))
def test_an_enum_stays_one_with_enhanced_support(texts):
    rules = Rules(enhanced=True)
    tree = parse('{"type":"array","items":{"type":"enum","name":"a.E","symbols":["X","Y"]}}')
    schema = to_connect(tree, rules)
    assert text_of(to_avro(schema, rules)).count('"enum"') == 1
    data = Encoder(schema, to_avro(schema, rules), rules).one(b"", ["Y", "X"] * len(texts))
    assert Decoder(schema, tree, rules).one(data, 0) == ["Y", "X"] * len(texts)


def test_bytes_at_the_root_are_as_they_are():
    tree = to_avro(BYTES, RULES)
    assert Encoder(BYTES, tree, RULES).one(b"p", b"ab") == b"pab"
    assert Encoder(BYTES, tree, RULES).many(b"p", [b"ab"]) == [b"pab"]
    assert Decoder(BYTES, tree, RULES).one(b"pab", 1) == b"ab"


def test_what_is_left_behind_a_value_may_be_an_error():
    tree = to_avro(INT32, RULES)
    assert Decoder(INT32, tree, RULES).one(b"\x02rest", 0) == 1
    strict = Decoder(INT32, tree, RULES, fails_on_rest=True)
    assert strict.one(b"\x02", 0) == 1
    with pytest.raises(DataError, match="4 bytes are left"):
        strict.one(b"\x02rest", 0)


@pytest.mark.parametrize("data", [b"", b"\xff" * 20, b"\x09", b"\x04\xff\xff"])
def test_bytes_of_something_else_are_refused(data):
    with pytest.raises(DataError, match="not Avro of their schema"):
        Decoder(STRING, to_avro(STRING, RULES), RULES).one(data, 0)


def test_half_of_a_surrogate_pair_is_refused():
    with pytest.raises(DataError, match="cannot be written as Avro: UnicodeEncodeError"):
        Encoder(STRING, to_avro(STRING, RULES), RULES).one(b"", "\ud800")


def test_a_schema_fastavro_cannot_use_is_refused():
    tree = parse('{"type":"enum","name":"E","symbols":["A","A"]}')
    with pytest.raises(DataError, match="fastavro cannot use the schema"):
        Decoder(to_connect(tree, RULES), tree, RULES)
