# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
import itertools
import json
import sys
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json_schema import JsonSchemaConverter
from barnabas.data import (
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Headers,
    RecursiveSchema,
    Schema,
)
from barnabas.errors import ConfigError, DataError, IllegalStateError, RegistryAnswerError
from barnabas.registry import Registry, SchemaDefinition, SchemaReference
from barnabas.registry.memory import MemoryRegistry
from tests.unit.converters.json import strategies as json_strategies
from tests.unit.converters.json_schema import strategies

SCOPES = itertools.count()
RECORD = strategies.RECORD
VALUE = {
    "id": 1,
    "name": None,
    "at": datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
    "price": Decimal("1.25"),
    "tags": ["a"],
    "counts": {"x": 1},
}


@pytest.fixture(name="registry")
def _registry() -> Registry:
    return new_registry()


def new_registry() -> Registry:
    return MemoryRegistry(f"json-schema-{next(SCOPES)}")


def converter(registry: Registry, *, is_key: bool = False, **changes: Any) -> JsonSchemaConverter:
    made = JsonSchemaConverter(registry)
    settings = {name.replace("_", "."): value for name, value in changes.items()}
    made.configure({"schema.registry.url": "mock://unused", **settings}, is_key=is_key)
    return made


def registered(registry: Registry, text: Any, subject: str = "t-value", **more: Any) -> bytes:
    """Register a schema and return the prefix of its messages."""
    written = text if isinstance(text, str) else json.dumps(text)
    found = registry.register(subject, SchemaDefinition(written, "JSON", **more))
    return b"\0" + found.id.to_bytes(4, "big")


def versioned(schema: Schema) -> Schema:
    """The schema as it comes back: without a version of its own it has the registry's."""
    return schema if schema.version is not None else schema.with_attributes(version=1)


@given(json_strategies.schemas_and_batches(), st.sampled_from(["BASE64", "NUMERIC"]))
def test_values_and_schema_come_back_as_they_were(
    case: tuple[Schema, list[Any]], decimal_format: str
) -> None:
    schema, values = case
    json_schema = converter(new_registry(), decimal_format=decimal_format)
    batch = json_schema.from_connect_batch("t", schema, values)
    assert batch == [json_schema.from_connect_data("t", None, schema, value) for value in values]
    pairs = [json_schema.to_connect_data("t", None, data) for data in batch]
    assert [pair.value for pair in pairs] == values
    assert list(json_schema.to_connect_batch("t", batch)[1]) == values
    # Defaults that are numbers lose zeros at the end and the sign of zero, as in Java.
    if decimal_format == "BASE64" and not strategies.has_negative_zero(schema):
        assert [pair.schema for pair in pairs] == [versioned(schema)] * len(pairs)


@given(strategies.unions())
def test_unions_come_back_as_they_were(case: tuple[Schema, dict[str, Any]]) -> None:
    schema, value = case
    json_schema = converter(new_registry())
    data = json_schema.from_connect_data("t", None, schema, value)
    assert json_schema.to_connect_data("t", None, data) == (
        schema.with_attributes(version=1),
        value,
    )


def test_recursive_values_come_back_as_they_were(registry: Registry) -> None:
    inner = RecursiveSchema(optional=True)
    parameters = {"io.confluent.connect.json.Id": "#id1"}
    node = Schema.struct({"v": INT64, "n": inner}, name="N", version=1, parameters=parameters)
    inner.resolve(node)
    json_schema = converter(registry)
    value = {"v": 1, "n": {"v": 2, "n": None}}
    data = json_schema.from_connect_data("t", None, node, value)
    found = json_schema.to_connect_data("t", None, data)
    assert found.value == value
    assert found.schema is not None
    assert json_schema.from_connect_data("t", None, found.schema, value) is not None


def test_message_is_schema_id_and_json(registry: Registry) -> None:
    data = converter(registry).from_connect_data("t", None, RECORD, VALUE)
    assert data == (
        b'\0\0\0\0\x01{"id":1,"name":null,"at":1577836800000,"price":"fQ==","tags":["a"],'
        b'"counts":{"x":1}}'
    )
    assert registry.latest("t-value").definition.schema_type == "JSON"


def test_null_follows_the_rules_of_the_schema(registry: Registry) -> None:
    json_schema = converter(registry)
    write = json_schema.from_connect_data
    assert write("t", None, None, None) is None
    assert write("t", None, INT32, None) is None
    assert registry.subjects() == []
    assert write("t", None, OPTIONAL_INT32, None) == b"\0\0\0\0\x01null"
    assert write("d", None, INT32.with_attributes(default=3), None) == b"\0\0\0\0\x023"
    kept = converter(registry, ignore_default_for_nullables="true")
    assert kept.from_connect_data("d", None, INT32.with_attributes(default=3), None) is None
    assert json_schema.to_connect_data("t", None, None) == (None, None)
    assert json_schema.to_connect_data("t", None, b"\0\0\0\0\x01null").value is None


def test_batches_keep_nulls_in_their_places(registry: Registry) -> None:
    json_schema = converter(registry)
    written = json_schema.from_connect_batch("t", INT32, [1, None, 2])
    assert written == [b"\0\0\0\0\x011", None, b"\0\0\0\0\x012"]
    schemas, values = json_schema.to_connect_batch("t", written)
    assert values == [1, None, 2]
    assert isinstance(schemas, list)
    assert schemas[1] is None
    assert json_schema.from_connect_batch("t", None, [None]) == [None]
    assert json_schema.from_connect_batch("t", INT32, [None]) == [None]
    assert json_schema.from_connect_batch("t", OPTIONAL_INT32, [None, 1])[0] is not None
    assert json_schema.from_connect_batch("t", INT32, []) == []


def test_messages_of_several_schemas_are_read_together(registry: Registry) -> None:
    one, two = registered(registry, {"type": "string"}), registered(registry, {"type": "integer"})
    schemas, values = converter(registry).to_connect_batch(
        "t", [one + b'"a"', two + b"1", one + b'"b"']
    )
    assert values == ["a", 1, "b"]
    assert isinstance(schemas, list)
    assert [schema and schema.version for schema in schemas] == [1, 2, 1]


def test_schema_is_told_in_a_header_if_so_set(registry: Registry) -> None:
    serializer = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
    json_schema = converter(registry, value_schema_id_serializer=serializer)
    headers = Headers()
    data = json_schema.from_connect_data("t", headers, STRING, "x")
    assert data == b'"x"'
    assert json_schema.to_connect_data("t", headers, data).value == "x"


def test_subject_may_be_the_title(registry: Registry) -> None:
    strategy = "io.confluent.kafka.serializers.subject.RecordNameStrategy"
    json_schema = converter(registry, value_subject_name_strategy=strategy)
    data = json_schema.from_connect_data("t", None, RECORD, VALUE)
    assert registry.subjects() == ["com.example.Record"]
    assert json_schema.to_connect_data("t", None, data).value == VALUE


def test_registered_references_are_resolved(registry: Registry) -> None:
    registered(registry, {"type": "object", "properties": {"x": {"type": "integer"}}}, "other")
    reference = SchemaReference("other.json", "other", 1)
    schema = {"type": "object", "properties": {"a": {"$ref": "other.json"}}}
    prefix = registered(registry, schema, references=(reference,))
    found = converter(registry).to_connect_data("t", None, prefix + b'{"a":{"x":3}}')
    assert found.value == {"a": {"x": 3}}


def test_latest_schema_of_the_subject_may_be_used(registry: Registry) -> None:
    prefix = registered(registry, {"type": "object", "properties": {"id": {"type": "integer"}}})
    settings = {"auto_register_schemas": "false", "use_latest_version": "true"}
    json_schema = converter(registry, **settings, latest_compatibility_strict="false")
    schema = Schema.struct({"id": INT64})
    assert json_schema.from_connect_data("t", None, schema, {"id": 1}) == prefix + b'{"id":1}'
    assert json_schema.from_connect_data("t", None, None, {"id": 1}) == prefix + b'{"id":1}'


def test_messages_are_read_with_the_latest_schema_if_so_set(registry: Registry) -> None:
    registry.set_compatibility("NONE")
    prefix = registered(registry, {"type": "object", "properties": {"a": {"type": "integer"}}})
    both = {"a": {"type": "integer"}, "b": {"type": "string", "default": "x"}}
    registered(registry, {"type": "object", "properties": both})
    data = prefix + b'{"a":1}'
    assert converter(registry).to_connect_data("t", None, data).value == {"a": 1}
    latest = converter(registry, use_latest_version="true").to_connect_data("t", None, data)
    assert latest.value == {"a": 1, "b": "x"}
    assert latest.schema is not None
    assert latest.schema.version == 2


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jsonschema", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[json-schema\]'"):
        converter(new_registry())


def test_messages_are_validated_if_so_set(registry: Registry) -> None:
    prefix = registered(registry, {"type": "integer", "maximum": 3})
    settings = {"auto_register_schemas": "false", "use_latest_version": "true"}
    strict = converter(
        registry, json_fail_invalid_schema="true", latest_compatibility_strict="false", **settings
    )
    assert strict.from_connect_data("t", None, INT64, 3) == prefix + b"3"
    assert strict.to_connect_data("t", None, prefix + b"3").value == 3
    assert strict.to_connect_batch("t", [prefix + b"3"])[1] == [3]
    with pytest.raises(DataError, match=r"topic t: .*4 is greater than the maximum of 3"):
        strict.from_connect_data("t", None, INT64, 4)
    with pytest.raises(DataError, match=r"topic t: schema 1: .*json\.fail\.invalid\.schema=false"):
        strict.to_connect_data("t", None, prefix + b"4")
    with pytest.raises(DataError, match="maximum of 3"):
        strict.to_connect_batch("t", [prefix + b"4"])
    assert converter(registry).to_connect_data("t", None, prefix + b"4").value == 4


def test_text_may_be_indented(registry: Registry) -> None:
    json_schema = converter(registry, json_indent_output="true")
    data = json_schema.from_connect_data("t", None, Schema.struct({"a": INT32}), {"a": 1})
    assert data == b'\0\0\0\0\x01{\n  "a" : 1\n}'


def test_schemas_are_asked_for_once(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    json_schema = converter(registry)
    data = json_schema.from_connect_data("t", None, STRING, "x")
    json_schema.to_connect_data("t", None, data)
    for name in ("register", "lookup", "by_id"):
        monkeypatch.setattr(registry, name, None)
    assert json_schema.from_connect_data("t", None, STRING, "x") == data
    assert json_schema.to_connect_batch("t", [data, data])[1] == ["x", "x"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"a":1}', "topic t: .*Unknown magic byte"),
        (b"\0\0\0", "ends within its schema id"),
        (b"\0\0\0\0\x63{}", "topic t: .*schema 99"),
        (b"\0\0\0\0\x01{", "topic t: schema 1: The payload is no JSON"),
        (b"\0\0\0\0\x01", "it is empty"),
        (b'\0\0\0\0\x01{"a":"x"}', 'schema 1: in field "a": Invalid value for INT64 field'),
        (b"\0\0\0\0\x02{}", "schema 2: .*type AVRO, not JSON: use the converter for that type"),
        (b"\0\0\0\0\x03{}", "schema 3 of subject t-value: Unsupported schema type"),
    ],
)
def test_messages_that_cannot_be_read_are_refused(
    registry: Registry, data: bytes, words: str
) -> None:
    registered(registry, {"type": "object", "properties": {"a": {"type": "integer"}}})
    registry.set_compatibility("NONE")
    registry.register("t-value", SchemaDefinition('"string"'))
    registered(registry, {"not": {}})
    json_schema = converter(registry)
    with pytest.raises(DataError, match=words):
        json_schema.to_connect_data("t", None, data)
    with pytest.raises(DataError, match=words):
        json_schema.to_connect_batch("t", [data])


def test_message_of_another_subject_names_the_setting(registry: Registry) -> None:
    prefix = registered(registry, {"type": "string"}, "elsewhere")
    with pytest.raises(RegistryAnswerError, match=r"value\.subject\.name\.strategy"):
        converter(registry).to_connect_data("t", None, prefix + b'"x"')


def test_values_that_cannot_be_written_are_refused(registry: Registry) -> None:
    json_schema = converter(registry)
    for schema, value, words in (
        (STRING, 5, "topic t: Invalid type for STRING"),
        (STRING, "\ud800", "topic t: .*surrogate"),
        (OPTIONAL_STRING.with_attributes(doc="\ud800"), "x", "topic t: The JSON Schema"),
        (None, {"a": 1}, "auto.register.schemas=false"),
    ):
        with pytest.raises(DataError, match=words):
            json_schema.from_connect_data("t", None, schema, value)
        with pytest.raises(DataError, match=words):
            json_schema.from_connect_batch("t", schema, [value])


def test_registry_is_closed_with_the_converter() -> None:
    json_schema = JsonSchemaConverter()
    json_schema.configure({"schema.registry.url": "mock://closed"}, is_key=True)
    json_schema.from_connect_data("t", None, STRING, "x")
    json_schema.close()
    json_schema.close()
    with pytest.raises(IllegalStateError, match="not configured"):
        JsonSchemaConverter()._registry  # noqa: B018 - reading it raises
