# SPDX-License-Identifier: Apache-2.0
"""JsonSchemaConverter: JSON whose schemas are kept in a Schema Registry.

``loading`` takes a JSON Schema apart into ``nodes``, ``schema_reading`` makes Connect schemas of
them and ``schema_writing`` JSON Schemas of those; ``reading`` and ``writing`` do the values,
``variants`` those without schema.
"""

from barnabas.converters.json_schema.converter import JsonSchemaConverter
from barnabas.converters.json_schema.settings import JsonSchemaConverterConfig, Rules

__all__ = ["JsonSchemaConverter", "JsonSchemaConverterConfig", "Rules"]
