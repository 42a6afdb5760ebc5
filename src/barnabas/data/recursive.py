# SPDX-License-Identifier: Apache-2.0
"""A STRUCT schema that is used inside itself.

A `Schema` cannot change, so it cannot hold itself. A list whose nodes hold the next node is built
with a `RecursiveSchema` in the place of the inner node, which is told what it stands for when the
outer one is complete::

    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"value": INT32, "next": inner}, name="Node")
    inner.resolve(node)

Whoever walks down a schema, rather than along a value, has to stop at a `RecursiveSchema`.

Source:
    The wrappers of schemas in Confluent's Avro, JSON Schema and Protobuf converters; reference page
    ``schema-registry``, sections 5.3 and 6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas.data.schema import Schema
from barnabas.data.types import Type
from barnabas.errors import IllegalStateError

__all__ = ["RecursiveSchema"]

_TAKEN_OVER = ("default", "doc", "fields", "name", "version", "matches", "_by_name")


class RecursiveSchema(Schema):
    """Stands for a STRUCT schema inside that schema; may be optional where the other is not.

    Before `resolve` it is a STRUCT without fields. Two of them are equal when name, version, doc,
    parameters and names of fields are: what is behind the names is not compared, as that would not
    end.
    """

    __slots__ = ("_is_resolved",)
    _is_resolved: bool

    def __init__(self, *, optional: bool = False) -> None:
        super().__init__(Type.STRUCT, optional=optional)
        object.__setattr__(self, "_is_resolved", False)

    def resolve(self, schema: Schema, parameters: Mapping[str, str] | None = None) -> None:
        """Say which schema is meant; called once, before the schema is used.

        Args:
            schema: The STRUCT schema that holds this one.
            parameters: What to have instead of the parameters of that schema.

        Raises:
            IllegalStateError: It was said before, or the schema is no STRUCT.
        """
        if self._is_resolved or schema.type is not Type.STRUCT:
            message = f"A schema inside itself stands for one STRUCT, once; not for {schema}"
            raise IllegalStateError(message)
        put = object.__setattr__
        for attribute in _TAKEN_OVER:
            put(self, attribute, getattr(schema, attribute))
        put(self, "parameters", schema.parameters if parameters is None else dict(parameters))
        put(self, "_is_resolved", True)

    def with_attributes(self, **changes: Any) -> Schema:
        """Return a plain schema like this one but for the attributes named."""
        return Schema(**{**self._attributes(), **changes})

    def _outline(self) -> tuple[Any, ...]:
        names = tuple(field.name for field in self.fields)
        parameters = frozenset(self.parameters.items())
        return self.optional, self.name, self.version, self.doc, parameters, names

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, RecursiveSchema):
            return self._outline() == other._outline()
        return False if isinstance(other, Schema) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._outline())

    def __repr__(self) -> str:
        return f"RecursiveSchema({self.name!r}, optional={self.optional})"

    def __reduce__(self) -> Any:  # the state comes after the object, so that circles end
        return _blank, (self.optional,), self._state()

    def _state(self) -> dict[str, Any]:
        taken = ("default", "doc", "fields", "name", "version")
        state = {attribute: getattr(self, attribute) for attribute in taken}
        return {**state, "parameters": dict(self.parameters)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        put = object.__setattr__
        for attribute, value in state.items():
            put(self, attribute, value)
        put(self, "_by_name", {field.name: field for field in self.fields})
        put(self, "_is_resolved", True)


def _blank(optional: bool) -> RecursiveSchema:
    return RecursiveSchema(optional=optional)
