# SPDX-License-Identifier: Apache-2.0
"""Where two Avro schemas differ so that one cannot read the other's data. Pure.

The library's checker gives the verdict, but loses which place has which detail when there is more
than one. This walk finds the places; :mod:`.avro_format` tells them when both agree.

Source:
    Apache Avro ``SchemaCompatibility`` for Java: order, places and details of differences.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

__all__ = ["Difference", "avro_differences"]

_PROMOTED: Final[Mapping[str, tuple[str, ...]]] = {
    "long": ("int",),
    "float": ("int", "long"),
    "double": ("int", "long", "float"),
    "bytes": ("string",),
    "string": ("bytes",),
}


class Difference(NamedTuple):
    """One reason."""

    kind: str
    """As Avro names it: ``TYPE_MISMATCH``."""
    path: str
    """Where in the reader's schema: ``/fields/0/type``."""
    detail: str


def avro_differences(reader: Any, writer: Any) -> list[Difference]:
    """Return why a reader cannot read what was written; empty when it can.

    Args:
        reader: A schema of the library.
        writer: Another one.
    """
    return _Walk().compare(reader, writer, "")


class _Walk:
    def __init__(self) -> None:
        self._known: dict[tuple[int, int], list[Difference]] = {}

    def compare(self, reader: Any, writer: Any, path: str) -> list[Difference]:
        """Compare two schemas, each pair once; what contains itself is taken to be fine."""
        pair = (id(reader), id(writer))
        if pair not in self._known:
            self._known[pair] = []
            self._known[pair] = self._compare(reader, writer, path)
        return self._known[pair]

    def _compare(self, reader: Any, writer: Any, path: str) -> list[Difference]:
        if reader.type == writer.type:
            return self._same_type(reader, writer, path)
        if writer.type == "union":
            return [
                difference
                for index, branch in enumerate(writer.schemas)
                for difference in self.compare(reader, branch, f"{path}/{index}")
            ]
        if writer.type in _PROMOTED.get(reader.type, ()):
            return []
        if reader.type == "union":
            return self._branch(reader, writer, path)
        told = (reader.type.upper(), writer.type.upper())
        detail = f"reader type: {told[0]} not compatible with writer type: {told[1]}"
        return [Difference("TYPE_MISMATCH", path or "/", detail)]

    def _same_type(self, reader: Any, writer: Any, path: str) -> list[Difference]:
        found: list[Difference] = []
        match reader.type:
            case "array":
                found = self.compare(reader.items, writer.items, f"{path}/items")
            case "map":
                found = self.compare(reader.values, writer.values, f"{path}/values")
            case "fixed":
                found = [*_names(reader, writer, path), *_sizes(reader, writer, path)]
            case "enum":
                found = [*_names(reader, writer, path), *_symbols(reader, writer, path)]
            case "record":
                found = [*_names(reader, writer, path), *self._fields(reader, writer, path)]
            case "union":
                for index, branch in enumerate(writer.schemas):
                    found += self._branch(reader, branch, f"{path}/{index}")
        return found

    def _branch(self, reader: Any, writer: Any, path: str) -> list[Difference]:
        """Look for a branch of the reader that reads one type."""
        if any(not self.compare(branch, writer, path) for branch in reader.schemas):
            return []
        detail = f"reader union lacking writer type: {writer.type.upper()}"
        return [Difference("MISSING_UNION_BRANCH", path or "/", detail)]

    def _fields(self, reader: Any, writer: Any, path: str) -> list[Difference]:
        found = []
        for index, field in enumerate(reader.fields):
            where = f"{path}/fields/{index}"
            names = [field.name, *(field.props.get("aliases") or ())]
            known = [writer.fields_dict[name] for name in names if name in writer.fields_dict]
            if known:
                found += self.compare(field.type, known[0].type, f"{where}/type")
            elif field.has_default:
                continue
            elif field.type.type == "enum" and field.type.props.get("default"):
                found += self.compare(field.type, writer, f"{where}/type")  # as Java does
            else:
                kind = "READER_FIELD_MISSING_DEFAULT_VALUE"
                found.append(Difference(kind, where, str(field.name)))
        return found


def _names(reader: Any, writer: Any, path: str) -> list[Difference]:
    if reader.name == writer.name or writer.fullname in (reader.props.get("aliases") or ()):
        return []
    return [Difference("NAME_MISMATCH", f"{path}/name", f"expected: {writer.fullname}")]


def _sizes(reader: Any, writer: Any, path: str) -> list[Difference]:
    if reader.size == writer.size:
        return []
    detail = f"expected: {writer.size}, found: {reader.size}"
    return [Difference("FIXED_SIZE_MISMATCH", f"{path}/size", detail)]


def _symbols(reader: Any, writer: Any, path: str) -> list[Difference]:
    missing = sorted({*writer.symbols} - {*reader.symbols})
    if not missing or reader.props.get("default") in reader.symbols:
        return []
    return [Difference("MISSING_ENUM_SYMBOLS", f"{path}/symbols", f"[{', '.join(missing)}]")]
