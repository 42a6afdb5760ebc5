# SPDX-License-Identifier: Apache-2.0
"""Files every reader of Protobuf has: Google's well-known types and Confluent's.

Schemas import them without a registry holding them, unless ``skip.known.types`` is false.

Source:
    Reference page *Schema Registry*, section 7; ``.proto`` files of the Apache-2.0 part of the
    Schema Registry (``confluent/type``).
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Iterable
from typing import Any, Final

from barnabas.converters.protobuf.descriptor_classes import (
    META_FILE,
    FileDescriptorProto,
    meta_file,
)
from barnabas.converters.protobuf.parsing import parse_file

__all__ = ["KNOWN_FILES", "known_file"]

_GOOGLE_PROTOBUF: Final = (
    *("any", "api", "descriptor", "duration", "empty", "field_mask", "source_context"),
    *("struct", "timestamp", "type", "wrappers"),
)
_GOOGLE_TYPE: Final = (
    *("calendar_period", "color", "date", "datetime", "dayofweek", "decimal", "expr", "fraction"),
    *("interval", "latlng", "money", "month", "phone_number", "postal_address", "quaternion"),
    "timeofday",
)
_CONFLUENT: Final = {
    "confluent/type/decimal.proto": """\
syntax = "proto3";
package confluent.type;
option java_package = "io.confluent.protobuf.type";
option java_outer_classname = "DecimalProto";
option java_multiple_files = true;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
""",
    "confluent/type/variant.proto": """\
syntax = "proto3";
package confluent.type;
option java_package = "io.confluent.protobuf.type";
option java_outer_classname = "VariantProto";
option java_multiple_files = true;
message Variant {
  bytes metadata = 1;
  bytes value = 2;
}
""",
}
KNOWN_FILES: Final = frozenset(
    [
        *(f"google/protobuf/{name}.proto" for name in _GOOGLE_PROTOBUF),
        *(f"google/type/{name}.proto" for name in _GOOGLE_TYPE),
        *_CONFLUENT,
        META_FILE,
    ]
)
"""Names of the files that need not be registered."""


@functools.cache
def known_file(name: str) -> Any:
    """Return a known file as a ``FileDescriptorProto`` of `descriptor_classes`; do not change it.

    Raises:
        KeyError: It is not one of `KNOWN_FILES`.
    """
    if name not in KNOWN_FILES:
        raise KeyError(name)
    if name == META_FILE:
        return meta_file()
    if name in _CONFLUENT:
        return parse_file(name, _CONFLUENT[name])
    module = importlib.import_module(name.removesuffix(".proto").replace("/", ".") + "_pb2")
    file = FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
    if file.package == "google.protobuf":
        _name_for_json(file.message_type)
    return file


def _name_for_json(messages: Iterable[Any]) -> None:
    """Name fields for JSON, as in the descriptors of Java's library; they show in the text."""
    for message in messages:
        for field in message.field:
            first, *others = field.name.split("_")
            field.json_name = first + "".join(part[:1].upper() + part[1:] for part in others)
        _name_for_json(message.nested_type)
