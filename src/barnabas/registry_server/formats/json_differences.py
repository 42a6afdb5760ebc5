# SPDX-License-Identifier: Apache-2.0
"""When a reader with one JSON Schema refuses what is valid by another one. Pure.

A schema is a set of values; an update that leaves values out is refused. What the keywords decide
together is not worked out, so an update may be refused that could be allowed.

===========================  =====================================================================
keyword                      refused
===========================  =====================================================================
type                         a type that was allowed is no more (an integer is a number)
enum, const                  a value that was allowed is no more
max*, min*, exclusive*       a bound that comes or is narrower
pattern, format,             one that comes or is another one
multipleOf, uniqueItems
required                     a property that comes, unless it has a default
properties                   one that comes where any property was allowed (unless any value of it
                             is), one that goes where others are not allowed
additionalProperties, items  narrower ones
oneOf, anyOf                 a branch that was there has no counterpart
allOf                        a branch that comes
not                          another one
===========================  =====================================================================

Titles, descriptions, defaults and ``connect.*`` make no difference.

Source:
    Confluent ``json/diff/SchemaDiff`` (Apache-2.0), its list of compatible changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

__all__ = ["json_differences"]

_TYPES: Final = frozenset({"null", "boolean", "number", "string", "array", "object", "integer"})
_UPPER: Final = (
    *("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties", "maxContains"),
)
_LOWER: Final = (
    *("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties", "minContains"),
)
_EXACT: Final = ("pattern", "multipleOf", "not", "propertyNames", "dependencies", "contains")
_SUMS: Final = ("oneOf", "anyOf")
_MOST_DEEP: Final = 100


def json_differences(
    original: Any,
    update: Any,
    original_names: Mapping[str, Any] | None = None,
    update_names: Mapping[str, Any] | None = None,
) -> list[str]:
    """Return why a reader with ``update`` refuses what is valid by ``original``.

    Args:
        original: The schema as JSON was decoded.
        update: Another one.
        original_names: What ``$ref`` of the first refers to besides itself, by name.
        update_names: The same for the second.
    """
    before = _Document(original, original_names or {})
    after = _Document(update, update_names or {})
    return list(_Comparison(before, after).compare(original, update, "#", ()))


class _Document:
    """A schema in which references are followed."""

    def __init__(self, root: Any, names: Mapping[str, Any]) -> None:
        self._root = root
        self._names = names

    def follow(self, schema: Any) -> Any:
        """Return what a schema refers to, or the schema; True for what is not known."""
        for _ in range(_MOST_DEEP):
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            name, _, pointer = str(schema["$ref"]).partition("#")
            schema = _at(self._names.get(name, True) if name else self._root, pointer)
        return True


def _at(schema: Any, pointer: str) -> Any:
    for part in pointer.strip("/").split("/") if pointer.strip("/") else ():
        key = part.replace("~1", "/").replace("~0", "~")
        schema = schema.get(key, True) if isinstance(schema, dict) else True
    return schema


_Under = tuple[tuple[int, int], ...]
"""The pairs that are being compared, for schemas that contain themselves."""


class _Comparison:
    def __init__(self, before: _Document, after: _Document) -> None:
        self._before = before
        self._after = after

    def compare(self, original: Any, update: Any, path: str, under: _Under) -> Iterator[str]:
        old, new = self._before.follow(original), self._after.follow(update)
        pair = (id(old), id(new))
        if new is True or new == {} or old is False or pair in under:
            return
        if new is False:
            yield _told("TYPE_NARROWED", path)
            return
        old = old if isinstance(old, dict) else {}
        under = (*under, pair)
        if any(key in new for key in _SUMS) or any(key in old for key in _SUMS):
            yield from self._sums(old, new, path, under)
            return
        yield from self._products(old, new, path, under)
        yield from _plain(old, new, path)
        yield from self._objects(old, new, path, under)
        yield from self._items(old, new, path, under)

    def _fits(self, original: Any, update: Any, path: str, under: _Under) -> bool:
        return next(self.compare(original, update, path, under), None) is None

    def _sums(self, old: Any, new: Any, path: str, under: _Under) -> Iterator[str]:
        """Compare where one of the two is a choice: each old branch needs a new one."""
        branches_before, branches_after = _branches(old), _branches(new)
        for index, branch in enumerate(branches_before):
            if not any(self._fits(branch, one, path, under) for one in branches_after):
                is_choice = len(branches_before) > 1
                kind = "SUM_TYPE_NARROWED" if is_choice else "COMBINED_TYPE_CHANGED"
                yield _told(kind, f"{path}/{index}" if is_choice else path)

    def _products(self, old: Any, new: Any, path: str, under: _Under) -> Iterator[str]:
        """Each condition of the new one must have been there."""
        rest = {key: value for key, value in old.items() if key != "allOf"}
        before = [*old.get("allOf", ()), rest]
        for index, one in enumerate(new.get("allOf", ())):
            if not any(self._fits(each, one, path, under) for each in before):
                yield _told("PRODUCT_TYPE_EXTENDED", f"{path}/allOf/{index}")

    def _objects(self, old: Any, new: Any, path: str, under: _Under) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        others_before = self._before.follow(old.get("additionalProperties", True))
        others_after = self._after.follow(new.get("additionalProperties", True))
        for name, schema in before.items():
            where = f"{path}/properties/{name}"
            if name in after:
                yield from self.compare(schema, after[name], where, under)
            elif others_after is False and schema is not False:
                yield _told("PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", where)
            elif not self._fits(schema, others_after, where, under):
                yield _told("PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", where)
        for name, schema in after.items():
            where = f"{path}/properties/{name}"
            if name not in before and not self._fits(others_before, schema, where, under):
                part = "" if others_before in (True, {}) else "PARTIALLY_"
                yield _told(f"PROPERTY_ADDED_TO_{part}OPEN_CONTENT_MODEL", where)
        where = f"{path}/additionalProperties"
        if not self._fits(others_before, others_after, where, under):
            verb = "REMOVED" if others_after is False else "NARROWED"
            yield _told(f"ADDITIONAL_PROPERTIES_{verb}", where)
        yield from _required(old, new, path)

    def _items(self, old: Any, new: Any, path: str, under: _Under) -> Iterator[str]:
        before, after = old.get("items", True), new.get("items", True)
        if not isinstance(before, list) and not isinstance(after, list):
            yield from self.compare(before, after, f"{path}/items", under)
            return
        befores = before if isinstance(before, list) else []
        afters = after if isinstance(after, list) else []
        others_before = old.get("additionalItems", True) if befores else before
        others_after = new.get("additionalItems", True) if afters else after
        for index in range(max(len(befores), len(afters))):
            one = befores[index] if index < len(befores) else others_before
            other = afters[index] if index < len(afters) else others_after
            yield from self.compare(one, other, f"{path}/items/{index}", under)
        yield from self.compare(others_before, others_after, f"{path}/additionalItems", under)


def _branches(schema: Any) -> list[Any]:
    for key in _SUMS:
        if key in schema:
            return list(schema[key])
    return [schema]


def _plain(old: Any, new: Any, path: str) -> Iterator[str]:
    """Compare the keywords that hold no schemas, or that must stay as they are."""
    before, after = _types(old), _types(new)
    if not before <= after:
        yield _told("TYPE_NARROWED" if before & after else "TYPE_CHANGED", f"{path}/type")
    yield from _values(old, new, path)
    for key in (*_UPPER, *_LOWER):
        if key in new and key not in old:
            yield _told(f"{_shout(key)}_ADDED", f"{path}/{key}")
        elif key in new and _is_narrower(key, old[key], new[key]):
            verb = "DECREASED" if key in _UPPER else "INCREASED"
            yield _told(f"{_shout(key)}_{verb}", f"{path}/{key}")
    for key in _EXACT:
        if key in new and old.get(key) != new[key]:
            verb = "CHANGED" if key in old else "ADDED"
            yield _told(f"{_shout(key)}_{verb}", f"{path}/{key}")
    if new.get("uniqueItems") is True and old.get("uniqueItems") is not True:
        yield _told("UNIQUE_ITEMS_ADDED", f"{path}/uniqueItems")


def _is_narrower(key: str, before: Any, after: Any) -> bool:
    if isinstance(before, bool) or isinstance(after, bool):  # exclusive* of draft 4
        return bool(after) and not before
    return bool(after < before if key in _UPPER else after > before)


def _values(old: Any, new: Any, path: str) -> Iterator[str]:
    allowed = _allowed(new)
    if allowed is None:
        return
    before = _allowed(old)
    if before is None:
        yield _told("ENUM_ARRAY_CHANGED", f"{path}/enum")
    elif any(value not in allowed for value in before):
        yield _told("ENUM_ARRAY_NARROWED", f"{path}/enum")


def _allowed(schema: Any) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    told: list[Any] | None = schema.get("enum")
    return told


def _types(schema: Any) -> frozenset[str]:
    told = schema.get("type")
    if told is None:
        return _TYPES
    types = frozenset([told] if isinstance(told, str) else told)
    return types | {"integer"} if "number" in types else types


def _required(old: Any, new: Any, path: str) -> Iterator[str]:
    for name in new.get("required", ()):
        schema = new.get("properties", {}).get(name)
        has_default = isinstance(schema, dict) and "default" in schema
        if name not in old.get("required", ()) and not has_default:
            yield _told("REQUIRED_ATTRIBUTE_ADDED", f"{path}/required/{name}")


def _shout(key: str) -> str:
    return "".join(f"_{one}" if one.isupper() else one.upper() for one in key)


def _told(kind: str, path: str) -> str:
    return (
        f'{{errorType:"{kind}", description:"The change at path \'{path}\' refuses what was valid '
        'before"}'
    )
