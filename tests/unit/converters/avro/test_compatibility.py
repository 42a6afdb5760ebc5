# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from barnabas.converters.avro import AvroConverter
from barnabas.converters.avro.compatibility import AvroCompatibility
from barnabas.data import Field, Schema, Type
from barnabas.errors import DataError
from barnabas.registry import SchemaDefinition, SchemaReference, memory
from barnabas.registry.memory import MemoryRegistry

A = {"name": "a", "type": "int"}
B = {"name": "b", "type": "int"}
B_DEFAULT = {"name": "b", "type": "int", "default": 0}


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    yield MemoryRegistry("compatibility")
    memory.forget("compatibility")


def record(*fields: dict[str, Any], name: str = "R") -> SchemaDefinition:
    return SchemaDefinition(json.dumps({"type": "record", "name": name, "fields": list(fields)}))


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        (record(A), record(A, B)),
        (record(A, B_DEFAULT), record(A)),
        (SchemaDefinition('"long"'), SchemaDefinition('"int"')),
    ],
)
def test_schema_reads_what_resolves(registry, reader, writer) -> None:
    assert AvroCompatibility(registry)(reader, writer) == []


@pytest.mark.parametrize(
    ("reader", "writer", "reason"),
    [
        (record(A, B), record(A), "b"),
        (SchemaDefinition('"int"'), SchemaDefinition('"long"'), "long"),
        (SchemaDefinition("{"), SchemaDefinition('"long"'), "cannot be compared"),
        (SchemaDefinition('"Absent"'), SchemaDefinition('"long"'), "cannot be compared"),
    ],
)
def test_reason_is_told(registry, reader, writer, reason: str) -> None:
    (told,) = AvroCompatibility(registry)(reader, writer)
    assert reason in told


def test_references_are_fetched(registry) -> None:
    registry.register("s", record(A))
    text = json.dumps({"type": "array", "items": "R"})
    user = SchemaDefinition(text, references=(SchemaReference("R", "s", 1),))
    assert AvroCompatibility(registry)(user, user) == []


def row(*names: str) -> Schema:
    fields = [Field(name, place, Schema(Type.INT32)) for place, name in enumerate(names)]
    return Schema(Type.STRUCT, name="R", fields=fields)


def test_converter_compares_the_latest_schema_itself(registry) -> None:
    registry.register("t-value", record(A, B))
    registry.is_compatible = None  # nobody may ask
    converter = AvroConverter()
    converter.configure(
        {
            "schema.registry.url": "mock://compatibility",
            "auto.register.schemas": "false",
            "use.latest.version": "true",
        },
        is_key=False,
    )
    with pytest.raises(DataError, match=r"Set latest\.compatibility\.strict=false"):
        converter.from_connect_data("t", None, row("a"), {"a": 1})
    assert converter.from_connect_data("t", None, row("a", "b"), {"a": 1, "b": 2}) is not None
