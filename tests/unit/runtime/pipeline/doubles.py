# SPDX-License-Identifier: Apache-2.0
"""Plugins for tests of the pipeline; each says what it was called with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas.api import (
    Converter,
    ExpandingTransformation,
    HeaderConverter,
    Predicate,
    SinkRecord,
    SourceRecord,
    Transformation,
)
from barnabas.data import STRING, Headers, Schema, SchemaAndValue
from barnabas.errors import ConfigError, DataError
from barnabas.runtime.pipeline import Converters, Failure, Tolerance


class TextConverter(Converter, HeaderConverter):
    """Text to bytes and back; ``bad`` cannot be converted. Counts its calls."""

    def __init__(self) -> None:
        self.settings: Mapping[str, Any] = {}
        self.batches = 0
        self.singles = 0
        self.closed = False

    def configure(self, configs: Mapping[str, Any], *, is_key: bool) -> None:
        self.settings = {**configs, "is_key": is_key}

    def configure_header(self, configs: Mapping[str, Any]) -> None:
        self.settings = configs

    def from_connect_data(
        self, topic: str, headers: Headers | None, schema: Schema | None, value: Any
    ) -> bytes | None:
        self.singles += 1
        if headers is not None and value == "add":
            headers.add("added", b"by converter")
        return _encode(value)

    def to_connect_data(
        self, topic: str, headers: Headers | None, data: bytes | None
    ) -> SchemaAndValue:
        self.singles += 1
        return SchemaAndValue(STRING, _decode(data))

    def from_connect_batch(
        self, topic: str, schema: Schema | None, values: Sequence[Any]
    ) -> list[bytes | None]:
        self.batches += 1
        return [_encode(value) for value in values]

    def to_connect_batch(
        self, topic: str, data: Sequence[bytes | None]
    ) -> tuple[Schema | None, list[Any]]:
        self.batches += 1
        return STRING, [_decode(item) for item in data]

    def from_connect_header(
        self, topic: str, key: str, schema: Schema | None, value: Any
    ) -> bytes | None:
        return _encode(value)

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        return SchemaAndValue(STRING, _decode(data))

    def close(self) -> None:
        self.closed = True


def _encode(value: Any) -> bytes | None:
    if value == "bad":
        raise DataError("not convertible")
    return None if value is None else str(value).encode()


def _decode(data: bytes | None) -> str | None:
    if data == b"bad":
        raise DataError("not convertible")
    return None if data is None else data.decode()


class Upper(Transformation):
    """Makes values upper-case, drops ``drop``, chokes on ``choke``."""

    def __init__(self) -> None:
        self.settings: Mapping[str, Any] = {}
        self.closed = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        self.settings = configs

    def apply(self, record: Any) -> Any:
        if record.value == "choke":
            raise DataError("choked")
        return None if record.value == "drop" else record.replace(value=record.value.upper())

    def close(self) -> None:
        self.closed = True


class Split(ExpandingTransformation):
    """Makes a record of each word; chokes on ``choke``, is to blame itself for ``blame``."""

    def configure(self, configs: Mapping[str, Any]) -> None:
        pass

    def expand(self, record: Any) -> Any:
        words = record.value.split()
        if "choke" in words:
            raise DataError("choked")
        if "blame" in words:
            raise ConfigError("my fault")
        made = [record.replace(value=word) for word in words]
        return made if len(made) != 1 else made[0]


class HasTopic(Predicate):
    """Chooses records by topic."""

    def __init__(self, topic: str = "") -> None:
        self.topic = topic
        self.closed = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        self.topic = configs["topic"]

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        return record.topic == self.topic

    def close(self) -> None:
        self.closed = True


class Skip(Tolerance):
    """Tolerates everything and remembers it."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []

    def handle(self, failure: Failure) -> None:
        self.failures.append(failure)


def converters() -> Converters:
    return Converters(TextConverter(), TextConverter(), TextConverter())


def source_record(value: Any = "v", **fields: Any) -> SourceRecord:
    defaults = {"source_partition": {"p": 1}, "source_offset": {"o": 2}, "topic": "t"}
    return SourceRecord(**{**defaults, "value": value, **fields})


def sink_record(value: Any = "v", **fields: Any) -> SinkRecord:
    defaults = {"topic": "t", "kafka_partition": 0, "kafka_offset": 7}
    return SinkRecord(**{**defaults, "value": value, **fields})
