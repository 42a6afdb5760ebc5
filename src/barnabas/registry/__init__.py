# SPDX-License-Identifier: Apache-2.0
"""The client of a Schema Registry, and what all converters do with schema ids.

A converter has a `SchemaRegistryConfig`, makes a `Registry` of it with `make_registry`, and from
both a `SchemaWriter` (Connect to bytes) and a `SchemaReader` (bytes to Connect).
"""

from barnabas.registry.client import Registry
from barnabas.registry.factory import make_registry
from barnabas.registry.framing import Frame, SchemaKey
from barnabas.registry.model import RegisteredSchema, SchemaDefinition, SchemaReference
from barnabas.registry.schema_reader import Group, SchemaReader
from barnabas.registry.schema_writer import CompatibilityCheck, Framed, SchemaWriter
from barnabas.registry.settings import SchemaRegistryConfig

__all__ = [
    "CompatibilityCheck",
    "Frame",
    "Framed",
    "Group",
    "RegisteredSchema",
    "Registry",
    "SchemaDefinition",
    "SchemaKey",
    "SchemaReader",
    "SchemaReference",
    "SchemaRegistryConfig",
    "SchemaWriter",
    "make_registry",
]
