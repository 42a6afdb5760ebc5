# SPDX-License-Identifier: Apache-2.0
"""Names that Connect schemas and JSON Schemas use for each other.

Source: reference page *Schema Registry*, section 6.
"""

from __future__ import annotations

from typing import Final

from barnabas.data import BYTES, STRING, Schema, Type

__all__ = [
    "ADDITIONAL_PROPERTIES",
    "CONNECT_INDEX",
    "CONNECT_PARAMETERS",
    "CONNECT_TYPE",
    "CONNECT_VERSION",
    "ENUM",
    "GENERALIZED_ENUM",
    "GENERALIZED_UNION",
    "ID",
    "KEY",
    "NAMESPACE",
    "NULL_SYMBOL",
    "ONE_OF",
    "UNION_FIELD",
    "UNION_PREFIX",
    "VALUE",
    "VARIANT",
    "VARIANT_FIELDS",
    "additional_schema",
    "is_additional",
    "is_object_map",
    "is_union",
    "is_variant",
]

NAMESPACE: Final = "io.confluent.connect.json"
CONNECT_TYPE: Final = "connect.type"
CONNECT_VERSION: Final = "connect.version"
CONNECT_PARAMETERS: Final = "connect.parameters"
CONNECT_INDEX: Final = "connect.index"

ID: Final = f"{NAMESPACE}.Id"
ENUM: Final = f"{NAMESPACE}.Enum"
ONE_OF: Final = f"{NAMESPACE}.OneOf"
GENERALIZED_ENUM: Final = "org.apache.kafka.connect.data.Enum"
GENERALIZED_UNION: Final = "org.apache.kafka.connect.data.Union"
UNION_PREFIX: Final = "connect_union_"
UNION_FIELD: Final = f"{UNION_PREFIX}field_"
NULL_SYMBOL: Final = "<NULL>"
VARIANT: Final = "org.apache.kafka.connect.data.Variant"
VARIANT_FIELDS: Final = {"metadata": BYTES, "value": BYTES}

KEY: Final = "key"
VALUE: Final = "value"
"""Members of the objects that stand for the entries of a map whose keys are no texts."""

ADDITIONAL_PROPERTIES: Final = "__connect_additional_properties__"
"""Field of a STRUCT that holds the properties its schema does not name."""


def is_union(schema: Schema) -> bool:
    """Whether a STRUCT stands for one of several schemas."""
    return schema.name == ONE_OF or GENERALIZED_UNION in schema.parameters


def is_variant(schema: Schema | None) -> bool:
    """Whether a STRUCT stands for any JSON value."""
    return schema is not None and schema.name == VARIANT


def is_object_map(schema: Schema) -> bool:
    """Whether a MAP is a JSON object; otherwise it is an array of entries."""
    keys = schema.key_schema
    return keys is not None and keys.type is Type.STRING and not keys.optional


def additional_schema() -> Schema:
    """Make the schema of the field for properties without name."""
    return Schema.map(STRING, Schema.struct(VARIANT_FIELDS, name=VARIANT), optional=True)


def is_additional(name: str, schema: Schema) -> bool:
    """Whether a field is the one for properties without name."""
    return (
        name == ADDITIONAL_PROPERTIES
        and schema.type is Type.MAP
        and schema.key_schema is not None
        and schema.key_schema.type is Type.STRING
        and is_variant(schema.value_schema)
    )
