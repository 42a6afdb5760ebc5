# SPDX-License-Identifier: Apache-2.0
"""Bytes of source offsets, as Java's internal schemaless JSON converter writes them.

A key is ``["<connector>",{<partition>}]``, a value ``{<offset>}`` or null. Lookup in Java is by
exact bytes, so what we write is byte for byte what Java would have written for the same map; what
we read is compared by meaning (:func:`canonical_key`), because the order of a Java map's members is
not ours to know.

Source:
    Apache Kafka ``storage/OffsetStorageWriter``, ``OffsetUtils``; reference page *internal
    topics*, 5.
"""

from __future__ import annotations

import base64
import decimal
import math
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from barnabas.errors import DataError
from barnabas.runtime.stores import java_json

__all__ = [
    "canonical_key",
    "connector_keys",
    "connector_offsets",
    "decode_key",
    "decode_value",
    "offset_key",
    "offset_value",
]

Partition = Mapping[str, Any]

_SHOWN: Final = 300
"""Length of what is told of a partition."""

_sorting = msgspec.json.Encoder(order="sorted")


def offset_key(connector: str, partition: Partition | None) -> bytes:
    """Encode the key of a partition's offset.

    Raises:
        DataError: The partition is not a map of text to primitive values.
    """
    return java_json.encode([connector, _checked(partition)])


def offset_value(offset: Partition | None) -> bytes | None:
    """Encode an offset; None (a reset) stays None.

    Raises:
        DataError: The offset is not a map of text to primitive values.
    """
    return None if offset is None else java_json.encode(_checked(offset))


def decode_key(key: bytes) -> tuple[str, dict[str, Any] | None] | None:
    """Read connector and partition from a key; None when the key is not of this format."""
    try:
        decoded = java_json.decode(key)
    except DataError:
        return None
    match decoded:
        case [str() as connector, dict() | None as partition]:
            return connector, partition
    return None


def decode_value(value: bytes | None, key: bytes | None = None) -> dict[str, Any] | None:
    """Read an offset.

    Args:
        value: The bytes stored.
        key: Whose offset it is, for the message of the error.

    Raises:
        DataError: The bytes are not a JSON object; says how to get rid of them.
    """
    if value is None:
        return None
    try:
        decoded = java_json.decode(value)
    except DataError as error:
        raise _damaged(error.message, key) from error
    if decoded is not None and not isinstance(decoded, dict):
        why = f"not a JSON object but {type(decoded).__name__}"
        raise _damaged(why, key)
    return decoded


def _damaged(why: str, key: bytes | None) -> DataError:
    decoded = None if key is None else decode_key(key)
    if decoded is None:
        return DataError(f"A stored source offset is {why}")
    connector, partition = decoded
    path = f"/connectors/{urllib.parse.quote(connector, safe='')}"
    return DataError(
        f"The stored source offset of partition {java_json.encode(partition).decode()[:_SHOWN]} of "
        f"connector {connector} is {why}. To mend it, stop the connector (PUT {path}/stop), then "
        f"set this offset or remove all (PATCH or DELETE {path}/offsets) and resume it"
    )


def canonical_key(key: bytes) -> bytes:
    """Give keys of equal meaning equal bytes; a key of another format is returned as it is."""
    decoded = decode_key(key)
    if decoded is None:
        return key
    return _sorting.encode(list(decoded))


def connector_offsets(
    items: Iterable[tuple[bytes, bytes | None]], connector: str
) -> list[tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Choose the partitions and offsets of one connector, resets left out.

    Raises:
        DataError: An offset is damaged.
    """
    chosen = []
    for key, value in items:
        decoded = decode_key(key)
        offset = decode_value(value, key) if decoded and decoded[0] == connector else None
        if decoded is not None and offset is not None:
            chosen.append((decoded[1], offset))
    return chosen


def connector_keys(
    items: Iterable[tuple[bytes, bytes | None]], connector: str
) -> dict[bytes, dict[str, Any] | None]:
    """Choose the keys of one connector that have an offset, be it damaged, with the partitions."""
    decoded = {key: decode_key(key) for key, value in items if value is not None}
    return {key: one[1] for key, one in decoded.items() if one is not None and one[0] == connector}


def _checked(values: object) -> dict[str, Any] | None:
    if values is None:
        return None
    if not isinstance(values, Mapping):
        message = f"Offsets must be specified as a map, not {type(values).__name__}"
        raise DataError(message)
    return {_checked_name(name): _primitive(name, value) for name, value in values.items()}


def _checked_name(name: object) -> str:
    if not isinstance(name, str):
        message = f"Offsets may only use text as keys, not {name!r}"
        raise DataError(message)
    return name


def _primitive(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, int):
        return _long(name, int(value))
    if isinstance(value, float):
        return msgspec.Raw(_java_double(float(value)))
    message = (
        f"Offsets may only contain primitive types as values, but field {name} contains "
        f"{_kind(value)}"
    )
    raise DataError(message)


def _kind(value: object) -> str:
    """Name a type as Java's messages do."""
    if isinstance(value, Mapping):
        return "MAP"
    return "ARRAY" if isinstance(value, list | tuple) else type(value).__name__


def _long(name: str, value: int) -> int:
    if not -(2**63) <= value < 2**63:
        message = f"Offsets may only contain whole numbers of 64 bits, but field {name} is {value}"
        raise DataError(message)
    return value


def _java_double(value: float) -> bytes:
    """Write a number as Java's ``Double.toString``; not a number and infinities become text."""
    if math.isnan(value):
        return b'"NaN"'
    if math.isinf(value):
        return b'"Infinity"' if value > 0 else b'"-Infinity"'
    exact = decimal.Decimal(repr(value))
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        text = f"{exact:f}"
        return text.encode() if "." in text else f"{text}.0".encode()
    sign, digits, _ = exact.normalize().as_tuple()
    first, *rest = map(str, digits)
    return f"{'-' * sign}{first}.{''.join(rest) or '0'}E{exact.adjusted()}".encode()
