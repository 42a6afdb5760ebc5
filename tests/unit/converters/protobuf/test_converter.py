# SPDX-License-Identifier: Apache-2.0
"""ProtobufConverter: laws of round trips, framing, batches, errors."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barnabas.converters.protobuf import ProtobufConverter, names
from barnabas.data import (
    BOOLEAN,
    BYTES,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Headers,
    RecursiveSchema,
    Schema,
    SchemaAndValue,
)
from barnabas.errors import ConfigError, DataError
from barnabas.registry import SchemaDefinition
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import PROTOBUF
from tests.unit.converters.protobuf.strategies import PLAIN, schemas_and_values

SCOPES = itertools.count()
REC = Schema.struct({"id": INT32, "name": OPTIONAL_STRING}, name="com.ex.Rec")
HEADER_SERIALIZER = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"


def converter_at(scope, **given):
    named = {name.replace("_", "."): value for name, value in given.items()}
    converter = ProtobufConverter()
    converter.configure({"schema.registry.url": f"mock://{scope}", **named}, is_key=False)
    return converter


def converter_with(**given):
    return converter_at(f"converter-{next(SCOPES)}", **given)


LAW = settings(max_examples=40, deadline=None)


def check_law(schema, value, **rules):
    """Bytes and back give the value, and the schema that is read gives both again."""
    converter = converter_with(**rules)
    data = converter.from_connect_data("t", None, schema, value)
    read = converter.to_connect_data("t", None, data)
    assert read.value == value
    again = converter.from_connect_data("u", None, read.schema, read.value)
    assert converter.to_connect_data("u", None, again) == read
    return data[6:], again[6:]


@given(schemas_and_values())
@LAW
def test_values_survive_and_so_do_their_bytes(drawn):
    first, second = check_law(*drawn)
    assert first == second


@given(schemas_and_values(nulls=True))
@LAW
def test_null_survives_where_fields_are_marked_optional(drawn):
    check_law(*drawn, optional_for_nullables="true")


@given(schemas_and_values(nulls=True, null_enums=False))
@LAW
def test_null_survives_in_wrappers_but_for_enums(drawn):
    converter = converter_with(wrapper_for_nullables="true")
    schema, value = drawn
    data = converter.from_connect_data("t", None, schema, value)
    read = converter.to_connect_data("t", None, data)
    assert read.value == value
    again = converter.from_connect_data("u", None, read.schema, read.value)
    assert converter.to_connect_data("u", None, again).value == value


@given(schemas_and_values())
@LAW
def test_full_names_survive(drawn):
    converter = converter_with(enhanced_protobuf_schema_support="true")
    schema, value = drawn
    data = converter.from_connect_data("t", None, schema, value)
    read = converter.to_connect_data("t", None, data)
    assert (read.schema.name, read.value) == (schema.name, value)


@given(st.sampled_from(list(PLAIN)), st.data())
@LAW
def test_primitive_roots_survive_with_the_width_of_their_wrapper(kind, drawn):
    value = drawn.draw(PLAIN[kind])
    converter = converter_with()
    data = converter.from_connect_data("t", None, Schema(kind), value)
    read = converter.to_connect_data("t", None, data)
    assert read.value == value
    assert read.schema.version == 1


@pytest.mark.parametrize(
    ("schema", "value", "data"),
    [
        (INT8, 5, b"\2\x08\x08\5"),
        (INT16, -1, b"\2\x08\x08" + b"\xff" * 9 + b"\1"),
        (INT32, 5, b"\2\x08\x08\5"),
        (INT64, 5, b"\2\x04\x08\5"),
        (FLOAT32, 1.5, b"\2\x02\x0d\0\0\xc0\x3f"),
        (FLOAT64, 1.5, b"\0\x09\0\0\0\0\0\0\xf8\x3f"),
        (BOOLEAN, True, b"\2\x0c\x08\1"),
        (STRING, "a", b"\2\x0e\x0a\1a"),
        (BYTES, b"a", b"\2\x10\x0a\1a"),
    ],
)
def test_primitive_roots_are_wrapper_messages_of_google(schema, value, data):
    assert converter_with().from_connect_data("t", None, schema, value) == b"\0\0\0\0\1" + data


def test_a_struct_is_framed_with_its_id_and_path():
    converter = converter_with()
    data = converter.from_connect_data("t", None, REC, {"id": 1, "name": "a"})
    assert data == b"\0\0\0\0\1\0\x08\1\x12\1a"


def test_null_is_null_whatever_the_schema():
    converter = converter_with()
    for schema in (None, REC, OPTIONAL_INT32):
        assert converter.from_connect_data("t", None, schema, None) is None
    assert converter.to_connect_data("t", None, None) == SchemaAndValue(None, None)


@pytest.mark.parametrize(
    ("path", "name", "payload"),
    [(b"\0", "A", b"\x08\1"), (b"\2\2", "B", b"\x10\1"), (b"\4\0\2", "D", b"\x18\1")],
)
def test_the_path_says_which_message_a_record_is(path, name, payload):
    text = (
        'syntax = "proto3"; message A { int32 a = 1; message C {} message D { int32 d = 3; } }'
        " message B { int32 b = 2; }"
    )
    MemoryRegistry("paths").register("t-value", SchemaDefinition(text, PROTOBUF))
    read = converter_at("paths").to_connect_data("t", None, b"\0\0\0\0\1" + path + payload)
    assert (read.schema.name, read.value) == (name, {name.lower(): 1})


def test_a_struct_that_holds_itself_survives():
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT32, "next": inner}, name="Node")
    inner.resolve(node)
    check_law(node, {"v": 1, "next": {"v": 2, "next": None}})


def test_a_union_survives():
    member = {names.TAG: "4"}
    union = Schema.struct(
        {"a": OPTIONAL_INT32.with_attributes(parameters=member)},
        name=f"{names.UNION}.u",
        optional=True,
    )
    converter = converter_with()
    data = converter.from_connect_data(
        "t", None, Schema.struct({"u_0": union}, name="M"), {"u_0": {"a": 0}}
    )
    assert data[6:] == b"\x20\0"
    assert converter.to_connect_data("t", None, data).value == {"u_0": {"a": 0}}


def test_unknown_fields_are_passed_over_and_new_ones_have_defaults():
    registry = MemoryRegistry("evolution")
    for text in ("int32 a = 1; int32 b = 2;", "int32 a = 1; string c = 3; optional int32 d = 4;"):
        registry.register(
            "t-value", SchemaDefinition(f'syntax = "proto3"; message M {{ {text} }}', PROTOBUF)
        )
    old = b"\0\0\0\0\1\0\x08\5\x10\6"
    writer = converter_at("evolution").to_connect_data("t", None, old)
    assert (writer.schema.version, writer.value) == (1, {"a": 5, "b": 6})
    latest = converter_at("evolution", use_latest_version="true").to_connect_data("t", None, old)
    assert (latest.schema.version, latest.value) == (2, {"a": 5, "c": "", "d": None})


def test_the_schema_may_be_told_in_a_header():
    scope = f"header-{next(SCOPES)}"
    converter = converter_at(scope, value_schema_id_serializer=HEADER_SERIALIZER)
    headers = Headers()
    data = converter.from_connect_data("t", headers, REC, {"id": 1, "name": "a"})
    assert data == b"\x08\1\x12\1a"
    guid = MemoryRegistry(scope).latest("t-value").guid.replace("-", "")
    header = headers.last_with_name("__value_schema_id")
    assert header.value == b"\1" + bytes.fromhex(guid) + b"\0"
    assert converter.to_connect_data("t", headers, data).value == {"id": 1, "name": "a"}


@given(
    st.lists(st.none() | st.fixed_dictionaries({"id": PLAIN[INT32.type], "name": st.text("ab")}))
)
@LAW
def test_a_batch_is_what_its_records_are_one_by_one(values):
    converter = converter_with()
    one_by_one = [converter.from_connect_data("t", None, REC, value) for value in values]
    assert converter.from_connect_batch("t", REC, values) == one_by_one
    schemas, read = converter.to_connect_batch("t", one_by_one)
    pairs = [converter.to_connect_data("t", None, data) for data in one_by_one]
    assert read == [pair.value for pair in pairs]
    if not isinstance(schemas, list):
        schemas = [schemas] * len(values)
    assert schemas == [pair.schema for pair in pairs]


def test_a_batch_may_hold_several_schemas_and_messages():
    converter = converter_with()
    data = [
        converter.from_connect_data("t", None, schema, value)
        for schema, value in ((REC, {"id": 1}), (INT32, 5), (STRING, "x"), (REC, {"id": 2}))
    ]
    schemas, values = converter.to_connect_batch("t", [*data, None])
    assert values == [{"id": 1, "name": ""}, 5, "x", {"id": 2, "name": ""}, None]
    assert [schema and schema.type.name for schema in schemas] == [
        "STRUCT",
        "INT32",
        "STRING",
        "STRUCT",
        None,
    ]


def test_an_empty_batch_is_one():
    converter = converter_with()
    assert converter.from_connect_batch("t", REC, []) == []
    assert converter.to_connect_batch("t", []) == (None, [])


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        (REC, {"id": "x"}, "from topic orders: field \"id\": Invalid type for INT32: 'x'"),
        (None, 5, "from topic orders: a value has no schema"),
        (Schema.struct({"a b": INT32}), {"a b": 1}, r"from topic orders: .*scrub\.invalid\.names"),
    ],
)
def test_what_cannot_be_written_is_refused_with_the_topic(schema, value, words):
    converter = converter_with()
    with pytest.raises(DataError, match=f"^Failed to serialize Protobuf data {words}"):
        converter.from_connect_data("orders", None, schema, value)
    with pytest.raises(DataError, match=f"^Failed to serialize Protobuf data {words}"):
        converter.from_connect_batch("orders", schema, [value])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The record is empty"),
        (b"\7abc", "Unknown magic byte! It is 0x07"),
        (b"\0\0\0\0\x63\0", "schema 99"),
        (b"\0\0\0\0\1", "ends within the path"),
        (b"\0\0\0\0\1\2\6", r"its message is at \[3\]"),
        (b"\0\0\0\0\1\0\x08", "no message com.ex.Rec of schema 1, subject orders-value"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_topic(data, words):
    converter = converter_with()
    converter.from_connect_data("orders", None, REC, {"id": 1})
    with pytest.raises(DataError, match=f"topic orders: .*{words}"):
        converter.to_connect_data("orders", None, data)
    with pytest.raises(DataError, match=f"topic orders: .*{words}"):
        converter.to_connect_batch("orders", [data])


def test_text_that_is_no_schema_is_refused():
    MemoryRegistry("broken").register("t-value", SchemaDefinition("message {", PROTOBUF))
    with pytest.raises(DataError, match="schema 1 cannot be read as Protobuf: line 1"):
        converter_at("broken").to_connect_data("t", None, b"\0\0\0\0\1\0")


def test_a_schema_of_another_type_is_refused():
    MemoryRegistry("foreign").register("t-value", SchemaDefinition('"string"'))
    with pytest.raises(DataError, match=r"topic t: .*is of type AVRO, not PROTOBUF"):
        converter_at("foreign").to_connect_data("t", None, b"\0\0\0\0\1\0")


def test_a_setting_that_is_wrong_is_named():
    with pytest.raises(ConfigError, match=r"optional\.for\.nullables"):
        converter_with(optional_for_nullables="perhaps")


def test_a_closed_converter_may_be_closed_again():
    converter = converter_with()
    converter.close()
    converter.close()


def test_the_libraries_of_the_extra_are_not_imported_to_list_the_converter():
    program = (
        "import sys; from barnabas.converters.protobuf import ProtobufConverter;"
        " ProtobufConverter.config_class.definition();"
        " print({'google.protobuf', 'antlr4', 'proto_schema_parser'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.strip() == b"set()"


def test_a_missing_library_is_named_with_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "proto_schema_parser", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[protobuf\]'"):
        converter_with()
