# SPDX-License-Identifier: Apache-2.0
"""Names: those Confluent's converters gave a meaning, and those Avro allows.

Source:
    Reference page *Schema Registry*, section 5.
"""

from __future__ import annotations

import re
import urllib.parse
from typing import Final

from barnabas.errors import DataError

__all__ = [
    "ANYTHING",
    "CONNECT_DEFAULT",
    "CONNECT_DOC",
    "CONNECT_ENUM_DOC",
    "CONNECT_INTERNAL_TYPE",
    "CONNECT_NAME",
    "CONNECT_PARAMETERS",
    "CONNECT_RECORD_DOC",
    "CONNECT_TYPE",
    "CONNECT_VERSION",
    "DECIMAL_PRECISION",
    "DEFAULT_NAME",
    "DEFAULT_PRECISION",
    "ENUM",
    "ENUM_DEFAULT",
    "ENUM_DOC",
    "FIELD_DEFAULT",
    "FIELD_DOC",
    "FIXED_SIZE",
    "GENERALIZED_ENUM",
    "GENERALIZED_UNION",
    "MAP_ENTRY",
    "NAMESPACE",
    "RECORD_DOC",
    "UNION",
    "UNION_FIELD",
    "UNION_NAME",
    "VARIANT",
    "check_name",
    "scrub",
    "scrub_full",
    "split",
]

NAMESPACE: Final = "io.confluent.connect.avro"
DEFAULT_NAME: Final = "ConnectDefault"
MAP_ENTRY: Final = "MapEntry"
ANYTHING: Final = "Anything"

CONNECT_NAME: Final = "connect.name"
CONNECT_DOC: Final = "connect.doc"
CONNECT_RECORD_DOC: Final = "connect.record.doc"
CONNECT_ENUM_DOC: Final = "connect.enum.doc"
CONNECT_VERSION: Final = "connect.version"
CONNECT_DEFAULT: Final = "connect.default"
CONNECT_PARAMETERS: Final = "connect.parameters"
CONNECT_INTERNAL_TYPE: Final = "connect.internal.type"
CONNECT_TYPE: Final = "connect.type"

RECORD_DOC: Final = f"{NAMESPACE}.record.doc"
ENUM_DOC: Final = f"{NAMESPACE}.enum.doc."
FIELD_DOC: Final = f"{NAMESPACE}.field.doc."
FIELD_DEFAULT: Final = f"{NAMESPACE}.field.default"
ENUM_DEFAULT: Final = f"{NAMESPACE}.enum.default."
UNION: Final = f"{NAMESPACE}.Union"
ENUM: Final = f"{NAMESPACE}.Enum"

GENERALIZED_UNION: Final = "org.apache.kafka.connect.data.Union"
GENERALIZED_ENUM: Final = "org.apache.kafka.connect.data.Enum"
VARIANT: Final = "org.apache.kafka.connect.data.Variant"
UNION_NAME: Final = "connect_union_"
UNION_FIELD: Final = "connect_union_field_"

FIXED_SIZE: Final = "connect.fixed.size"
DECIMAL_PRECISION: Final = "connect.decimal.precision"
DEFAULT_PRECISION: Final = 64

_FORBIDDEN: Final = re.compile(r"[^A-Za-z0-9_]")
_ALLOWED: Final = re.compile(r"[^\W\d]\w*")


def scrub(name: str) -> str:
    """Make one part of a name, or a field's name, one that Avro allows."""
    if not name or (_FORBIDDEN.search(name) is None and not "0" <= name[0] <= "9"):
        return name
    # "~" is left alone by Python and encoded by Java, "*" the other way round
    encoded = urllib.parse.quote_plus(name, safe="*", errors="replace").replace("~", "%7E")
    if "0" <= encoded[0] <= "9":
        encoded = "x" + encoded
    return _FORBIDDEN.sub("_", encoded)


def split(full_name: str, *, scrubbing: bool) -> tuple[str | None, str]:
    """Cut a name at its last dot into namespace, None without a dot, and name."""
    parts = full_name.rstrip(".").split(".")
    if scrubbing:
        parts = [scrub(part) for part in parts]
    return (".".join(parts[:-1]) or None), parts[-1]


def scrub_full(full_name: str, *, scrubbing: bool) -> str:
    """Scrub each part of a name."""
    if not scrubbing:
        return full_name
    namespace, name = split(full_name, scrubbing=True)
    return f"{namespace}.{name}" if namespace else name


def check_name(name: str, place: str) -> None:
    """Check that Avro allows a name: letters, digits and underscores, no digit first.

    Args:
        name: The name without its namespace.
        place: What is called so, for the message.

    Raises:
        DataError: It does not; says what to set.
    """
    if _ALLOWED.fullmatch(name) is None:
        message = (
            f"Avro does not allow the name {name!r} of {place}: it must be of letters, digits and"
            " underscores and not begin with a digit; set scrub.invalid.names=true, or rename it"
        )
        raise DataError(message)
