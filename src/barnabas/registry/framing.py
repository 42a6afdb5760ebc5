# SPDX-License-Identifier: Apache-2.0
"""The bytes that tell a record's schema: a prefix of the record, or one of its headers.

======= ============================================================= =========================
framing bytes                                                         where
======= ============================================================= =========================
prefix  ``00``, schema id int32 big-endian, message indexes           before the payload
header  ``01``, GUID in 16 bytes big-endian, message indexes          header ``__key_schema_id``
                                                                      or ``__value_schema_id``
======= ============================================================= =========================

Message indexes are there for Protobuf only: the path to the message in its file, as the zigzag
varints of its length and of each index. The path ``[0]`` is written as the single byte ``00``.

Source:
    Reference page *Schema Registry*, section 1.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from barnabas.errors import DataError

__all__ = [
    "KEY_HEADER",
    "PREFIX_SIZE",
    "VALUE_HEADER",
    "Frame",
    "SchemaKey",
    "guid_bytes",
    "header_name",
    "id_prefix",
    "parse_frame",
    "read_message_indexes",
    "write_message_indexes",
]

KEY_HEADER: Final = "__key_schema_id"
VALUE_HEADER: Final = "__value_schema_id"
PREFIX_SIZE: Final = 5
"""Bytes of the prefix with an id, without message indexes."""

SchemaKey: TypeAlias = int | str
"""What a record says of its schema: the id, or the GUID as text."""

_PREFIX: Final = struct.Struct(">bi")
_GUID_SIZE: Final = 17
_MOST_INDEXES: Final = 1000


class Frame(NamedTuple):
    """What was read before the payload."""

    key: SchemaKey
    offset: int
    """Bytes before the rest of what was read: message indexes if there are any, else payload."""
    header_rest: bytes | None = None
    """What the header holds behind the GUID (message indexes); None when there is no header."""


def header_name(*, is_key: bool) -> str:
    """Name the header that carries the GUID."""
    return KEY_HEADER if is_key else VALUE_HEADER


def id_prefix(schema_id: int) -> bytes:
    """Write the five bytes before a payload."""
    return _PREFIX.pack(0, schema_id)


def guid_bytes(guid: str) -> bytes:
    """Write the seventeen bytes of a header.

    Raises:
        DataError: It is no UUID.
    """
    try:
        return b"\x01" + uuid.UUID(guid).bytes
    except ValueError as error:
        message = (
            f"The GUID {guid!r} of a schema is no UUID such as 89791762-2336-4186-9674-299b90a802e2"
        )
        raise DataError(message) from error


def parse_frame(data: bytes) -> Frame:
    """Read id or GUID at the beginning of a payload or of a header's value.

    Raises:
        DataError: The first byte is unknown, or the bytes end too early.
    """
    first = data[:1]
    if first == b"\x00" and len(data) >= PREFIX_SIZE:
        return Frame(_PREFIX.unpack_from(data)[1], PREFIX_SIZE)
    if first == b"\x01" and len(data) >= _GUID_SIZE:
        return Frame(str(uuid.UUID(bytes=bytes(data[1:_GUID_SIZE]))), _GUID_SIZE)
    raise _unreadable(data)


def _unreadable(data: bytes) -> DataError:
    hint = (
        "it was not written with a schema of a Schema Registry; use the converter that fits, such "
        "as JsonConverter, StringConverter or ByteArrayConverter"
    )
    if not data:
        return DataError(f"Unknown magic byte! The record is empty; {hint}")
    if data[0] > 1:
        return DataError(f"Unknown magic byte! It is {data[0]:#04x} and must be 0x00; {hint}")
    needed = PREFIX_SIZE if data[0] == 0 else _GUID_SIZE
    return DataError(
        f"The record ends within its schema id: it has {len(data)} bytes, the id alone takes "
        f"{needed}; {hint}"
    )


def write_message_indexes(indexes: Sequence[int]) -> bytes:
    """Write the path to a Protobuf message in its file."""
    if tuple(indexes) == (0,):
        return b"\x00"
    return b"".join(map(_varint, (len(indexes), *indexes)))


def read_message_indexes(data: bytes, offset: int) -> tuple[tuple[int, ...], int]:
    """Read the path to a Protobuf message; return it and the offset behind it.

    Raises:
        DataError: The bytes end too early, or hold a path that cannot be.
    """
    count, offset = _read_varint(data, offset)
    if count == 0:
        return (0,), offset
    if not 0 < count <= _MOST_INDEXES:
        message = f"The path to the Protobuf message of a record has {count} parts, which cannot be"
        raise DataError(message)
    indexes = []
    for _ in range(count):
        index, offset = _read_varint(data, offset)
        indexes.append(index)
    return tuple(indexes), offset


def _varint(number: int) -> bytes:
    rest = ((number << 1) ^ (number >> 31)) & 0xFFFFFFFF
    written = bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)


def _read_varint(data: bytes, offset: int) -> tuple[int, int]:
    number = 0
    for place in range(5):
        if offset + place >= len(data):
            break
        byte = data[offset + place]
        number |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), offset + place + 1
    message = (
        "The record ends within the path to its Protobuf message, or the path is damaged; it was "
        "not written as Protobuf with a schema of a Schema Registry"
    )
    raise DataError(message)
