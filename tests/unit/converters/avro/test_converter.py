# SPDX-License-Identifier: Apache-2.0
"""AvroConverter: from Connect to bytes and back."""

from __future__ import annotations

import datetime
import itertools
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from barnabas.converters.avro import AvroConverter
from barnabas.data import (
    BYTES,
    DATE,
    INT32,
    INT64,
    OPTIONAL_STRING,
    STRING,
    Headers,
    RecursiveSchema,
    Schema,
    Type,
    project,
)
from barnabas.errors import ConfigError, DataError
from barnabas.registry import SchemaDefinition, SchemaReference
from barnabas.registry.memory import MemoryRegistry
from tests.unit.converters.avro import strategies

SCOPES = (f"mock://avro-{number}" for number in itertools.count())


def converter(url: str | None = None, *, is_key: bool = False, **changes: str) -> AvroConverter:
    made = AvroConverter()
    settings = {name.replace("_", "."): value for name, value in changes.items()}
    made.configure({"schema.registry.url": url or next(SCOPES), **settings}, is_key=is_key)
    return made


def without_version(schema: Schema) -> Schema:
    return schema.with_attributes(version=None, optional=False, default=None)


@given(strategies.schemas_and_batches())
def test_what_is_written_is_read_back_with_its_schema(case: tuple[Schema, list[Any]]) -> None:
    schema, values = case
    avro = converter()
    try:
        data = avro.from_connect_batch("t", schema, values)
    except DataError as error:
        assume("Can't redefine" not in error.message)
        raise
    assert data == [avro.from_connect_data("t", None, schema, value) for value in values]
    assert strategies.same(avro.to_connect_batch("t", data)[1], values)
    for item, value in zip(data, values, strict=True):
        if item is not None:
            one = avro.to_connect_data("t", None, item)
            assert strategies.same(one.value, value)
            assert strategies.alike(one.schema, schema)


@given(st.lists(strategies.schemaless))
def test_schemaless_values_come_back_without_schema(values: list[Any]) -> None:
    avro = converter()
    data = avro.from_connect_batch("t", None, values)
    schemas, read = avro.to_connect_batch("t", data)
    assert schemas is None or schemas == [None] * len(values)
    assert strategies.same(read, values)


def test_a_record_is_a_zero_byte_the_id_and_avros_bytes():
    assert converter().from_connect_data("t", None, STRING, "a") == b"\0\0\0\0\1\x02a"


def test_bytes_at_the_root_have_no_length_before_them():
    avro = converter()
    assert avro.from_connect_data("t", None, BYTES, b"\xff") == b"\0\0\0\0\1\xff"
    assert avro.to_connect_data("t", None, b"\0\0\0\0\1\xff").value == b"\xff"


def test_an_optional_value_has_the_index_of_its_branch_before_it():
    assert converter().from_connect_data("t", None, OPTIONAL_STRING, "a") == b"\0\0\0\0\1\x02\x02a"


def test_null_is_null_and_registers_nothing():
    avro = converter(url := next(SCOPES))
    assert avro.from_connect_data("t", None, OPTIONAL_STRING, None) is None
    assert avro.from_connect_data("t", None, None, None) is None
    assert avro.to_connect_data("t", None, None) == (None, None)
    assert MemoryRegistry(url.removeprefix("mock://")).subjects() == []


def test_null_of_a_schema_that_is_not_optional_is_refused():
    with pytest.raises(DataError, match="from topic t: Found null value for non-optional"):
        converter().from_connect_batch("t", STRING, ["a", None])


def test_the_version_in_the_registry_becomes_the_version_of_the_schema():
    avro = converter(url := next(SCOPES))
    MemoryRegistry(url.removeprefix("mock://")).set_compatibility("NONE")
    avro.from_connect_data("t", None, INT32, 1)
    data = avro.from_connect_data("t", None, STRING, "a")
    assert avro.to_connect_data("t", None, data).schema == STRING.with_attributes(version=2)


def test_the_version_of_the_schema_itself_comes_first():
    schema = Schema.struct({"a": INT32}, name="R", version=7)
    avro = converter()
    data = avro.from_connect_data("t", None, schema, {"a": 1})
    assert avro.to_connect_data("t", None, data) == (schema, {"a": 1})


def test_a_date_at_the_root_of_a_later_version_is_refused_as_in_java():
    avro = converter(url := next(SCOPES))
    registry = MemoryRegistry(url.removeprefix("mock://"))
    registry.set_compatibility("NONE")
    registry.register("t-value", SchemaDefinition('"string"'))
    date = SchemaDefinition('{"type":"int","logicalType":"date"}')
    number = registry.register("t-value", date).id
    with pytest.raises(DataError, match=r"Mismatched versions: version already .* \(1\) .* \(2\)"):
        avro.to_connect_data("t", None, b"\0" + number.to_bytes(4, "big") + b"\x0a")


def test_records_of_several_schemas_in_one_batch_keep_their_order():
    avro = converter(url := next(SCOPES))
    MemoryRegistry(url.removeprefix("mock://")).set_compatibility("NONE")
    texts = avro.from_connect_batch("t", STRING, ["a", "b"])
    numbers = avro.from_connect_batch("t", INT64, [1, 2])
    schemas, values = avro.to_connect_batch("t", [texts[0], numbers[0], None, texts[1], numbers[1]])
    assert values == ["a", 1, None, "b", 2]
    assert isinstance(schemas, list)
    assert [schema and schema.type for schema in schemas] == [
        *(Type.STRING, Type.INT64, None, Type.STRING, Type.INT64)
    ]


def test_keys_have_a_subject_of_their_own():
    url = next(SCOPES)
    converter(url, is_key=True).from_connect_data("t", None, STRING, "a")
    assert MemoryRegistry(url.removeprefix("mock://")).subjects() == ["t-key"]


def test_subjects_may_be_named_by_the_record():
    url = next(SCOPES)
    strategy = "io.confluent.kafka.serializers.subject.TopicRecordNameStrategy"
    avro = converter(url, value_subject_name_strategy=strategy)
    schema = Schema.struct({"a": INT32}, name="com.ex.R", version=1)
    data = avro.from_connect_data("t", None, schema, {"a": 1})
    assert MemoryRegistry(url.removeprefix("mock://")).subjects() == ["t-com.ex.R"]
    assert avro.to_connect_data("t", None, data) == (schema, {"a": 1})


def test_the_latest_schema_is_written_with_by_the_names_of_fields():
    url = next(SCOPES)
    latest = (
        '{"type":"record","name":"R","fields":[{"name":"b","type":["null","string"],"default":null}'
        ',{"name":"new","type":"bytes","default":"\\u00ff"},{"name":"a","type":"long"}]}'
    )
    registry = MemoryRegistry(url.removeprefix("mock://"))
    registry.register("t-value", SchemaDefinition(latest))
    avro = converter(
        url,
        auto_register_schemas="false",
        use_latest_version="true",
        latest_compatibility_strict="false",
    )
    schema = Schema.struct({"a": INT32, "b": OPTIONAL_STRING, "gone": INT32}, name="R")
    data = avro.from_connect_batch("t", schema, [{"a": 1, "b": "x", "gone": 3}])
    assert avro.to_connect_batch("t", data)[1] == [{"b": "x", "new": b"\xff", "a": 1}]


def test_a_registered_schema_that_cannot_hold_the_values_names_the_setting():
    url = next(SCOPES)
    MemoryRegistry(url.removeprefix("mock://")).register("t-value", SchemaDefinition('"int"'))
    avro = converter(
        url,
        auto_register_schemas="false",
        use_latest_version="true",
        latest_compatibility_strict="false",
    )
    with pytest.raises(DataError, match=r"use\.latest\.version=false.*subject t-value, schema id"):
        avro.from_connect_data("t", None, STRING, "a")


def test_the_schema_may_be_told_in_a_header():
    serializer = "io.confluent.kafka.serializers.schema.id.HeaderSchemaIdSerializer"
    avro = converter(value_schema_id_serializer=serializer)
    headers = Headers()
    assert avro.adds_headers
    assert avro.from_connect_data("t", headers, STRING, "a") == b"\x02a"
    assert [header.key for header in headers] == ["__value_schema_id"]
    assert avro.to_connect_data("t", headers, b"\x02a").value == "a"


def test_a_value_that_does_not_fit_names_topic_subject_and_id():
    pattern = r"from topic t: Invalid type for INT32: 'x' .*\(subject t-value, schema id 1\)"
    with pytest.raises(DataError, match=pattern):
        converter().from_connect_data("t", None, INT32, "x")


def test_bytes_that_end_too_early_name_topic_and_schema():
    avro = converter()
    data = avro.from_connect_data("t", None, STRING, "long enough")
    with pytest.raises(DataError, match=r"for topic t: The bytes are not Avro.*schema 1 of the"):
        avro.to_connect_data("t", None, data[:8])


def test_bytes_of_another_converter_are_refused():
    with pytest.raises(DataError, match=r"topic t: .*Unknown magic byte!"):
        converter().to_connect_batch("t", [b'{"a":1}'])


def test_an_unknown_id_is_named():
    with pytest.raises(DataError, match="77"):
        converter().to_connect_data("t", None, b"\0\0\0\0\x4d\x02a")


def test_bytes_behind_a_value_are_an_error_only_when_asked_for():
    avro = converter(url := next(SCOPES))
    data = (avro.from_connect_data("t", None, STRING, "a") or b"") + b"rest"
    assert avro.to_connect_data("t", None, data).value == "a"
    strict = converter(url, avro_fail_on_trailing_data="true")
    with pytest.raises(DataError, match="4 bytes are left"):
        strict.to_connect_data("t", None, data)


def test_a_schema_with_references_is_read():
    url = next(SCOPES)
    registry = MemoryRegistry(url.removeprefix("mock://"))
    inner = '{"type":"record","name":"Inner","namespace":"a","fields":[{"name":"x","type":"int"}]}'
    outer = '{"type":"record","name":"Outer","fields":[{"name":"i","type":"a.Inner"}]}'
    registry.register("inner", SchemaDefinition(inner))
    references = (SchemaReference("a.Inner", "inner", 1),)
    number = registry.register("t-value", SchemaDefinition(outer, "AVRO", references)).id
    read = converter(url).to_connect_data("t", None, b"\0" + number.to_bytes(4, "big") + b"\x0a")
    assert read.value == {"i": {"x": 5}}


def test_a_list_whose_nodes_hold_the_next_one_comes_back():
    following = RecursiveSchema(optional=True)
    node = Schema.struct({"value": INT32, "next": following}, name="Node", version=1)
    following.resolve(node)
    value = {"value": 1, "next": {"value": 2, "next": None}}
    avro = converter()
    data = avro.from_connect_batch("t", node, [value])
    schema, values = avro.to_connect_batch("t", data)
    assert (schema, values) == (node, [value])


def test_without_fastavro_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastavro", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[avro\]'"):
        converter()


def test_the_library_is_imported_when_a_converter_is_configured():
    program = "import sys, barnabas.converters.avro; sys.exit('fastavro' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_date_is_read_back_as_a_date():
    avro = converter()
    data = avro.from_connect_data("t", None, DATE, datetime.date(2024, 2, 29))
    assert avro.to_connect_data("t", None, data) == (DATE, datetime.date(2024, 2, 29))


def test_close_may_come_before_configure():
    AvroConverter().close()


def test_the_registry_is_asked_once_for_a_schema(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    original = MemoryRegistry.register

    def register(self: MemoryRegistry, *args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(MemoryRegistry, "register", register)
    avro = converter()
    for _ in range(3):
        avro.from_connect_batch("t", STRING, ["a"] * 10)
        avro.from_connect_data("t", None, STRING, "a")
    assert len(calls) == 1


def test_records_of_an_older_schema_can_be_projected_to_the_newer_one():
    older = Schema.struct({"a": INT32, "gone": STRING}, name="R")
    added = STRING.with_attributes(default="new")
    newer = Schema.struct({"a": INT64, "added": added, "maybe": OPTIONAL_STRING}, name="R")
    avro = converter()
    data = [
        avro.from_connect_data("t", None, older, {"a": 1, "gone": "x"}),
        avro.from_connect_data("t", None, newer, {"a": 2, "added": "y", "maybe": "z"}),
    ]
    schemas, values = avro.to_connect_batch("t", data)
    assert isinstance(schemas, list)
    assert [schema and schema.version for schema in schemas] == [1, 2]
    target = schemas[1]
    projected = [project(s, v, target) for s, v in zip(schemas, values, strict=True)]
    assert projected == [{"a": 1, "added": "new"}, {"a": 2, "added": "y", "maybe": "z"}]
