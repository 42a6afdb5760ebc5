# SPDX-License-Identifier: Apache-2.0
"""Which schema a file has when the schemas of records change.

With NONE each schema has files of its own. With BACKWARD and FULL files go over to newer schemas
and older records are projected to them; with FORWARD files keep the older schema. What cannot be
projected always begins a new file. Docs and other words for people never do.

Source:
    Reference page *HDFS sink*, section 7 (storage-common ``StorageSchemaCompatibility``).

Differs:
    Schemas that are equal need no version. Elements of arrays and maps are looked at, too.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Iterator, Sequence
from typing import Any, Final

from barnabas.connectors._storage.projecting import projector_for
from barnabas.data import RecursiveSchema, Schema, Type
from barnabas.errors import SchemaProjectorError

__all__ = ["Compatibility", "structural_difference"]

_PROMOTIONS: Final = (
    Type.INT8,
    Type.INT16,
    Type.INT32,
    Type.INT64,
    Type.FLOAT32,
    Type.FLOAT64,
)
_AVRO: Final = "io.confluent.connect.avro."
_IGNORED: Final = frozenset(
    {
        "connect.record.doc",
        "connect.record.aliases",
        "connect.record.namespace",
        "connect.enum.doc",
        _AVRO + "record.doc",
        _AVRO + "field.default",
    }
)
_IGNORED_PREFIXES: Final = (_AVRO + "field.doc.", _AVRO + "enum.doc.", _AVRO + "enum.default.")
_ENUMS: Final = (_AVRO + "Enum", "org.apache.kafka.connect.data.Enum")


class Compatibility(enum.Enum):
    """How schemas may change within a file: ``schema.compatibility``."""

    NONE = "NONE"
    BACKWARD = "BACKWARD"
    FORWARD = "FORWARD"
    FULL = "FULL"

    @classmethod
    def of(cls, text: str) -> Compatibility:
        """Read the setting; an unknown word is NONE, as in Java."""
        return cls.__members__.get(text.strip().upper(), cls.NONE)

    def new_file_reason(self, new: Schema | None, current: Schema | None) -> str | None:
        """Say why records of a schema need a new file; None when they go into the current one.

        Args:
            new: The schema of the next records.
            current: The schema of the file that is open.

        Raises:
            SchemaProjectorError: One of them has a schema and the other has none, or versions are
                needed and missing.
        """
        if new is current:
            return None
        if new is None or current is None:
            message = (
                "Switch between schema-based and schema-less data is not supported: the file has"
                f" {current}, the record has {new}"
            )
            raise SchemaProjectorError(message)
        if new == current:
            return None
        if self is Compatibility.NONE:
            return f"the schema changed from {_named(current)} to {_named(new)}"
        return self._reason(new, current)

    def _reason(self, new: Schema, current: Schema) -> str | None:
        difference = structural_difference(new, current)
        if new.version is None or current.version is None:
            message = (
                f"Schema version required for {self.value} compatibility: the file has"
                f" {_named(current)}, the record has {_named(new)}, another schema"
                f" ({difference or 'other fields or names'}); use a converter that tells versions,"
                " or set schema.compatibility=NONE"
            )
            raise SchemaProjectorError(message)
        if difference is not None:
            return (
                f"the schema {_named(new)} cannot be projected to {_named(current)}: {difference}"
            )
        is_forward = self is Compatibility.FORWARD
        if new.version < current.version if is_forward else new.version > current.version:
            return f"the schema went from version {current.version} to {new.version}"
        return None

    def project(
        self, new: Schema | None, values: Sequence[Any], current: Schema | None
    ) -> Sequence[Any]:
        """Turn values of one schema into values of the file's.

        Call it only when `new_file_reason` gave None for these schemas.

        Raises:
            SchemaProjectorError: A value cannot be projected.
        """
        if new is current or new is None or current is None or new == current:
            return values
        return list(map(projector_for(_aligned(new, current), current), values))


@functools.lru_cache(maxsize=256)
def structural_difference(new: Schema, current: Schema) -> str | None:
    """Say what of a schema cannot be projected to another; None when all of it can."""
    return next(_differences(new, current, "the value"), None)


def _differences(new: Schema, current: Schema, place: str) -> Iterator[str]:
    if new is current:
        return
    if new.type is not current.type and not _is_promotable(new.type, current.type):
        yield f"{place} is {new.type.name}, not {current.type.name}"
    elif new.name != current.name:
        yield f"{place} is called {new.name}, not {current.name}"
    elif not _same_parameters(new, current):
        yield (f"{place} has the parameters {dict(new.parameters)}, not {dict(current.parameters)}")
    elif new.optional and not current.optional and current.default is None:
        yield f"{place} may be null, and was neither optional nor had a default"
    elif isinstance(new, RecursiveSchema) or isinstance(current, RecursiveSchema):
        return
    elif new.type is Type.STRUCT:
        yield from _struct_differences(new, current, place)
    else:
        yield from _part_differences(new, current, place)


def _struct_differences(new: Schema, current: Schema, place: str) -> Iterator[str]:
    for field in current.fields:
        own = new.field(field.name)
        where = f"the field {field.name} of {place}" if place != "the value" else field.name
        if own is not None:
            yield from _differences(own.schema, field.schema, where)
        elif not field.schema.optional and field.schema.default is None:
            yield f"{where} is required, has no default, and is missing"


def _part_differences(new: Schema, current: Schema, place: str) -> Iterator[str]:
    parts = (
        ("keys", new.key_schema, current.key_schema),
        ("elements", new.value_schema, current.value_schema),
    )
    for part, own, wanted in parts:
        if own is not None and wanted is not None:
            yield from _differences(own, wanted, f"{part} of {place}")
        elif own is not wanted:
            yield f"{part} of {place} have a schema in one of them only"


def _is_promotable(new: Type, current: Type) -> bool:
    if new not in _PROMOTIONS or current not in _PROMOTIONS:
        return False
    return _PROMOTIONS.index(new) <= _PROMOTIONS.index(current)


def _same_parameters(new: Schema, current: Schema) -> bool:
    own, wanted = _counting(new), _counting(current)
    if any(key in own or key in wanted for key in _ENUMS) and new.type is Type.STRING:
        return own.items() <= wanted.items()
    return own == wanted


def _counting(schema: Schema) -> dict[str, str]:
    return {
        key: value
        for key, value in schema.parameters.items()
        if key not in _IGNORED and not key.startswith(_IGNORED_PREFIXES)
    }


@functools.lru_cache(maxsize=256)
def _aligned(new: Schema, current: Schema) -> Schema:
    """Give a schema the parameters of another, so that only what counts is compared."""
    if new is current or isinstance(new, RecursiveSchema) or isinstance(current, RecursiveSchema):
        return new
    changes: dict[str, Any] = {"parameters": dict(current.parameters)}
    if new.type is Type.STRUCT:
        fields = []
        for field in new.fields:
            wanted = current.field(field.name)
            schema = field.schema if wanted is None else _aligned(field.schema, wanted.schema)
            fields.append((field.name, schema))
        changes["fields"] = fields
    for part in ("key_schema", "value_schema"):
        own, other = getattr(new, part), getattr(current, part)
        if own is not None and other is not None:
            changes[part] = _aligned(own, other)
    return new.with_attributes(**changes)


def _named(schema: Schema) -> str:
    version = "" if schema.version is None else f" version {schema.version}"
    return f"{schema}{version}"
