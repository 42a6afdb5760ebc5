# SPDX-License-Identifier: Apache-2.0
"""Records and configured transformations for the tests of transformations."""

from __future__ import annotations

from typing import Any, TypeVar

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Transformation
from barnabas.data import Schema

T = TypeVar("T", bound=Transformation)


def configured(cls: type[T], settings: dict[str, str | None] | None = None) -> T:
    transformation = cls()
    transformation.configure(settings or {})
    return transformation


def sink(value: Any = None, schema: Schema | None = None, **attributes: Any) -> SinkRecord:
    settings = {"topic": "test", "kafka_partition": 3, "kafka_offset": 42, "timestamp": 1_000}
    return SinkRecord(**{**settings, "value": value, "value_schema": schema, **attributes})


def source(value: Any = None, schema: Schema | None = None, **attributes: Any) -> SourceRecord:
    settings = {"source_partition": {}, "source_offset": {}, "topic": "test"}
    return SourceRecord(**{**settings, "value": value, "value_schema": schema, **attributes})


def changed(transformation: Transformation, value: Any, schema: Schema | None = None) -> Any:
    """The value, and its schema, after the transformation of a sink's record."""
    record = transformation.apply(sink(value, schema))
    assert record is not None
    return record.value, record.value_schema
