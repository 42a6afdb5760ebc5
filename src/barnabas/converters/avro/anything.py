# SPDX-License-Identifier: Apache-2.0
"""The schema of schemaless values: a record of which one field at most is not null.

Source:
    Reference page *Schema Registry*, section 5.4.
"""

from __future__ import annotations

from typing import Any, Final

from barnabas.converters.avro import names
from barnabas.converters.avro.model import AvroField, AvroSchema
from barnabas.data import Float32, Float64, Int8, Int16, Int32, Int64, Struct
from barnabas.errors import DataError

__all__ = ["SCHEMA", "from_anything", "to_anything", "wire"]

_PRIMITIVES: Final = ("boolean", "bytes", "double", "float", "int", "long", "string")


def _make_schema() -> AvroSchema:
    whole = AvroSchema("record", name=names.ANYTHING, namespace=names.NAMESPACE)
    key, value = AvroField("key", whole), AvroField("value", whole)
    entry = AvroSchema("record", name=names.MAP_ENTRY, namespace=names.NAMESPACE)
    entry.fields = [key, value]
    parts = [(name, AvroSchema(name)) for name in _PRIMITIVES]
    parts += [
        ("array", AvroSchema("array", items=whole)),
        ("map", AvroSchema("array", items=entry)),
    ]
    for name, part in parts:
        union = AvroSchema("union", branches=[AvroSchema("null"), part])
        whole.fields.append(AvroField(name, union, default=None))
    return whole


SCHEMA: Final = _make_schema()


def to_anything(value: Any) -> dict[str, Any]:
    """Make the record of a schemaless value; its class tells its type.

    Raises:
        DataError: No type of Connect has such values: dates and Decimals need a schema.
    """
    if value is None:
        return {}
    for kind, name in _CLASSES:
        if isinstance(value, kind):
            return {name: _checked(kind, value)}
    if isinstance(value, list | tuple):
        return {"array": ("array", list(map(to_anything, value)))}
    if isinstance(value, dict) and not isinstance(value, Struct):
        pairs = [{"key": to_anything(k), "value": to_anything(v)} for k, v in value.items()]
        return {"map": ("array", pairs)}
    message = (
        f"Unknown type for schemaless data: {type(value).__name__}; give the value's schema, or a"
        " plain number, text, bytes, list or dict"
    )
    raise DataError(message)


_CLASSES: Final[tuple[tuple[Any, str], ...]] = (
    (bool, "boolean"),
    (str, "string"),
    ((Int8, Int16, Int32), "int"),
    (Int64, "long"),
    (int, "long"),
    (Float32, "float"),
    (Float64, "double"),
    (float, "double"),
    ((bytes, bytearray, memoryview), "bytes"),
)


def _checked(kind: Any, value: Any) -> Any:
    if kind is int and not -(1 << 63) <= value < 1 << 63:
        message = f"{value} does not fit into INT64, the widest whole number without a schema"
        raise DataError(message)
    return bytes(value) if isinstance(value, bytearray | memoryview) else value


def from_anything(record: dict[str, Any] | None) -> Any:
    """Take the value out of its record.

    Numbers keep the width they had: an ``int`` field is an `Int32`, a ``float`` field a `Float32`.
    """
    if record is None:
        return None
    for name in _PRIMITIVES:
        value = record.get(name)
        if value is not None:
            return _MARKS[name](value) if name in _MARKS else value
    items = record.get("array")
    if items is not None:
        return list(map(from_anything, items))
    entries = record.get("map")
    if entries is not None:
        return _map_of(entries)
    return None


def _map_of(entries: list[dict[str, Any]]) -> dict[Any, Any]:
    try:
        return {from_anything(each["key"]): from_anything(each["value"]) for each in entries}
    except TypeError as error:
        message = "A key of a schemaless map is a list or a map itself, which a dict cannot hold"
        raise DataError(message) from error


_MARKS: Final[dict[str, Any]] = {"int": Int32, "float": Float32}


def wire(name: str) -> dict[str, Any]:
    """Make the schema for fastavro, the record being called by the name."""
    fields: list[Any] = [
        {"name": each, "type": ["null", each], "default": None} for each in _PRIMITIVES
    ]
    entry: dict[str, Any] = {
        "type": "record",
        "name": f"{name}Entry",
        "fields": [{"name": "key", "type": name}, {"name": "value", "type": name}],
    }
    for each, items in (("array", name), ("map", entry)):
        part: list[Any] = ["null", {"type": "array", "items": items}]
        fields.append({"name": each, "type": part, "default": None})
    return {"type": "record", "name": name, "fields": fields}
