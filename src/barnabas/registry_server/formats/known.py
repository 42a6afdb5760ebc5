# SPDX-License-Identifier: Apache-2.0
"""The kinds of schemas the registry knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from barnabas.registry_server import problems
from barnabas.registry_server.formats.avro_format import AvroFormat
from barnabas.registry_server.formats.json_format import JsonFormat
from barnabas.registry_server.formats.protobuf_format import ProtobufFormat
from barnabas.registry_server.formats.schema_format import SchemaFormat

__all__ = ["FORMATS", "format_of"]

FORMATS: Final[Mapping[str, SchemaFormat]] = {
    "JSON": JsonFormat(),
    "PROTOBUF": ProtobufFormat(),
    "AVRO": AvroFormat(),
}
"""By the name requests call them, in the order the registry lists them."""


def format_of(schema_type: str) -> SchemaFormat:
    """Look up a kind of schema.

    Raises:
        RefusalError: There is no such kind.
    """
    found = FORMATS.get(schema_type)
    if found is None:
        message = f"Invalid schema type {schema_type}"
        raise problems.invalid_schema(message)
    return found
