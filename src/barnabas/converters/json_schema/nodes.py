# SPDX-License-Identifier: Apache-2.0
"""A JSON Schema taken apart: which kind each part is, in the terms Java's converter thinks in.

`barnabas.converters.json_schema.loading` makes nodes, `schema_reading` makes Connect schemas of
them. Nodes are compared by identity; a reference may lead back to where it stands.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any, Final

__all__ = [
    "ABSENT",
    "ArrayNode",
    "BooleanNode",
    "CombinedNode",
    "Criterion",
    "EmptyNode",
    "EnumNode",
    "Node",
    "NullNode",
    "NumberNode",
    "ObjectNode",
    "ReferenceNode",
    "StringNode",
    "UnsupportedNode",
]

ABSENT: Final = object()
"""Stands for a default that is not there, as null is one."""


@dataclasses.dataclass(eq=False, kw_only=True)
class Node:
    """Any JSON Schema; ``extras`` are its keywords that begin with ``connect.``."""

    title: str | None = None
    description: str | None = None
    default: Any = ABSENT
    extras: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(eq=False, kw_only=True)
class BooleanNode(Node):
    """True or false."""


@dataclasses.dataclass(eq=False, kw_only=True)
class NullNode(Node):
    """Nothing but null."""


@dataclasses.dataclass(eq=False, kw_only=True)
class StringNode(Node):
    """A text."""


@dataclasses.dataclass(eq=False, kw_only=True)
class EmptyNode(Node):
    """Any value."""


@dataclasses.dataclass(eq=False, kw_only=True)
class NumberNode(Node):
    """A number."""

    is_integer: bool = False


@dataclasses.dataclass(eq=False, kw_only=True)
class EnumNode(Node):
    """One of some values; ``is_const`` when it was written as the only one."""

    values: tuple[Any, ...]
    is_const: bool = False


@dataclasses.dataclass(eq=False, kw_only=True)
class ArrayNode(Node):
    """An array; without ``items`` its elements may be anything."""

    items: Node | None = None


@dataclasses.dataclass(eq=False, kw_only=True)
class ObjectNode(Node):
    """An object; ``properties`` are in the order of Java's hash map."""

    properties: Mapping[str, Node] = dataclasses.field(default_factory=dict)
    required: frozenset[str] = frozenset()
    additional: Node | None = None
    """Schema of properties without name, if one is given."""
    permits_additional: bool = True


class Criterion(enum.Enum):
    """How many of several schemas must hold."""

    ALL = "allOf"
    ANY = "anyOf"
    ONE = "oneOf"


@dataclasses.dataclass(eq=False, kw_only=True)
class CombinedNode(Node):
    """Several schemas at once."""

    criterion: Criterion
    parts: tuple[Node, ...]


@dataclasses.dataclass(eq=False, kw_only=True)
class ReferenceNode(Node):
    """Another schema, by its name."""

    reference: str
    target: Node | None = None
    """What it refers to; None only while that is being loaded."""


@dataclasses.dataclass(eq=False, kw_only=True)
class UnsupportedNode(Node):
    """What no Connect schema can say, such as ``not``; ``keyword`` says what it is."""

    keyword: str
