# SPDX-License-Identifier: Apache-2.0
"""From the text of a JSON Schema to its nodes.

The schema is taken apart as the library of Java's converter does it: each group of keywords (enum,
oneOf and its like, not, const, type, and keywords that speak of arrays, objects, numbers or texts
without a type) gives one node, and several of them are one *allOf*. A ``$ref`` up to draft 7
stands alone, whatever is beside it; from 2019-09 on it is one of them.

References are looked up in the schema itself and among the schemas it is registered with. Nothing
is fetched from the network.

Source: reference page *Schema Registry*, section 6; JSON Schema drafts 4 to 2020-12.

Differs:
    Java fetches schemas by HTTP that are not registered.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urljoin

from barnabas.config.java_order import hash_order
from barnabas.converters.json_schema import nodes
from barnabas.converters.json_schema.nodes import Criterion, Node
from barnabas.converters.registered import load_library
from barnabas.errors import DataError

if TYPE_CHECKING:
    import referencing

__all__ = ["load_schema", "parse_json", "schema_registry"]

_ARRAY_KEYWORDS: Final = frozenset(
    {"items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains", "prefixItems"}
)
_OBJECT_KEYWORDS: Final = frozenset(
    {
        "properties",
        "required",
        "minProperties",
        "maxProperties",
        "dependencies",
        "patternProperties",
        "additionalProperties",
        "propertyNames",
    }
)
_NUMBER_KEYWORDS: Final = frozenset(
    {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
)
_STRING_KEYWORDS: Final = frozenset({"minLength", "maxLength", "pattern", "format"})
_CONDITION_KEYWORDS: Final = frozenset({"if", "then", "else"})
_MODERN: Final = ("/2019-09/", "/2020-12/")
_DRAFT_4: Final = "/draft-04/"


def parse_json(text: str) -> Any:
    """Read the JSON of a schema, numbers with a point as Decimal.

    Raises:
        DataError: It is no JSON.
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        message = f"Invalid JSON Schema: it is no JSON: {error}"
        raise DataError(message) from error


def _refuse(constant: str) -> Any:
    message = f"{constant} is no JSON value"
    raise ValueError(message)


def load_schema(
    text: str, references: Mapping[str, str], *, ignore_modern_dialects: bool = False
) -> Node:
    """Take a JSON Schema apart.

    Args:
        text: The schema.
        references: Texts of the schemas it was registered with, by their names there.
        ignore_modern_dialects: Whether it is read as draft 7 when it says it is of a later one.

    Raises:
        DataError: It is no JSON Schema, or refers to a schema that is not there.
        ConfigError: The libraries for JSON Schema are not installed.
    """
    root = _with_definitions(parse_json(text))
    dialect = str(root.get("$schema", "")) if isinstance(root, dict) else ""
    is_modern = not ignore_modern_dialects and any(name in dialect for name in _MODERN)
    registry, base = schema_registry(root, references)
    loader = _Loader(is_modern=is_modern, is_draft_4=_DRAFT_4 in dialect)
    try:
        return loader.load(root, registry.resolver(base))
    except RecursionError as error:
        message = "Invalid JSON Schema: it is nested too deeply"
        raise DataError(message) from error


def schema_registry(
    root: Any, references: Mapping[str, str]
) -> tuple[referencing.Registry[Any], str]:
    """Put a schema and those it refers to where references can be looked up.

    Returns:
        The registry of the library, and the address of the schema in it.

    Raises:
        DataError: One of the others is no JSON.
        ConfigError: The libraries for JSON Schema are not installed.
    """
    load_library("referencing", extra="json-schema", converter="JsonSchemaConverter")
    import referencing.jsonschema

    default = referencing.jsonschema.DRAFT7
    base = _identity(root)
    found = {base: root}
    for name, text in references.items():
        content = _with_definitions(parse_json(text))
        for address in (name, urljoin(base, name), f"./{name}"):
            found.setdefault(address, content)
    resources = [
        (address, referencing.Resource.from_contents(content, default_specification=default))
        for address, content in found.items()
    ]
    registry: referencing.Registry[Any] = referencing.Registry().with_resources(resources)
    return registry, base


def _identity(root: Any) -> str:
    identity = root.get("$id", root.get("id", "")) if isinstance(root, dict) else ""
    return identity.rstrip("#") if isinstance(identity, str) else ""


def _with_definitions(root: Any) -> Any:
    """Let ``#/$defs/X`` find what stands in ``definitions``, as Java does."""
    if not isinstance(root, dict) or not isinstance(root.get("definitions"), dict):
        return root
    known = root.get("$defs", {})
    return {**root, "$defs": {**root["definitions"], **known}} if isinstance(known, dict) else root


class _Loader:
    """Makes the nodes of one schema; remembers what was referred to."""

    def __init__(self, *, is_modern: bool, is_draft_4: bool) -> None:
        self._is_modern = is_modern
        self._is_draft_4 = is_draft_4
        self._referred: dict[tuple[int, bool], nodes.ReferenceNode] = {}
        self._keep: list[Any] = []  # what ids in _referred belong to

    def load(self, content: Any, resolver: Any) -> Node:
        """Make the node of a schema that stands in the scope of a resolver."""
        if content is True:
            return nodes.EmptyNode()
        if content is False:
            return nodes.UnsupportedNode(keyword="false")
        if not isinstance(content, dict):
            message = f"Invalid JSON Schema: expected an object or boolean, found {content!r}"
            raise DataError(message)
        return _described(self._body(content, resolver), content)

    def _body(self, content: dict[str, Any], resolver: Any) -> Node:
        found: list[Node] = []
        rest = dict(content)
        if "$ref" in content:
            reference = self._reference(content["$ref"], resolver)
            if not self._is_modern:
                return reference
            found.append(reference)
        for extract in (
            self._enum,
            self._combined,
            self._negated,
            self._const,
            self._typed,
            self._sniffed,
        ):
            found.extend(extract(rest, resolver))
        if not found:
            return nodes.EmptyNode()
        if len(found) == 1:
            return found[0]
        return nodes.CombinedNode(criterion=Criterion.ALL, parts=tuple(found))

    def _enum(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        if "enum" in rest:
            yield nodes.EnumNode(values=tuple(_list_of(rest.pop("enum"), "enum")))

    def _const(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        if "const" in rest and not self._is_draft_4:
            yield nodes.EnumNode(values=(rest.pop("const"),), is_const=True)

    def _negated(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        if rest.pop("not", None) is not None:
            yield nodes.UnsupportedNode(keyword="not")

    def _combined(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        names = [criterion.value for criterion in Criterion if criterion.value in rest]
        for name in hash_order(names):
            parts = [self.load(part, resolver) for part in _list_of(rest.pop(name), name)]
            yield nodes.CombinedNode(criterion=Criterion(name), parts=tuple(parts))

    def _typed(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        kind = rest.pop("type", None)
        if kind is None:
            return
        kinds = kind if isinstance(kind, list) else [kind]
        made = [self._of_type(each, rest, resolver) for each in kinds]
        for each in kinds:
            _drop(rest, _KEYWORDS_OF.get(each, ()))
        if isinstance(kind, list):
            yield nodes.CombinedNode(criterion=Criterion.ANY, parts=tuple(made))
        else:
            yield made[0]

    def _of_type(self, kind: Any, rest: dict[str, Any], resolver: Any) -> Node:
        if kind == "object":
            return self._object(rest, resolver)
        if kind == "array":
            return self._array(rest, resolver)
        make = _SIMPLE.get(kind) if isinstance(kind, str) else None
        if make is None:
            message = f"Invalid JSON Schema: unknown type: [{kind}]"
            raise DataError(message)
        return make()

    def _sniffed(self, rest: dict[str, Any], resolver: Any) -> Iterator[Node]:
        """Make nodes of what keywords say without a type."""
        if not _ARRAY_KEYWORDS.isdisjoint(rest):
            yield self._array(rest, resolver)
        if not _OBJECT_KEYWORDS.isdisjoint(rest):
            yield self._object(rest, resolver)
        if not _NUMBER_KEYWORDS.isdisjoint(rest):
            yield nodes.NumberNode()
        if not _STRING_KEYWORDS.isdisjoint(rest):
            yield nodes.StringNode()
        if not _CONDITION_KEYWORDS.isdisjoint(rest) and not self._is_draft_4:
            yield nodes.UnsupportedNode(keyword="if")

    def _array(self, rest: Mapping[str, Any], resolver: Any) -> Node:
        items = rest.get("items")
        if items is None or isinstance(items, list):
            return nodes.ArrayNode()
        return nodes.ArrayNode(items=self.load(items, resolver))

    def _object(self, rest: Mapping[str, Any], resolver: Any) -> Node:
        properties = rest.get("properties", {})
        if not isinstance(properties, dict):
            message = f"Invalid JSON Schema: properties must be an object, not {properties!r}"
            raise DataError(message)
        additional = rest.get("additionalProperties")
        return nodes.ObjectNode(
            properties={
                name: self.load(properties[name], resolver) for name in hash_order(properties)
            },
            required=frozenset(filter(_is_text, _list_of(rest.get("required", []), "required"))),
            additional=self.load(additional, resolver) if isinstance(additional, dict) else None,
            permits_additional=additional is not False,
        )

    def _reference(self, reference: Any, resolver: Any) -> nodes.ReferenceNode:
        content, scope = _look_up(reference, resolver)
        key = (id(content), reference.endswith("#"))  # Java tells the two spellings apart
        known = self._referred.get(key) if isinstance(content, dict) else None
        if known is not None:
            return nodes.ReferenceNode(reference=reference, target=known)
        node = nodes.ReferenceNode(reference=reference)
        self._referred[key] = node
        self._keep.append(content)
        node.target = self.load(content, scope)
        return node


def _described(node: Node, content: dict[str, Any]) -> Node:
    for attribute in ("title", "description"):
        value = content.get(attribute)
        if value is not None and not isinstance(value, str):
            message = f"Invalid JSON Schema: {attribute} must be a text, not {value!r}"
            raise DataError(message)
        setattr(node, attribute, value)
    node.default = content.get("default", nodes.ABSENT)
    node.extras = {name: value for name, value in content.items() if name.startswith("connect.")}
    return node


def _look_up(reference: Any, resolver: Any) -> tuple[Any, Any]:
    import referencing.exceptions

    if not isinstance(reference, str):
        message = f"Invalid JSON Schema: $ref must be a text, not {reference!r}"
        raise DataError(message)
    try:
        found = resolver.lookup(reference)
    except referencing.exceptions.Unresolvable as error:
        if reference.startswith("#"):
            root = resolver.lookup("#")
            named = _named(root.contents, reference)
            if named is not None:
                return named, root.resolver
        message = (
            f"Invalid JSON Schema: {reference!r} refers to nothing in it and to no schema it is"
            " registered with; register that schema and name it among the references of this one"
        )
        raise DataError(message) from error
    return found.contents, found.resolver


def _named(content: Any, name: str) -> Any:
    """Find a part by a name such as ``#id1``, which Java's converter writes as an ``id``."""
    if isinstance(content, dict):
        if name in (content.get("id"), content.get("$id")):
            return content
        content = list(content.values())
    if not isinstance(content, list):
        return None
    for part in content:
        found = _named(part, name)
        if found is not None:
            return found
    return None


def _list_of(value: Any, keyword: str) -> list[Any]:
    if not isinstance(value, list):
        message = f"Invalid JSON Schema: {keyword} must be an array, not {value!r}"
        raise DataError(message)
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _drop(rest: dict[str, Any], keywords: Iterable[str]) -> None:
    for keyword in keywords:
        rest.pop(keyword, None)


_KEYWORDS_OF: Final[Mapping[str, frozenset[str]]] = {
    "array": _ARRAY_KEYWORDS,
    "object": _OBJECT_KEYWORDS,
    "number": _NUMBER_KEYWORDS,
    "integer": _NUMBER_KEYWORDS,
    "string": _STRING_KEYWORDS,
}

_SIMPLE: Final[Mapping[str, Callable[[], Node]]] = {
    "string": nodes.StringNode,
    "number": nodes.NumberNode,
    "integer": lambda: nodes.NumberNode(is_integer=True),
    "boolean": nodes.BooleanNode,
    "null": nodes.NullNode,
}
