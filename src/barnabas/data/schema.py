# SPDX-License-Identifier: Apache-2.0
"""Schemas: what a value means, as Kafka Connect says it.

A `Schema` is immutable and hashable. Its equality is Java's: every attribute counts, the doc, the
default and the order of fields included. Equality looks at identity first and the hash is kept, so
a cache keyed by schemas costs next to nothing as long as sources reuse their schema objects.

Where Java has a ``SchemaBuilder``, Barnabas has keyword arguments::

    point = Schema.struct({"x": INT32, "y": INT32}, name="geo.Point", version=1)
    track = Schema.array(point, optional=True, doc="Where it went.")

Source: reference page ``data-model``, sections 1 and 2 (Apache Kafka ``connect/api``,
``ConnectSchema`` and ``SchemaBuilder``).
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn, Self

from barnabas.data.types import Matcher, Type, matcher
from barnabas.errors import DataError, SchemaBuilderError

__all__ = [
    "BOOLEAN",
    "BYTES",
    "FLOAT32",
    "FLOAT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "OPTIONAL_BOOLEAN",
    "OPTIONAL_BYTES",
    "OPTIONAL_FLOAT32",
    "OPTIONAL_FLOAT64",
    "OPTIONAL_INT8",
    "OPTIONAL_INT16",
    "OPTIONAL_INT32",
    "OPTIONAL_INT64",
    "OPTIONAL_STRING",
    "STRING",
    "Field",
    "Schema",
    "SchemaAndValue",
    "validate_value",
]

_NO_PARAMETERS: Final[Mapping[str, str]] = MappingProxyType({})


class _Frozen:
    """Refuses changes; subclasses fill their slots with ``object.__setattr__``."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> NoReturn:
        message = f"{type(self).__name__} cannot be changed: tried to set {name}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> NoReturn:
        message = f"{type(self).__name__} cannot be changed: tried to delete {name}"
        raise AttributeError(message)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


class Field(_Frozen):
    """A named member of a STRUCT schema, at a position counted from 0."""

    __slots__ = ("index", "name", "schema")
    name: str
    index: int
    schema: Schema

    def __init__(self, name: str, index: int, schema: Schema) -> None:
        if not isinstance(name, str) or not name:
            message = f"A field needs a name that is not empty, not {name!r}"
            raise SchemaBuilderError(message)
        if not isinstance(schema, Schema):
            message = f"Field {name!r} needs a schema, not {schema!r}"
            raise SchemaBuilderError(message)
        put = object.__setattr__
        put(self, "name", name)
        put(self, "index", index)
        put(self, "schema", schema)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Field):
            return NotImplemented
        return self.index == other.index and self.name == other.name and self.schema == other.schema

    def __hash__(self) -> int:
        return hash((self.name, self.index, self.schema))

    def __repr__(self) -> str:
        return f"Field({self.name!r}, {self.index}, {self.schema!r})"

    def __reduce__(self) -> tuple[type[Field], tuple[str, int, Schema]]:
        return Field, (self.name, self.index, self.schema)


FieldLike = Field | tuple[str, "Schema"]


class Schema(_Frozen):
    """The meaning of a value: its type and Connect's attributes of it.

    Attributes:
        type: One of `Type`.
        optional: Whether null is a value.
        default: What stands for a missing value; None is no default.
        name: Logical or record name. Connect's own logical names change the Python value.
        version: Version of the named schema.
        doc: Text for people; counts for equality.
        parameters: Further attributes, text to text, in the order given.
        fields: Members of a STRUCT in order; empty for other types.
        key_schema: Schema of a MAP's keys; None where not known.
        value_schema: Schema of a MAP's values or an ARRAY's elements; None where not known.

    Raises:
        SchemaBuilderError: The attributes contradict each other or the default does not fit.
    """

    __slots__ = (
        "_by_name",
        "_hash",
        "default",
        "doc",
        "fields",
        "key_schema",
        "matches",
        "name",
        "optional",
        "parameters",
        "type",
        "value_schema",
        "version",
    )
    type: Type
    optional: bool
    default: Any
    name: str | None
    version: int | None
    doc: str | None
    parameters: Mapping[str, str]
    fields: tuple[Field, ...]
    key_schema: Schema | None
    value_schema: Schema | None
    matches: Matcher
    _by_name: dict[str, Field]
    _hash: int | None

    def __init__(  # noqa: PLR0913 - these are the attributes Connect gives a schema
        self,
        type: Type,  # noqa: A002 - the attribute's name in Connect
        *,
        optional: bool = False,
        default: Any = None,
        name: str | None = None,
        version: int | None = None,
        doc: str | None = None,
        parameters: Mapping[str, str] | None = None,
        fields: Iterable[FieldLike] = (),
        key_schema: Schema | None = None,
        value_schema: Schema | None = None,
    ) -> None:
        put = object.__setattr__
        put(self, "type", _checked_type(type))
        put(self, "optional", bool(optional))
        put(self, "name", _checked("name", name, str))
        put(self, "version", _checked("version", version, int))
        put(self, "doc", _checked("doc", doc, str))
        put(self, "parameters", _checked_parameters(parameters))
        put(self, "fields", tuple(_numbered(fields)))
        put(self, "key_schema", _checked("key_schema", key_schema, Schema))
        put(self, "value_schema", _checked("value_schema", value_schema, Schema))
        put(self, "_by_name", {field.name: field for field in self.fields})
        put(self, "_hash", None)
        put(self, "matches", matcher(type, name))
        _check_parts(self)
        put(self, "default", default)
        if default is not None:
            _check_default(self)

    @classmethod
    def struct(
        cls, fields: Mapping[str, Schema] | Iterable[FieldLike], **attributes: Any
    ) -> Schema:
        """Make a STRUCT schema of named schemas, in the order given.

        Raises:
            SchemaBuilderError: A name is empty or occurs twice, or an attribute is wrong.
        """
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        return cls(Type.STRUCT, fields=pairs, **attributes)

    @classmethod
    def array(cls, items: Schema, **attributes: Any) -> Schema:
        """Make an ARRAY schema; for unknown elements write ``Schema(Type.ARRAY)``.

        Raises:
            SchemaBuilderError: The element schema is missing or an attribute is wrong.
        """
        if items is None:
            message = "An array needs the schema of its elements"
            raise SchemaBuilderError(message)
        return cls(Type.ARRAY, value_schema=items, **attributes)

    @classmethod
    def map(cls, keys: Schema, values: Schema, **attributes: Any) -> Schema:
        """Make a MAP schema; for unknown keys or values write ``Schema(Type.MAP)``.

        Raises:
            SchemaBuilderError: A schema is missing or an attribute is wrong.
        """
        if keys is None or values is None:
            message = "A map needs the schemas of its keys and of its values"
            raise SchemaBuilderError(message)
        return cls(Type.MAP, key_schema=keys, value_schema=values, **attributes)

    def field(self, name: str) -> Field | None:
        """Find a field of a STRUCT by name; None when there is none.

        Raises:
            DataError: The schema is not a STRUCT.
        """
        if self.type is not Type.STRUCT:
            message = f"Cannot look up field {name!r} on the type {self.type.name}: not a STRUCT"
            raise DataError(message)
        return self._by_name.get(name)

    def with_attributes(self, **changes: Any) -> Schema:
        """Return a schema like this one but for the attributes named.

        Raises:
            SchemaBuilderError: The changed attributes do not go together.
        """
        return Schema(**{**self._attributes(), **changes})

    def _attributes(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "optional": self.optional,
            "default": self.default,
            "name": self.name,
            "version": self.version,
            "doc": self.doc,
            "parameters": dict(self.parameters),
            "fields": self.fields,
            "key_schema": self.key_schema,
            "value_schema": self.value_schema,
        }

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if not isinstance(other, Schema):
            return NotImplemented
        return hash(self) == hash(other) and (
            self.type is other.type
            and self.optional == other.optional
            and self.name == other.name
            and self.version == other.version
            and self.doc == other.doc
            and self.parameters == other.parameters
            and self.fields == other.fields
            and self.key_schema == other.key_schema
            and self.value_schema == other.value_schema
            and _same_default(self.default, other.default)
        )

    def __hash__(self) -> int:
        if self._hash is not None:
            return self._hash
        parts = (
            self.type,
            self.optional,
            self.name,
            self.version,
            self.doc,
            frozenset(self.parameters.items()),
            self.fields,
            self.key_schema,
            self.value_schema,
            self.default is None,
        )
        value = hash(parts)
        object.__setattr__(self, "_hash", value)
        return value

    def __str__(self) -> str:
        """Write the schema as Java does: ``Schema{STRING}`` or ``Schema{name:STRUCT}``."""
        if self.name is None:
            return f"Schema{{{self.type.name}}}"
        return f"Schema{{{self.name}:{self.type.name}}}"

    def __repr__(self) -> str:
        parts = [self.type.name]
        for attribute, value in self._attributes().items():
            if attribute != "type" and value not in (None, False, {}, ()):
                parts.append(f"{attribute}={value!r}")
        return f"Schema({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        return _restore, (self._attributes(),)


class SchemaAndValue(NamedTuple):
    """A value and the schema that explains it; None for a schemaless value."""

    schema: Schema | None
    value: Any


def _restore(attributes: dict[str, Any]) -> Schema:
    return Schema(**attributes)


def _checked_type(kind: object) -> Type:
    if not isinstance(kind, Type):
        message = f"A schema needs a type out of barnabas.data.Type, not {kind!r}"
        raise SchemaBuilderError(message)
    return kind


def _checked(attribute: str, value: Any, wanted: type) -> Any:
    if value is None or (isinstance(value, wanted) and not isinstance(value, bool)):
        return value
    message = f"Invalid schema: {attribute} must be {wanted.__name__}, not {value!r}"
    raise SchemaBuilderError(message)


def _checked_parameters(parameters: Mapping[str, str] | None) -> Mapping[str, str]:
    if not parameters:
        return _NO_PARAMETERS
    for key, value in parameters.items():
        if not isinstance(key, str) or not isinstance(value, str):
            message = f"Invalid schema: parameter {key!r} must map text to text, not to {value!r}"
            raise SchemaBuilderError(message)
    return MappingProxyType(dict(parameters))


def _numbered(fields: Iterable[FieldLike]) -> Iterator[Field]:
    for index, field in enumerate(fields):
        if isinstance(field, Field):
            yield field if field.index == index else Field(field.name, index, field.schema)
        else:
            name, schema = field
            yield Field(name, index, schema)


def _check_parts(schema: Schema) -> None:
    kind = schema.type
    if schema.fields and kind is not Type.STRUCT:
        message = f"Cannot create fields on type {kind.name}: only a STRUCT has fields"
        raise SchemaBuilderError(message)
    if schema.key_schema is not None and kind is not Type.MAP:
        message = f"Type {kind.name} has no key schema: only a MAP has one"
        raise SchemaBuilderError(message)
    if schema.value_schema is not None and kind not in (Type.MAP, Type.ARRAY):
        message = f"Type {kind.name} has no value schema: only an ARRAY or a MAP has one"
        raise SchemaBuilderError(message)
    seen = set()
    for field in schema.fields:
        if field.name in seen:
            message = f"Cannot create field because of field name duplication {field.name}"
            raise SchemaBuilderError(message)
        seen.add(field.name)


def _check_default(schema: Schema) -> None:
    try:
        validate_value(schema, schema.default)
    except DataError as error:
        message = f"Invalid default value {schema.default!r} for {schema}: {error.message}"
        raise SchemaBuilderError(message) from error


def _same_default(one: Any, other: Any) -> bool:
    """Compare defaults as Java does: NaN equals itself, -0.0 is not 0.0, 1.0 is not 1.00."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(one, decimal.Decimal) and isinstance(other, decimal.Decimal):
        return one.as_tuple() == other.as_tuple()
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same_default, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same_default(one[k], other[k]) for k in one)
    return bool(one == other)


def validate_value(schema: Schema, value: Any, *, field: str | None = None) -> None:
    """Check that a value may stand for a schema, down to the last element.

    A STRUCT may leave out fields that are optional or have a default; null counts as left out.
    A value that carries a schema of its own (`Struct`) must carry an equal one.

    Args:
        schema: What the value shall be.
        value: The value; see `barnabas.data.types` for the Python classes.
        field: Name to call the value in errors.

    Raises:
        DataError: The value does not fit; says where.
    """
    _validate(schema, value, "value" if field is None else f'field: "{field}"')


def _validate(schema: Schema, value: Any, place: str) -> None:
    if value is None:
        if schema.optional:
            return
        message = f"Invalid value: null used for required {place}, schema type: {schema.type.name}"
        raise DataError(message)
    if not schema.matches(value):
        raise DataError(_mismatch(schema, value, place))
    if schema.type is Type.STRUCT:
        _validate_struct(schema, value)
    elif schema.type is Type.ARRAY:
        if schema.value_schema is not None:
            place = f"element of array {place}"
            for element in value:
                _validate(schema.value_schema, element, place)
    elif schema.type is Type.MAP:
        _validate_map(schema, value, place)


def _validate_struct(schema: Schema, value: dict[str, Any]) -> None:
    own = getattr(value, "schema", None)
    if own is not None and own is not schema and own != schema:
        message = f"Struct schemas do not match: expected {schema!r}, the value has {own!r}"
        raise DataError(message)
    found = 0
    for field in schema.fields:
        name = field.name
        member = value.get(name)
        if member is None:
            found += name in value
            if not field.schema.optional and field.schema.default is None:
                _validate(field.schema, None, f'field: "{name}"')
        else:
            found += 1
            _validate(field.schema, member, f'field: "{name}"')
    if found != len(value):
        unknown = ", ".join(repr(name) for name in value if schema.field(name) is None)
        known = ", ".join(field.name for field in schema.fields)
        message = f"{unknown} is not a valid field name of {schema}; its fields are: {known}"
        raise DataError(message)


def _validate_map(schema: Schema, value: dict[Any, Any], place: str) -> None:
    if schema.key_schema is not None:
        key_place = f"key of map {place}"
        for key in value:
            _validate(schema.key_schema, key, key_place)
    if schema.value_schema is not None:
        value_place = f"value of map {place}"
        for member in value.values():
            _validate(schema.value_schema, member, value_place)


def _mismatch(schema: Schema, value: Any, place: str) -> str:
    name = "" if schema.name is None else f'"{schema.name}" '
    text = repr(value)
    text = text if len(text) <= 100 else text[:97] + "..."
    return (
        f"Invalid value for schema {name}with type {schema.type.name}:"
        f" {text} of class {type(value).__name__} for {place}"
    )


INT8 = Schema(Type.INT8)
INT16 = Schema(Type.INT16)
INT32 = Schema(Type.INT32)
INT64 = Schema(Type.INT64)
FLOAT32 = Schema(Type.FLOAT32)
FLOAT64 = Schema(Type.FLOAT64)
BOOLEAN = Schema(Type.BOOLEAN)
STRING = Schema(Type.STRING)
BYTES = Schema(Type.BYTES)
OPTIONAL_INT8 = Schema(Type.INT8, optional=True)
OPTIONAL_INT16 = Schema(Type.INT16, optional=True)
OPTIONAL_INT32 = Schema(Type.INT32, optional=True)
OPTIONAL_INT64 = Schema(Type.INT64, optional=True)
OPTIONAL_FLOAT32 = Schema(Type.FLOAT32, optional=True)
OPTIONAL_FLOAT64 = Schema(Type.FLOAT64, optional=True)
OPTIONAL_BOOLEAN = Schema(Type.BOOLEAN, optional=True)
OPTIONAL_STRING = Schema(Type.STRING, optional=True)
OPTIONAL_BYTES = Schema(Type.BYTES, optional=True)
