# SPDX-License-Identifier: Apache-2.0
"""From the nodes of a JSON Schema to a Connect schema.

It goes in two steps, as schemas cannot change and a recursive one has to hold itself: first a tree
of drafts, in which a reference to a STRUCT met before is a `_Again`; then the schemas, with a
`RecursiveSchema` where a `_Again` leads to a STRUCT that is not complete yet.

A STRUCT that is referred to again gets the parameter ``io.confluent.connect.json.Id``, by which
`schema_writing` writes a reference again. It counts for the first place too only if the STRUCT had
parameters by then: that is how Java's builders share them.

Source: reference page *Schema Registry*, section 6.

Differs:
    Two properties of one ``connect.index`` both stay; Java drops one. A STRUCT may have a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from barnabas import data
from barnabas.converters.json_schema import names, nodes
from barnabas.converters.json_schema.nodes import ABSENT, Criterion, Node
from barnabas.converters.json_schema.reading import reader_for
from barnabas.converters.json_schema.settings import Rules
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import DataError, SchemaBuilderError

__all__ = ["connect_schema"]


class _Draft:
    """A schema in the making."""

    def __init__(self, kind: Type, *, optional: bool = False, name: str | None = None) -> None:
        self.type = kind
        self.optional = optional
        self.name = name
        self.version: int | None = None
        self.doc: str | None = None
        self.parameters: dict[str, str] | None = None
        self.default: Any = ABSENT
        self.fields: list[tuple[str, _Part]] = []
        self.keys: _Part | None = None
        self.values: _Part | None = None
        self.has_parameters = False
        self.schema: Schema | None = None
        self.inside: list[RecursiveSchema] | None = None

    def parameter(self, name: str, value: str) -> None:
        if self.parameters is None:
            self.parameters = {}
        self.parameters[name] = value


class _Again:
    """A STRUCT met before."""

    def __init__(self, target: _Draft, *, optional: bool) -> None:
        self.target = target
        self.optional = optional


_Part: TypeAlias = _Draft | _Again


def connect_schema(node: Node, rules: Rules, version: int | None = None) -> Schema:
    """Make the Connect schema of a JSON Schema.

    Args:
        node: The schema, taken apart.
        rules: What the settings say.
        version: Its version in the registry, which counts if it does not bring its own.

    Raises:
        DataError: Connect cannot express it.
    """
    try:
        return _frozen(_Translation(rules).part(node, version), rules)
    except RecursionError as error:
        message = "The JSON Schema cannot be expressed in Connect: it is nested too deeply"
        raise DataError(message) from error


class _Translation:
    """Makes the drafts of one schema."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._met: dict[Node, _Draft] = {}
        self._ids = 0
        self._unions = 0

    def part(self, node: Node, version: int | None = None, *, optional: bool = False) -> _Part:
        """Make the draft of one node; ``optional`` makes it so whatever it says."""
        if isinstance(node, nodes.ReferenceNode):
            return self._referred(node, version, optional=optional)
        if isinstance(node, nodes.CombinedNode):
            return self._combined(node, version, optional=optional)
        make = _SIMPLE.get(type(node))
        if make is not None:
            draft = make(node)
        elif isinstance(node, nodes.EnumNode):
            draft = self._enum(node)
        elif isinstance(node, nodes.ArrayNode):
            draft = self._array(node)
        elif isinstance(node, nodes.ObjectNode):
            draft = self._object(node)
        else:
            raise _inexpressible(node)
        return _finished(draft, node, version, optional=optional)

    def _referred(self, node: nodes.ReferenceNode, version: int | None, *, optional: bool) -> _Part:
        target = _target_of(node)
        known = self._met.get(target)
        if known is None:
            return self.part(target, version, optional=optional)
        self._ids += 1
        known.parameter(names.ID, f"#id{self._ids}")
        return _Again(known, optional=optional)

    def _enum(self, node: nodes.EnumNode) -> _Draft:
        is_general = self._rules.generalized_sum_types
        parameter = names.GENERALIZED_ENUM if is_general else names.ENUM
        draft = _Draft(Type.STRING)
        draft.parameter(parameter, "")
        for index, value in enumerate(node.values):
            symbol = names.NULL_SYMBOL if value is None else data.java_string(None, value)
            draft.parameter(f"{parameter}.{symbol}", str(index) if is_general else symbol)
        return draft

    def _combined(self, node: nodes.CombinedNode, version: int | None, *, optional: bool) -> _Part:
        if len(node.parts) == 1 and self._rules.flatten_singleton_unions:
            return self.part(node.parts[0])
        if node.criterion is Criterion.ALL:
            return self._all_of(node, version, optional=optional)
        name = names.ONE_OF
        if self._rules.generalized_sum_types:
            name = f"{names.UNION_PREFIX}{self._unions}"
            self._unions += 1
        present = [part for part in node.parts if not isinstance(part, nodes.NullNode)]
        if len(node.parts) == 2 and len(present) == 1:
            return self.part(present[0], version, optional=True)
        draft = self._union(name, present)
        draft.optional = len(present) < len(node.parts)
        return _finished(draft, node, version, optional=optional)

    def _union(self, name: str, parts: list[Node]) -> _Draft:
        draft = _Draft(Type.STRUCT, name=name)
        field = f"{name}.field."
        if self._rules.generalized_sum_types:
            draft.parameter(names.GENERALIZED_UNION, name)
            field = names.UNION_FIELD
        for index, part in enumerate(parts):
            draft.fields.append((f"{field}{index}", self.part(part, optional=True)))
        return draft

    def _all_of(self, node: nodes.CombinedNode, version: int | None, *, optional: bool) -> _Part:
        properties: dict[str, tuple[Node, bool]] = {}
        for part in node.parts:
            _collect_properties(part, properties, set())
        if not properties:
            return self.part(_chosen(node), version, optional=optional)
        draft = _Draft(Type.STRUCT, optional=optional)
        self._met[node] = draft
        for name, (part, is_required) in properties.items():
            is_optional = self._rules.optional_for_nonrequired and not is_required
            draft.fields.append((name, self.part(part, optional=is_optional)))
        draft.has_parameters = draft.parameters is not None
        return draft

    def _array(self, node: nodes.ArrayNode) -> _Draft:
        items = node.items
        if items is None:
            message = (
                "Array schema did not specify the items type: Connect needs one schema for all"
                ' elements; write "items": {…}'
            )
            raise DataError(message)
        if node.extras.get(names.CONNECT_TYPE) == "map" and isinstance(items, nodes.ObjectNode):
            draft = _Draft(Type.MAP)
            draft.keys = self._member(items, names.KEY)
            draft.values = self._member(items, names.VALUE)
            return draft
        draft = _Draft(Type.ARRAY)
        draft.values = self.part(items)
        return draft

    def _member(self, entry: nodes.ObjectNode, name: str) -> _Part:
        member = entry.properties.get(name)
        if member is None:
            message = f'An array with "connect.type": "map" needs objects with a property {name!r}'
            raise SchemaBuilderError(message)
        return self.part(member)

    def _object(self, node: nodes.ObjectNode) -> _Draft:
        if node.extras.get(names.CONNECT_TYPE) == "map":
            if node.additional is None:
                message = (
                    'valueSchema cannot be null: an object with "connect.type": "map" needs the'
                    ' schema of its values in "additionalProperties"'
                )
                raise SchemaBuilderError(message)
            draft = _Draft(Type.MAP)
            draft.keys = _Draft(Type.STRING)
            draft.values = self.part(node.additional)
            return draft
        draft = _Draft(Type.STRUCT)
        self._met[node] = draft
        for name, property_node in _in_order(node.properties):
            is_optional = self._rules.optional_for_nonrequired and name not in node.required
            draft.fields.append((name, self.part(property_node, optional=is_optional)))
        if self._rules.preserve_additional_properties and node.permits_additional:
            draft.fields.append((names.ADDITIONAL_PROPERTIES, _additional(node)))
        return draft


def _number(node: Node) -> _Draft:
    kind = node.extras.get(names.CONNECT_TYPE)
    if kind is None:
        is_integer = isinstance(node, nodes.NumberNode) and node.is_integer
        return _Draft(Type.INT64 if is_integer else Type.FLOAT64)
    if kind not in _NUMBER_TYPES:
        message = f"Unsupported type {kind}: connect.type of a number must be one of: "
        raise DataError(message + ", ".join(_NUMBER_TYPES))
    return _Draft(_NUMBER_TYPES[kind])


def _string(node: Node) -> _Draft:
    is_bytes = node.extras.get(names.CONNECT_TYPE) == Type.BYTES.value
    return _Draft(Type.BYTES if is_bytes else Type.STRING)


def _variant(_node: Node) -> _Draft:
    draft = _Draft(Type.STRUCT, name=names.VARIANT)
    draft.fields = [(name, _Draft(Type.BYTES)) for name in names.VARIANT_FIELDS]
    return draft


def _additional(node: nodes.ObjectNode) -> _Draft:
    if names.ADDITIONAL_PROPERTIES in node.properties:
        message = (
            f"JSON Schema property name '{names.ADDITIONAL_PROPERTIES}' collides with the reserved"
            " field name for preserve.additional.properties=true. Rename the property or disable"
            " the config."
        )
        raise DataError(message)
    draft = _Draft(Type.MAP, optional=True)
    draft.keys, draft.values = _Draft(Type.STRING), _variant(nodes.EmptyNode())
    return draft


_NUMBER_TYPES: Final[Mapping[str, Type]] = {
    kind.value: kind
    for kind in (
        Type.INT8,
        Type.INT16,
        Type.INT32,
        Type.INT64,
        Type.FLOAT32,
        Type.FLOAT64,
        Type.BYTES,  # of Decimals written as numbers
    )
}

_SIMPLE: Final[Mapping[type[Node], Callable[[Node], _Draft]]] = {
    nodes.BooleanNode: lambda _node: _Draft(Type.BOOLEAN),
    nodes.NumberNode: _number,
    nodes.StringNode: _string,
    nodes.EmptyNode: _variant,
}


def _inexpressible(node: Node) -> DataError:
    if isinstance(node, nodes.NullNode):
        return DataError(
            'Unsupported schema type: {"type": "null"} alone cannot be expressed in Connect;'
            " combine it with another schema in oneOf"
        )
    keyword = node.keyword if isinstance(node, nodes.UnsupportedNode) else type(node).__name__
    return DataError(f"Unsupported schema type: {keyword!r} cannot be expressed in Connect")


def _target_of(node: nodes.ReferenceNode) -> Node:
    target: Node | None = node
    seen = set()
    while isinstance(target, nodes.ReferenceNode) and target not in seen:
        seen.add(target)
        target = target.target
    if target is None or isinstance(target, nodes.ReferenceNode):
        message = f"Invalid JSON Schema: {node.reference!r} refers to nothing but itself"
        raise DataError(message)
    return target


def _in_order(properties: Mapping[str, Node]) -> list[tuple[str, Node]]:
    """Sort properties by their index; one without, or whose index is taken, gets the next free."""
    places: dict[int, tuple[str, Node]] = {}
    for name, node in properties.items():
        index = _whole_number(node, names.CONNECT_INDEX)
        if index is None or index in places:
            index = len(places)
        while index in places:
            index += 1
        places[index] = (name, node)
    return [places[index] for index in sorted(places)]


def _collect_properties(
    node: Node, properties: dict[str, tuple[Node, bool]], visited: set[Node]
) -> None:
    if node in visited:
        return
    visited.add(node)
    if isinstance(node, nodes.CombinedNode) and node.criterion is Criterion.ALL:
        for part in node.parts:
            _collect_properties(part, properties, visited)
    elif isinstance(node, nodes.ObjectNode):
        for name, property_node in node.properties.items():
            properties[name] = (property_node, name in node.required)
    elif isinstance(node, nodes.ReferenceNode) and node.target is not None:
        _collect_properties(node.target, properties, visited)


def _chosen(node: nodes.CombinedNode) -> Node:
    """Choose the part of an *allOf* without properties that says most about the type."""
    last: dict[str, Node] = {}
    for part in node.parts:
        last[_role(part)] = part
    if "combined" in last:
        return last["combined"]
    string, number = last.get("string"), last.get("number")
    if "const" in last:
        found = string or number
    elif "enum" in last:
        found = last["enum"] if string is not None else number
    elif string is not None:
        found = number or string
    else:
        found = last.get("reference")
    if found is None:
        message = (
            "Unsupported criterion allOf: its parts have no properties and do not tell one type:"
            f" {', '.join(sorted(last))}"
        )
        raise DataError(message)
    return found


def _role(node: Node) -> str:
    if isinstance(node, nodes.EnumNode):
        return "const" if node.is_const else "enum"
    return type(node).__name__.removesuffix("Node").lower()


def _finished(draft: _Draft, node: Node, version: int | None, *, optional: bool) -> _Draft:
    if node.title is not None and draft.name is None:
        draft.name = node.title
    own = _whole_number(node, names.CONNECT_VERSION)
    draft.version = version if own is None else own
    draft.doc = node.description
    for name, value in _parameters(node).items():
        draft.parameter(name, value)
    draft.has_parameters = draft.parameters is not None
    if node.default is None and not draft.optional:
        message = (
            f"Invalid null value for required {draft.type.name} field: the default is null, which"
            ' the schema does not allow; leave "default" out or combine the schema with'
            ' {"type": "null"} in oneOf'
        )
        raise DataError(message)
    draft.default = node.default
    draft.optional = draft.optional or optional
    return draft


def _whole_number(node: Node, keyword: str) -> int | None:
    value = node.extras.get(keyword)
    if value is None or type(value) is int:
        return value
    message = f"Invalid JSON Schema: {keyword} must be a whole number, not {value!r}"
    raise DataError(message)


def _parameters(node: Node) -> Mapping[str, str]:
    value = node.extras.get(names.CONNECT_PARAMETERS, {})
    if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return value
    message = f"Invalid JSON Schema: connect.parameters must map text to text, not {value!r}"
    raise DataError(message)


def _frozen(part: _Part, rules: Rules) -> Schema:
    if isinstance(part, _Again):
        return _frozen_again(part, rules)
    if part.schema is not None:
        return part.schema
    part.inside = []
    schema = Schema(
        part.type,
        optional=part.optional,
        name=part.name,
        version=part.version,
        doc=part.doc,
        parameters=part.parameters if part.has_parameters else None,
        fields=[(name, _frozen(field, rules)) for name, field in part.fields],
        key_schema=None if part.keys is None else _frozen(part.keys, rules),
        value_schema=None if part.values is None else _frozen(part.values, rules),
    )
    if part.default is not ABSENT and part.default is not None:
        schema = schema.with_attributes(default=_default(schema, part.default, rules))
    part.schema = schema
    for inner in part.inside:
        inner.resolve(schema, part.parameters)
    return schema


def _frozen_again(part: _Again, rules: Rules) -> Schema:
    target = part.target
    if target.inside is not None and target.schema is None:
        inner = RecursiveSchema(optional=part.optional)
        target.inside.append(inner)
        return inner
    return _frozen(target, rules).with_attributes(
        optional=part.optional, parameters=target.parameters
    )


def _default(schema: Schema, node: Any, rules: Rules) -> Any:
    try:
        default = reader_for(schema, rules).one(node)
    except DataError as error:
        message = f"Invalid default value {node!r} for {schema}: {error.message}"
        raise SchemaBuilderError(message) from error
    return default
