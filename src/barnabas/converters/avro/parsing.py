# SPDX-License-Identifier: Apache-2.0
"""The text of an Avro schema as a tree.

Source:
    Apache Avro 1.12 specification, *Schema Declaration* and *Names*.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from barnabas.converters.avro.model import MISSING, NAMED, PRIMITIVES, AvroField, AvroSchema
from barnabas.errors import DataError

__all__ = ["parse"]

_RESERVED: Final = frozenset(
    {"type", "name", "namespace", "doc", "fields", "items", "values", "symbols", "size", "aliases"}
)
_FIELD_RESERVED: Final = frozenset({"name", "type", "doc", "default", "order", "aliases"})


def parse(text: str, references: Iterable[str] = ()) -> AvroSchema:
    """Read a schema.

    Args:
        text: The schema as JSON, or the bare name of a primitive type.
        references: Texts of the schemas it refers to, each after those it refers to itself.

    Raises:
        DataError: It is no Avro schema; says which part.
    """
    parser = _Parser()
    try:
        for reference in references:
            parser.schema(_json(reference), None)
        return parser.schema(_json(text), None)
    except RecursionError as error:
        message = "The Avro schema is nested too deeply"
        raise DataError(message) from error


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if text.strip() in PRIMITIVES:
            return text.strip()
        message = f"The Avro schema is no JSON: {error}: {text[:200]}"
        raise DataError(message) from error


class _Parser:
    """Knows the named types read so far, by full name."""

    def __init__(self) -> None:
        self._named: dict[str, AvroSchema] = {}

    def schema(self, node: Any, namespace: str | None) -> AvroSchema:
        if isinstance(node, str):
            return self._reference(node, namespace)
        if isinstance(node, list):
            return AvroSchema("union", branches=[self.schema(each, namespace) for each in node])
        if not isinstance(node, dict) or "type" not in node:
            message = f"No type in the Avro schema {_shown(node)}"
            raise DataError(message)
        kind = node["type"]
        if isinstance(kind, dict | list):
            return self.schema(kind, namespace)
        if kind == "error":
            kind = "record"
        if kind in NAMED:
            return self._named_type(kind, node, namespace)
        schema = AvroSchema(kind)
        if kind in ("array", "map"):
            schema.items = self.schema(
                _needed(node, "items" if kind == "array" else "values"), namespace
            )
        elif kind not in PRIMITIVES:
            return self._reference(kind, namespace)
        schema.properties = _rest(node, _RESERVED)
        return schema

    def _reference(self, name: str, namespace: str | None) -> AvroSchema:
        if name in PRIMITIVES:
            return AvroSchema(name)
        full_name = f"{namespace}.{name}" if namespace and "." not in name else name
        found = self._named.get(full_name) or self._named.get(name)
        if found is None:
            message = f"The Avro schema refers to {full_name}, which is not defined before"
            raise DataError(message)
        return found

    def _named_type(self, kind: str, node: dict[str, Any], namespace: str | None) -> AvroSchema:
        name = _needed(node, "name")
        own_namespace, _, simple_name = str(name).rpartition(".")
        if not own_namespace:
            own_namespace = node.get("namespace", namespace) or ""
        schema = AvroSchema(kind, name=simple_name, namespace=own_namespace or None)
        doc = node.get("doc")
        schema.doc = doc if isinstance(doc, str) else None
        self._named[schema.full_name] = schema
        reserved = _RESERVED
        if kind == "record":
            nodes = _needed(node, "fields")
            schema.fields = [self._field(each, schema) for each in nodes]
        elif kind == "enum":
            schema.symbols = [str(symbol) for symbol in _needed(node, "symbols")]
            schema.default = node.get("default")
            reserved = reserved | {"default"}
        else:
            schema.size = int(_needed(node, "size"))
        schema.properties = _rest(node, reserved)
        return schema

    def _field(self, node: Any, record: AvroSchema) -> AvroField:
        if not isinstance(node, dict):
            message = f"A field of the Avro record {record.full_name} is no object: {_shown(node)}"
            raise DataError(message)
        name = str(_needed(node, "name"))
        doc = node.get("doc")
        return AvroField(
            name,
            self.schema(_needed(node, "type"), record.namespace),
            doc if isinstance(doc, str) else None,
            node.get("default", MISSING),
            _rest(node, _FIELD_RESERVED),
        )


def _rest(node: dict[str, Any], reserved: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in node.items() if key not in reserved}


def _needed(node: dict[str, Any], key: str) -> Any:
    if key not in node:
        message = f"No {key} in the Avro schema {_shown(node)}"
        raise DataError(message)
    return node[key]


def _shown(node: Any) -> str:
    text = json.dumps(node)
    return text if len(text) <= 200 else text[:197] + "..."
