# SPDX-License-Identifier: Apache-2.0
"""Records through the pipelines of a source and of a sink, with schemas in a registry."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from barnabas.api import Converter, SinkRecord, SourceRecord
from barnabas.converters.avro import AvroConverter
from barnabas.converters.json_schema import JsonSchemaConverter
from barnabas.converters.protobuf import ProtobufConverter
from barnabas.converters.simple_header import SimpleHeaderConverter
from barnabas.data import Field, Schema, Type
from barnabas.runtime.pipeline.chain import Chain
from barnabas.runtime.pipeline.converters import Converters
from barnabas.runtime.pipeline.failure import FailFast
from barnabas.runtime.pipeline.sink import SinkPipeline
from barnabas.runtime.pipeline.source import SourcePipeline
from tests.services.registry import DevelopmentRegistry

ORDER = Schema(Type.STRUCT, name="shop.Order", fields=[Field("id", 0, Schema(Type.INT32))])


@dataclasses.dataclass
class Message:
    """A message as a consumer gives it."""

    at: tuple[str, int]
    content: tuple[bytes | None, bytes | None]
    own_headers: list[tuple[str, bytes | None]] | None

    def topic(self) -> str:
        return self.at[0]

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at[1]

    def key(self) -> bytes | None:
        return self.content[0]

    def value(self) -> bytes | None:
        return self.content[1]

    def timestamp(self) -> tuple[int, int]:
        return 1, 1

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self.own_headers


def made(kind: type[Converter], url: str, **settings: str) -> Converters:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    own = {"schema.registry.url": url, "schema.registry.cache.directory": "", **names}
    key, value = kind(), kind()
    key.configure(own, is_key=True)
    value.configure(own, is_key=False)
    header = SimpleHeaderConverter()
    header.configure_header({})
    return Converters(key, value, header)


def carried(
    converters: Converters, topic: str, values: list[Any]
) -> tuple[list[Message], list[SinkRecord]]:
    """Write values and read them again."""
    judge = FailFast()
    records = [
        SourceRecord(
            source_partition={},
            source_offset={},
            topic=topic,
            value=value,
            value_schema=ORDER if value else None,
        )
        for value in values
    ]
    batch = SourcePipeline(converters, Chain[SourceRecord]((), judge), judge).convert(records)
    headers = batch.headers or [None] * len(values)
    messages = [
        Message((topic, place), (None, value), own)
        for place, (value, own) in enumerate(zip(batch.values, headers, strict=True))
    ]
    sink = SinkPipeline(converters, Chain[SinkRecord]((), judge), judge)
    return messages, list(sink.convert(messages).records)


KINDS = [AvroConverter, JsonSchemaConverter, ProtobufConverter]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", ["Prefix", "Header"])
def test_records_come_back_wherever_the_id_is(
    schema_registry: DevelopmentRegistry, name: str, kind: type[Converter], place: str
) -> None:
    setting = {"value_schema_id_serializer": f"{place}SchemaIdSerializer"}
    converters = made(kind, schema_registry.url, **setting)
    values = [{"id": number} for number in range(100)]
    messages, records = carried(converters, name, [*values, None])
    assert [record.value for record in records] == [*values, None]
    assert {record.value_schema.version for record in records[:-1] if record.value_schema} == {1}
    named = {header for message in messages[:-1] for header, _ in message.own_headers or ()}
    assert named == ({"__value_schema_id"} if place == "Header" else set())
    assert messages[-1].content == (None, None)
    converters.close()
