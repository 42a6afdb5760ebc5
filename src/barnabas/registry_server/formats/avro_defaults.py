# SPDX-License-Identifier: Apache-2.0
"""Whether defaults of an Avro schema fit, and names of fields: the library does not look. Pure.

Source:
    Apache Avro ``Schema.isValidDefault``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["check_defaults"]

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAMED: Final = ("record", "error", "enum", "fixed")


def _is_int(value: Any, bits: int) -> bool:
    return type(value) is int and -(1 << bits - 1) <= value < 1 << bits - 1


def _is_bytes(value: Any) -> bool:
    return isinstance(value, str) and all(ord(letter) < 256 for letter in value)


_FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "int": lambda value: _is_int(value, 32),
    "long": lambda value: _is_int(value, 64),
    "float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "double": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "bytes": _is_bytes,
    "fixed": _is_bytes,
    "enum": lambda value: isinstance(value, str),
}


def check_defaults(schema: Any, names: dict[str, Any]) -> None:
    """Check all defaults and names of fields of a schema that is valid otherwise.

    Args:
        schema: The schema as JSON was decoded.
        names: Named types that are known before, by full name; those of the schema are added.

    Raises:
        ValueError: A default does not fit, or a field has a name that Avro forbids.
    """
    _Check(names).visit(schema, "")


def _check_aliases(owner: dict[str, Any]) -> None:
    aliases = owner.get("aliases") or []
    if not isinstance(aliases, list) or not all(isinstance(one, str) for one in aliases):
        message = f"The aliases of {owner['name']} are no list of names: {json.dumps(aliases)}"
        raise ValueError(message)


class _Check:
    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def visit(self, schema: Any, space: str) -> None:
        if isinstance(schema, list):
            for branch in schema:
                self.visit(branch, space)
        elif isinstance(schema, dict):
            space = self._remember(schema, space)
            for inner in ("items", "values"):
                if inner in schema:
                    self.visit(schema[inner], space)
            for field in schema.get("fields", ()):
                self._visit_field(field, space)

    def _remember(self, schema: dict[str, Any], space: str) -> str:
        if schema.get("type") not in _NAMED:
            return space
        name = str(schema["name"])
        _check_aliases(schema)
        if "." not in name:
            own = schema.get("namespace", space) or ""
            name = f"{own}.{name}" if own else name
        space = name.rpartition(".")[0]
        self._names[name] = (schema, space)
        return space

    def _visit_field(self, field: dict[str, Any], space: str) -> None:
        if not _NAME.fullmatch(str(field["name"])):
            message = f"Illegal character in the name of a field: {field['name']}"
            raise ValueError(message)
        _check_aliases(field)
        self.visit(field["type"], space)
        if "default" in field and not self._fits(field["type"], field["default"], space):
            told = json.dumps(field["default"])
            message = f"Invalid default for field {field['name']}: {told} not a {field['type']}"
            raise ValueError(message)

    def _fits(self, schema: Any, value: Any, space: str) -> bool:
        if isinstance(schema, list):
            return any(self._fits(branch, value, space) for branch in schema)
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind in _FITS:
            return _FITS[kind](value)
        if isinstance(schema, dict):
            return self._fits_whole(schema, kind, value, space)
        known = self._names.get(f"{space}.{kind}" if space and "." not in kind else kind)
        known = known or self._names.get(kind)
        return known is None or self._fits(known[0], value, known[1])

    def _fits_whole(self, schema: dict[str, Any], kind: str, value: Any, space: str) -> bool:
        if kind == "array":
            return isinstance(value, list) and all(
                self._fits(schema["items"], one, space) for one in value
            )
        if kind == "map":
            return isinstance(value, dict) and all(
                self._fits(schema["values"], one, space) for one in value.values()
            )
        if kind in ("record", "error"):
            return isinstance(value, dict) and all(
                self._fits(field["type"], value.get(field["name"], field.get("default")), space)
                for field in schema["fields"]
            )
        return self._fits(kind, value, space)  # the name of a type, written as an object
