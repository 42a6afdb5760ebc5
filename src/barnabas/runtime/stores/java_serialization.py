# SPDX-License-Identifier: Apache-2.0
"""Java's serialised ``HashMap<byte[], byte[]>``: the one shape a standalone offset file has.

Layout, all numbers big-endian::

    ac ed 00 05                             magic, version
    73 72 "java.util.HashMap" uid flags     an object of class HashMap …
       00 02 F"loadFactor" I"threshold" 78 70    … with two fields, no parent class
    float int                               their values
    77 08 <buckets int32> <entries int32>   block of raw data
    then per entry key and value, each one of
       75 72 "[B" uid 02 00 00 78 70 <length int32> <bytes>   first array, brings its class
       75 71 <handle> <length int32> <bytes>                  later array, refers to that class
       71 <handle>                                            an array that came before
       70                                                     null
    78                                      end of the object

Every class description, object and array gets a number (handle) in order of appearance, from
``0x7e0000``. Everything else a Java stream could hold is refused.

Source:
    Java Object Serialization Specification, chapter 6; Apache Kafka ``FileOffsetBackingStore``.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import NoReturn

from barnabas.errors import ProtocolError

__all__ = ["dump_byte_map", "load_byte_map"]

_FIRST_HANDLE = 0x7E0000
_HASH_MAP = (
    b"\x72\x00\x11java.util.HashMap\x05\x07\xda\xc1\xc3\x16\x60\xd1\x03\x00\x02"
    b"F\x00\x0aloadFactorI\x00\x09thresholdxp"
)
_BYTE_ARRAY = b"\x72\x00\x02[B\xac\xf3\x17\xf8\x06\x08\x54\xe0\x02\x00\x00xp"
_MAGIC = b"\xac\xed\x00\x05"
_OBJECT, _ARRAY, _REFERENCE, _NULL, _BLOCK, _END = b"s", b"u", b"q", b"p", b"w", b"x"
_ARRAY_CLASS_HANDLE = _FIRST_HANDLE + 2


def dump_byte_map(values: Mapping[bytes, bytes | None]) -> bytes:
    """Write a map as Java would; Java reads it back as ``HashMap<byte[], byte[]>``."""
    buckets = 16
    while len(values) > buckets * 3 // 4:
        buckets *= 2
    parts = [_MAGIC, _OBJECT, _HASH_MAP, struct.pack(">fi", 0.75, buckets * 3 // 4)]
    parts += [_BLOCK, b"\x08", struct.pack(">ii", buckets, len(values))]
    array = _ARRAY + _BYTE_ARRAY
    for pair in values.items():
        for item in pair:
            if item is None:
                parts.append(_NULL)
                continue
            parts += [array, struct.pack(">i", len(item)), item]
            array = _ARRAY + _REFERENCE + struct.pack(">i", _ARRAY_CLASS_HANDLE)
    parts.append(_END)
    return b"".join(parts)


def load_byte_map(data: bytes) -> dict[bytes, bytes | None]:
    """Read a map written by Java or by :func:`dump_byte_map`.

    Raises:
        ProtocolError: The bytes end early, or hold something else; the message says where.
    """
    return _Reader(data).read()


class _Reader:
    """Walks through the bytes once."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._handles: list[bytes | None] = []

    def read(self) -> dict[bytes, bytes | None]:
        self._expect(_MAGIC, "the start of a Java object stream")
        self._expect(_OBJECT + _HASH_MAP, "a java.util.HashMap")
        self._handles += [None, None]  # the class HashMap and the map itself
        self._take(8)  # load factor and threshold: Java rebuilds its table on reading
        self._expect(_BLOCK + b"\x08", "the number of entries")
        _, entries = struct.unpack(">ii", self._take(8))
        if entries < 0:
            self._fail(f"the number of entries is {entries}")
        values: dict[bytes, bytes | None] = {}
        for _ in range(entries):
            key, value = self._byte_array(), self._byte_array()
            if key is not None:  # no offset has a null key; Java's readers skip it as well
                values[key] = value
        self._expect(_END, "the end of the map")
        if self._at != len(self._data):
            self._fail("more bytes follow after the end of the map")
        return values

    def _byte_array(self) -> bytes | None:
        tag = self._take(1)
        if tag == _NULL:
            return None
        if tag == _REFERENCE:
            return self._referred()
        if tag != _ARRAY:
            self._fail(f"expected a byte array, found the mark 0x{tag.hex()}", back=1)
        self._array_class()
        length = int.from_bytes(self._take(4), signed=True)
        if length < 0:
            self._fail(f"the length of a byte array is {length}", back=4)
        array = self._take(length)
        self._handles.append(array)
        return array

    def _array_class(self) -> None:
        if self._data.startswith(_REFERENCE, self._at):
            handle = int.from_bytes(self._take(5)[1:])
            if handle != _ARRAY_CLASS_HANDLE:
                self._fail("an array is not of bytes", back=4)
        else:
            self._expect(_BYTE_ARRAY, "an array of bytes")
            self._handles.append(None)

    def _referred(self) -> bytes:
        handle = int.from_bytes(self._take(4))
        index = handle - _FIRST_HANDLE
        found = self._handles[index] if 0 <= index < len(self._handles) else None
        if found is None:
            self._fail(f"the reference 0x{handle:x} is not to an array", back=4)
        return found

    def _expect(self, wanted: bytes, what: str) -> None:
        if self._data[self._at : self._at + len(wanted)] != wanted:
            self._fail(f"expected {what}")
        self._at += len(wanted)

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            self._fail(f"{count} more bytes expected, the data ends after {len(taken)}")
        self._at += count
        return taken

    def _fail(self, what: str, *, back: int = 0) -> NoReturn:
        at = self._at - back
        message = f"Not a serialised map of byte arrays: at byte {at}, {what}"
        raise ProtocolError(message)
