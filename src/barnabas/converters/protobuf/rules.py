# SPDX-License-Identifier: Apache-2.0
"""What the settings say about schemas and values, and what both directions ask of a schema."""

from __future__ import annotations

import dataclasses
from typing import Final

from barnabas.converters.protobuf import names
from barnabas.data import (
    LOGICAL_DATE,
    LOGICAL_DECIMAL,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    Schema,
    Type,
)

__all__ = ["MESSAGE_OF_LOGICAL", "Rules", "enum_parameter", "is_enum", "is_union", "is_wrapped"]

MESSAGE_OF_LOGICAL: Final = {
    LOGICAL_DECIMAL: names.DECIMAL,
    LOGICAL_DATE: names.DATE,
    LOGICAL_TIME: names.TIME,
    LOGICAL_TIMESTAMP: names.TIMESTAMP,
    names.VARIANT: "confluent.type.Variant",
}
"""Logical names and the message each is written as."""

_WRAPPABLE: Final = frozenset(
    {
        *(Type.INT8, Type.INT16, Type.INT32, Type.INT64, Type.FLOAT32, Type.FLOAT64),
        *(Type.BOOLEAN, Type.STRING, Type.BYTES),
    }
)


@dataclasses.dataclass(frozen=True, slots=True)
class Rules:
    """The settings of `ProtobufConverterConfig` that decide about schemas and values."""

    generalized_sum_type_support: bool = False
    ignore_default_for_nullables: bool = False
    enhanced_schema_support: bool = False
    scrub_invalid_names: bool = False
    int_for_enums: bool = False
    optional_for_nullables: bool = False
    optional_for_proto2: bool = True
    wrapper_for_nullables: bool = False
    wrapper_for_raw_primitives: bool = True
    generate_struct_for_nulls: bool = False
    generate_index_for_unions: bool = True
    flatten_unions: bool = False

    def name(self, name: str) -> str:
        """Return a name as Protobuf shall have it."""
        return names.scrub(name) if self.scrub_invalid_names else name


def is_union(schema: Schema) -> bool:
    """Whether a schema stands for a oneof: a STRUCT of which one member is set."""
    return schema.type is Type.STRUCT and (
        (schema.name or "").startswith(names.UNION) or names.GENERALIZED_UNION in schema.parameters
    )


def enum_parameter(schema: Schema) -> str | None:
    """Name the parameter that makes a STRING, or an INT32, an enum; None when it is none."""
    if schema.type is Type.STRING and names.GENERALIZED_ENUM in schema.parameters:
        return names.GENERALIZED_ENUM
    if schema.type in (Type.STRING, Type.INT32) and names.ENUM in schema.parameters:
        return names.ENUM
    return None


def is_enum(schema: Schema) -> bool:
    """Whether a schema stands for an enum."""
    return enum_parameter(schema) is not None


def is_wrapped(schema: Schema, rules: Rules, *, in_union: bool) -> bool:
    """Whether values of a schema that is no enum and has no logical type get a wrapper message."""
    if not rules.wrapper_for_nullables or not schema.optional or schema.type not in _WRAPPABLE:
        return False
    return not in_union or schema.parameters.get(names.WRAPPER, "").lower() == "true"
