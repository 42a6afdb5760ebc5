# SPDX-License-Identifier: Apache-2.0
"""What a transformation may demand of a record, with the errors for the others.

Errors begin with Java's words and go on with what is there instead, and how to mend it.

Source:
    Apache Kafka ``org.apache.kafka.connect.transforms.util.Requirements``.
"""

from __future__ import annotations

from typing import Any, Final

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.config import nearest_name
from barnabas.data import Schema, Struct, Type
from barnabas.errors import ConnectError, DataError

__all__ = [
    "in_field",
    "require_map",
    "require_sink_record",
    "require_struct",
    "unknown_field",
]

_MOST_NAMES: Final = 20
_NULL: Final = (
    "; a predicate keeps such records away, for values RecordIsTombstone with negate=true"
)
_PLAIN: Final = "; fields come from a converter that reads structures, such as JsonConverter"


def require_map(value: Any, purpose: str) -> dict[Any, Any]:
    """Return the value if it is a map.

    Raises:
        DataError: It is something else.
    """
    if isinstance(value, dict) and not isinstance(value, Struct):
        return value
    message = (
        f"Only Map objects supported in absence of schema for [{purpose}], found: {_kind(value)}"
        f"{_mend(value)}"
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
    message = f"Only Struct objects supported for [{purpose}], found: {found}{_mend(value)}"
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


def _mend(value: Any) -> str:
    if value is None:
        return _NULL
    return _PLAIN if isinstance(value, str | bytes) else ""


def unknown_field(said: str, name: str, schema: Schema) -> DataError:
    """Make the error for a field that a schema does not have.

    Args:
        said: Java's words for it.
        name: The field.
        schema: Of any type; only structs have fields.
    """
    if schema.type is not Type.STRUCT:
        return DataError(f"{said}: {name}; {schema} has no fields")
    names = [field.name for field in schema.fields]
    near = nearest_name(name, names)
    if near is not None:
        return DataError(f"{said}: {name}; did you mean {near}?")
    more = ", …" if len(names) > _MOST_NAMES else ""
    there = ", ".join(names[:_MOST_NAMES]) or "none"
    return DataError(f"{said}: {name}; the fields of {schema} are {there}{more}")


def in_field(error: ConnectError, name: object) -> ConnectError:
    """Make the same error, with the field it is about."""
    return type(error)(f"{error.message} (field {name})")
