# SPDX-License-Identifier: Apache-2.0
"""Schemas as a registry knows them: plain values without behaviour.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

import dataclasses

__all__ = ["AVRO", "JSON", "PROTOBUF", "RegisteredSchema", "SchemaDefinition", "SchemaReference"]

AVRO = "AVRO"
JSON = "JSON"
PROTOBUF = "PROTOBUF"


@dataclasses.dataclass(frozen=True, slots=True)
class SchemaReference:
    """Another schema a schema uses."""

    name: str
    """What the schema calls it: a full name (Avro), a ``$ref`` (JSON) or an import (Protobuf)."""
    subject: str
    version: int
    """Version in the subject, from 1; -1 for the latest."""


@dataclasses.dataclass(frozen=True, slots=True)
class SchemaDefinition:
    """What a schema says, without the place it is registered at."""

    text: str
    """The schema as it is registered: JSON (Avro, JSON Schema) or a .proto file."""
    schema_type: str = AVRO
    """``AVRO``, ``JSON`` or ``PROTOBUF``."""
    references: tuple[SchemaReference, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class RegisteredSchema:
    """A schema with what a registry says about it.

    Registries leave out what they do not know or were not asked: only definition and id are sure.
    The id is -1 for a schema that was fetched by its GUID.
    """

    definition: SchemaDefinition
    id: int
    guid: str | None = None
    """UUID in its text form with dashes; older registries have none."""
    subject: str | None = None
    version: int | None = None
    """Version in that subject, from 1."""
    metadata: tuple[tuple[str, str], ...] = ()
    """Properties of the schema's metadata, such as ``confluent:version``, sorted by name."""
