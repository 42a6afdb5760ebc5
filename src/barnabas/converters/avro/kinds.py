# SPDX-License-Identifier: Apache-2.0
"""What a Connect schema is in Avro's eyes: a union, an enum, a fixed, a map with text keys.

Source:
    Reference page *Schema Registry*, section 5.1.
"""

from __future__ import annotations

from barnabas.converters.avro import names
from barnabas.converters.avro.model import AvroSchema
from barnabas.converters.avro.rules import Rules
from barnabas.data import Schema, Type

__all__ = [
    "avro_member_name",
    "connect_member_name",
    "enum_parameter",
    "has_text_keys",
    "is_enum",
    "is_fixed",
    "is_map_entry",
    "is_union",
]

_AVRO_TYPES = {
    Type.INT8: "int",
    Type.INT16: "int",
    Type.INT32: "int",
    Type.INT64: "long",
    Type.FLOAT32: "float",
    Type.FLOAT64: "double",
}


def is_union(schema: Schema) -> bool:
    """Whether a STRUCT stands for a union: one of its fields has a value, the others are null."""
    if schema.type is not Type.STRUCT:
        return False
    return schema.name == names.UNION or names.GENERALIZED_UNION in schema.parameters


def is_enum(schema: Schema) -> bool:
    """Whether a STRING has symbols among its parameters."""
    parameters = schema.parameters
    return schema.type is Type.STRING and (
        names.GENERALIZED_ENUM in parameters or names.ENUM in parameters
    )


def enum_parameter(schema: Schema, rules: Rules) -> str | None:
    """Name the parameter with the name of the enum; None when it is written as plain text."""
    if not is_enum(schema) or not (rules.generalized or rules.enhanced):
        return None
    wanted = names.GENERALIZED_ENUM if rules.generalized else names.ENUM
    other = names.ENUM if rules.generalized else names.GENERALIZED_ENUM
    return wanted if wanted in schema.parameters else other


def is_fixed(schema: Schema) -> bool:
    """Whether BYTES are of a fixed size."""
    return (
        schema.type is Type.BYTES
        and schema.name is not None
        and names.FIXED_SIZE in schema.parameters
    )


def has_text_keys(schema: Schema, rules: Rules) -> bool:
    """Whether a MAP is a map in Avro, too; otherwise it is a list of entries."""
    keys = schema.key_schema
    return (
        keys is not None
        and keys.type is Type.STRING
        and (not keys.optional or rules.allow_optional_map_keys)
    )


def is_map_entry(schema: AvroSchema) -> bool:
    """Whether a record is an entry of a MAP with other keys than text."""
    if schema.type != "record":
        return False
    if schema.namespace == names.NAMESPACE and schema.name == names.MAP_ENTRY:
        return True
    return schema.properties.get(names.CONNECT_INTERNAL_TYPE) == names.MAP_ENTRY


def avro_member_name(schema: AvroSchema, index: int, rules: Rules) -> str:
    """Name the field of a Connect union that holds a member of an Avro union."""
    if rules.generalized:
        return f"{names.UNION_FIELD}{index}"
    if schema.name is None:
        return schema.type
    if rules.enhanced:
        return schema.full_name
    return names.split(schema.name, scrubbing=rules.scrub_names)[1]


def connect_member_name(schema: Schema, index: int, rules: Rules) -> str:
    """Name the same field, seen from its Connect schema."""
    if rules.generalized:
        return f"{names.UNION_FIELD}{index}"
    if schema.type is Type.STRUCT or is_enum(schema) or is_fixed(schema):
        name = schema.name or ""
        if rules.enhanced:
            return names.scrub_full(name, scrubbing=rules.scrub_names)
        return names.split(name, scrubbing=rules.scrub_names)[1]
    return _AVRO_TYPES.get(schema.type) or str(schema.type.value)
