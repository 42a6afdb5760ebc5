# SPDX-License-Identifier: Apache-2.0
"""What a transformation may demand of a record, with the errors for the others.

Source:
    Apache Kafka ``org.apache.kafka.connect.transforms.util.Requirements``.
"""

from __future__ import annotations

from typing import Any

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.data import Schema, Struct, Type
from barnabas.errors import DataError

__all__ = ["require_map", "require_sink_record", "require_struct"]


def require_map(value: Any, purpose: str) -> dict[Any, Any]:
    """Return the value if it is a map.

    Raises:
        DataError: It is something else.
    """
    if isinstance(value, dict) and not isinstance(value, Struct):
        return value
    message = (
        f"Only Map objects supported in absence of schema for [{purpose}], found: {_kind(value)}"
    )
    raise DataError(message)


def require_struct(schema: Schema, value: Any, purpose: str) -> dict[str, Any]:
    """Return the value if it is a struct.

    Raises:
        DataError: It is something else.
    """
    if schema.type is Type.STRUCT and isinstance(value, dict):
        return value
    found = _kind(value) if schema.type is Type.STRUCT or value is None else str(schema)
    message = f"Only Struct objects supported for [{purpose}], found: {found}"
    raise DataError(message)


def require_sink_record(record: SourceRecord | SinkRecord, purpose: str) -> SinkRecord:
    """Return the record if it comes from Kafka.

    Raises:
        DataError: It is on its way to Kafka.
    """
    if isinstance(record, SinkRecord):
        return record
    message = f"Only SinkRecord supported for [{purpose}], found: {type(record).__name__}"
    raise DataError(message)


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__
