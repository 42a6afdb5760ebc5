# SPDX-License-Identifier: Apache-2.0
"""Names: of parameters that carry Protobuf's facts through Connect, of messages, of map entries.

Source:
    Reference page *Schema Registry*, section 7; Guava ``CaseFormat`` for the names of map entries.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

__all__ = [
    "DATE",
    "DECIMAL",
    "ENUM",
    "GENERALIZED_ENUM",
    "GENERALIZED_UNION",
    "KEY_FIELD",
    "TAG",
    "TIME",
    "TIMESTAMP",
    "TYPE",
    "UNION",
    "VALUE_FIELD",
    "VARIANT",
    "WRAPPED",
    "WRAPPER",
    "entry_name",
    "is_entry_name",
    "map_name",
    "scrub",
    "simple_name",
    "split_name",
]

_PREFIX: Final = "io.confluent.connect.protobuf"
ENUM: Final = f"{_PREFIX}.Enum"
"""Parameter: simple name of the enum; with ``.<symbol>`` behind it, the symbol's number."""
UNION: Final = f"{_PREFIX}.Union"
"""Beginning of the name of a STRUCT that stands for a oneof: ``….Union.<oneof>``."""
TAG: Final = f"{_PREFIX}.Tag"
"""Parameter: number of the field."""
TYPE: Final = f"{_PREFIX}.Type"
"""Parameter: kind of integer where it is neither int32 nor int64."""
WRAPPER: Final = f"{_PREFIX}.Wrapper"
"""Parameter, ``true``: a member of a oneof was a wrapper message."""
GENERALIZED_ENUM: Final = "org.apache.kafka.connect.data.Enum"
GENERALIZED_UNION: Final = "org.apache.kafka.connect.data.Union"
VARIANT: Final = "org.apache.kafka.connect.data.Variant"
"""Logical name of a STRUCT of two byte fields."""

DECIMAL: Final = "confluent.type.Decimal"
DATE: Final = "google.type.Date"
TIME: Final = "google.type.TimeOfDay"
TIMESTAMP: Final = "google.protobuf.Timestamp"
WRAPPED: Final = {
    "google.protobuf.DoubleValue": "double",
    "google.protobuf.FloatValue": "float",
    "google.protobuf.Int64Value": "int64",
    "google.protobuf.UInt64Value": "uint64",
    "google.protobuf.Int32Value": "int32",
    "google.protobuf.UInt32Value": "uint32",
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.StringValue": "string",
    "google.protobuf.BytesValue": "bytes",
}
"""Wrapper messages and the type each wraps, in the order of their file."""

KEY_FIELD: Final = "key"
VALUE_FIELD: Final = "value"
_ENTRY: Final = "Entry"
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_UPPER: Final = re.compile(r"(?=[A-Z])")
_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9_]")


def scrub(name: str) -> str:
    """Make a name Protobuf allows of any name; one it allows stays.

    What is not a letter, digit or underscore is written as in URLs, with underscores for percent
    signs; a digit or an underscore in front gets an ``x`` before it.
    """
    if not name or _PLAIN.fullmatch(name):
        return name
    encoded = urllib.parse.quote_plus(name, safe="*", errors="replace").replace("~", "%7E")
    if encoded[0].isdigit() or encoded[0] == "_":
        encoded = "x" + encoded
    return _FORBIDDEN.sub("_", encoded)


def split_name(name: str) -> tuple[str, str]:
    """Cut a full name into package, empty if there is none, and simple name."""
    package, _, simple = name.rpartition(".")
    return package, simple


def simple_name(name: str) -> str:
    """Return what comes behind the last dot."""
    return name.rpartition(".")[2]


def entry_name(name: str) -> str:
    """Name the entries of a map: ``my_map`` has ``MyMapEntry``, ``tags`` has ``tagsEntry``."""
    if "_" in name:
        name = "".join(part[:1].upper() + part[1:].lower() for part in name.split("_"))
    return name + _ENTRY


def is_entry_name(name: str) -> bool:
    """Whether a message with this name may hold the entries of a map."""
    return name.endswith(_ENTRY)


def map_name(name: str) -> str:
    """Name the map whose entries have the (full) name: ``a.MyMapEntry`` are those of ``a.my_map``.

    The opposite of `entry_name`, as far as there is one.
    """
    package, dot, simple = name.rpartition(".")
    if not is_entry_name(simple):
        return name
    words = [word.lower() for word in _UPPER.split(simple.removesuffix(_ENTRY))]
    if len(words) > 1 and not words[0]:
        del words[0]
    return package + dot + "_".join(words)
