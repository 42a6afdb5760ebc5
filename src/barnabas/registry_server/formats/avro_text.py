# SPDX-License-Identifier: Apache-2.0
"""Avro schemas as Java prints them, which is the text a registry keeps. Pure.

Attributes come in Java's order; a namespace that is the enclosing one is left out; a type without
attributes is its name; attributes that mean nothing to Avro come last, in the order they were
written in.

Source:
    Apache Avro ``Schema.toString``; Confluent ``AvroSchema.canonicalString``.
"""

from __future__ import annotations

import json
from typing import Any, Final

from barnabas.config.types import java_text

__all__ = ["full_name", "with_full_aliases", "write_avro"]

PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
_NAMED: Final = {"record": "fields", "error": "fields", "enum": "symbols", "fixed": "size"}
_RESERVED: Final = frozenset(
    {"doc", "fields", "items", "name", "namespace", "size", "symbols", "values", "type", "aliases"}
)
_FIELD_RESERVED: Final = frozenset({"default", "doc", "name", "order", "type", "aliases"})


def write_avro(schema: Any, *, normalize: bool = False) -> str:
    """Write a schema that is valid.

    Args:
        schema: The schema as JSON was decoded.
        normalize: Whether foreign attributes are sorted, so that their order makes no difference.
    """
    written = _Writer(normalize=normalize).write(schema, None)
    return _json(written)


def _json(value: Any) -> str:
    """Write JSON with the numbers of Java: ``1.0E20``."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_json(key)}:{_json(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_json, value)) + "]"
    return java_text(value) if isinstance(value, float) else json.dumps(value, ensure_ascii=False)


class _Writer:
    def __init__(self, *, normalize: bool) -> None:
        self._sorts = normalize

    def write(self, schema: Any, space: str | None) -> Any:
        if isinstance(schema, list):
            return [self.write(branch, space) for branch in schema]
        if isinstance(schema, str):
            return schema if schema in PRIMITIVES else _referred(schema, space)
        kind = schema["type"]
        if kind in _NAMED:
            return self._named(schema, kind, space)
        if kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            written = {"type": kind, inner: self.write(schema[inner], space)}
            return {**written, **self._props(schema, _RESERVED)}
        if kind not in PRIMITIVES:  # the name of a type, written as an object
            return _referred(kind, space)
        props = self._props(schema, _RESERVED)
        return {"type": kind, **props} if props else kind

    def _named(self, schema: dict[str, Any], kind: str, space: str | None) -> Any:
        own_space, _, name = full_name(schema, space).rpartition(".")
        written: dict[str, Any] = {"type": kind, "name": name}
        if (own_space or None) != (space or None):
            written["namespace"] = own_space
        if schema.get("doc") is not None:
            written["doc"] = schema["doc"]
        content = _NAMED[kind]
        if content == "fields":
            written["fields"] = [self._field(one, own_space or None) for one in schema["fields"]]
        else:
            written[content] = schema[content]
        reserved = _RESERVED
        if kind == "enum":
            reserved = _RESERVED | {"default"}
            if schema.get("default") is not None:
                written["default"] = schema["default"]
        written.update(self._props(schema, reserved))
        if schema.get("aliases"):
            written["aliases"] = [_referred(one, own_space or None) for one in schema["aliases"]]
        return written

    def _field(self, field: dict[str, Any], space: str | None) -> dict[str, Any]:
        written = {"name": field["name"], "type": self.write(field["type"], space)}
        if field.get("doc") is not None:
            written["doc"] = field["doc"]
        if "default" in field:
            written["default"] = field["default"]
        if str(field.get("order", "ascending")).lower() != "ascending":
            written["order"] = str(field["order"]).lower()
        if field.get("aliases"):
            written["aliases"] = list(field["aliases"])
        written.update(self._props(field, _FIELD_RESERVED))
        return written

    def _props(self, schema: dict[str, Any], reserved: frozenset[str]) -> dict[str, Any]:
        found = [(name, value) for name, value in schema.items() if name not in reserved]
        return dict(sorted(found) if self._sorts else found)


def with_full_aliases(schema: Any, space: str | None = None) -> Any:
    """Copy a schema, its types' aliases with their namespaces, as the library compares them."""
    if isinstance(schema, list):
        return [with_full_aliases(branch, space) for branch in schema]
    if not isinstance(schema, dict):
        return schema
    copy = dict(schema)
    if str(schema.get("type")) in _NAMED and "name" in schema:
        space = full_name(schema, space).rpartition(".")[0] or None
        if isinstance(schema.get("aliases"), list):
            copy["aliases"] = [
                f"{space}.{one}" if space and "." not in str(one) else one
                for one in schema["aliases"]
            ]
    for key in ("type", "items", "values"):
        if key in copy:
            copy[key] = with_full_aliases(copy[key], space)
    if isinstance(schema.get("fields"), list):
        copy["fields"] = [with_full_aliases(field, space) for field in schema["fields"]]
    return copy


def full_name(schema: dict[str, Any], space: str | None) -> str:
    """Return the name of a type with its namespace.

    Args:
        schema: Record, enum or fixed.
        space: The namespace around it.
    """
    name = str(schema["name"])
    if "." in name:
        return name.removeprefix(".")
    own = schema.get("namespace", space)
    return f"{own}.{name}" if own else name


def _referred(name: str, space: str | None) -> str:
    """Write a name that stands for a type, without the namespace it is in."""
    own, _, last = name.rpartition(".")
    return last if own and own == space else name
