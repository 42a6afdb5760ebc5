# SPDX-License-Identifier: Apache-2.0
"""Flat records as Avro's bytes, column by column.

fastavro writes one record at a time and asks of each value which type it is to be. Rows of tables
and lines of files are records of primitive members, millions of one schema: here each column
becomes a list of byte strings in one comprehension, and a row is what `bytes.join` makes of its
members. That takes a quarter of fastavro's time. Anything but primitives and unions of one with
null is left to fastavro.

Source:
    Apache Avro 1.12 specification, *Binary encoding*.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, Final, TypeAlias

__all__ = ["Packer", "packer_for"]

Packer: TypeAlias = Callable[[bytes, Sequence[Sequence[Any]]], list[bytes]]
"""Takes a prefix and the columns of a batch, ready for fastavro, and returns whole records."""
_PackColumn: TypeAlias = Callable[[Sequence[Any]], Sequence[bytes]]
_Tagged: TypeAlias = Callable[[bytes], _PackColumn]

_BITS: Final = 14
_SIZE: Final = 1 << _BITS
_MASK: Final = _SIZE - 1
_NO_TAG: Final = b""


def packer_for(wire: Any) -> Packer | None:
    """Make the packer of a wire schema; None when it is not a flat record.

    The packer raises what fastavro would: subclasses of ValueError, TypeError and OverflowError,
    and struct.error.
    """
    if not isinstance(wire, dict) or wire["type"] != "record" or not wire["fields"]:
        return None
    packs = [_column(field["type"]) for field in wire["fields"]]
    if None in packs:
        return None
    known = [pack for pack in packs if pack is not None]

    def rows(prefix: bytes, columns: Sequence[Sequence[Any]]) -> list[bytes]:
        packed = [pack(column) for pack, column in zip(known, columns, strict=True)]
        return list(map(b"".join, zip(repeat(prefix), *packed, strict=False)))

    return rows


def _column(wire: Any) -> _PackColumn | None:
    if isinstance(wire, str):
        make = _BY_TYPE.get(wire)
        return None if make is None else make(_NO_TAG)
    if not isinstance(wire, list) or len(wire) != 2 or "null" not in wire:
        return None
    place = 1 - wire.index("null")
    make = _BY_TYPE.get(wire[place]) if isinstance(wire[place], str) else None
    if make is None:
        return None
    return _nullable(make(_varint(2 * place)), _varint(2 - 2 * place))


def _nullable(pack: _PackColumn, null: bytes) -> _PackColumn:
    def column(values: Sequence[Any]) -> Sequence[bytes]:
        nulls = values.count(None)
        if not nulls:
            return pack(values)
        if nulls == len(values):
            return [null] * nulls
        packed = iter(pack([value for value in values if value is not None]))
        return [null if value is None else next(packed) for value in values]

    return column


# -- one function for each primitive type ----------------------------------------------------------


def _varint(number: int) -> bytes:
    """Write a number that is not negative, seven bits a byte, the lowest first."""
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


@functools.cache
def _ends(tag: bytes) -> tuple[bytes, ...]:
    """The bytes of all numbers of up to 14 bits."""
    return tuple(tag + _varint(number) for number in range(_SIZE))


@functools.cache
def _starts() -> tuple[bytes, ...]:
    """The bytes of the lower bits of longer numbers, 14 at a time."""
    return tuple(bytes((number & 127 | 128, number >> 7 | 128)) for number in range(_SIZE))


def _longs(tag: bytes) -> _PackColumn:
    def pack(values: Sequence[int]) -> Sequence[bytes]:
        zigzag = [value << 1 ^ value >> 63 for value in values]
        longest = max(zigzag)
        if longest < _SIZE:
            ends = _ends(tag)
            return [ends[number] for number in zigzag]
        size = (longest.bit_length() + 6) // 7
        if size <= _MOST_GROUPS and min(zigzag) >> 7 * (size - 1):
            return _longs_of_one_size(tag, zigzag, size)
        return [_long(tag, number) for number in zigzag]

    return pack


def _long(tag: bytes, number: int) -> bytes:
    starts = _starts()
    while number >= _SIZE:
        tag += starts[number & _MASK]
        number >>= _BITS
    return tag + _ends(_NO_TAG)[number]


_MOST_GROUPS: Final = 9


def _longs_of_one_size(tag: bytes, numbers: Sequence[int], size: int) -> Sequence[bytes]:
    """Write numbers that all take the same bytes, as numbers of one type mostly do in a batch.

    All of them stand in one large integer, each in a lane of its own, and are cut into groups of
    seven bits together.
    """
    count, end = len(numbers), len(tag) + size
    width = 8 if end <= 8 else 16
    words = [0] * (count * width // 8)
    words[:: width // 8] = numbers
    lanes = int.from_bytes(struct.pack(f"<{len(words)}Q", *words), "little")
    groups, marks = _lane_masks(tag, count, width, size)
    for place, group in enumerate(groups):
        marks |= (lanes & group) << 8 * len(tag) + place
    text = marks.to_bytes(count * width, "little")
    return [text[start : start + end] for start in range(0, len(text), width)]


@functools.lru_cache(maxsize=32)
def _lane_masks(tag: bytes, count: int, width: int, size: int) -> tuple[list[int], int]:
    """The bits of each group in every lane; the tag, and the bits that say that more follows."""

    def in_all_lanes(lane: int) -> int:
        return int.from_bytes(lane.to_bytes(width, "little") * count, "little")

    groups = [in_all_lanes(127 << 7 * place) for place in range(size)]
    marks = tag + b"\x80" * (size - 1)
    return groups, in_all_lanes(int.from_bytes(marks, "little"))


def _of_struct(layout: str) -> _Tagged:
    def make(tag: bytes) -> _PackColumn:
        write = struct.Struct(f"<{len(tag)}s{layout}").pack
        return lambda values: list(map(write, repeat(tag), values))

    return make


def _booleans(tag: bytes) -> _PackColumn:
    yes, no = tag + b"\1", tag + b"\0"
    return lambda values: [yes if value else no for value in values]


def _strings(tag: bytes) -> _PackColumn:
    contents = _bytes(tag)
    return lambda values: contents([value.encode() for value in values])


def _bytes(tag: bytes) -> _PackColumn:
    def pack(values: Sequence[bytes]) -> Sequence[bytes]:
        lengths = _ends(tag)
        try:
            return [lengths[len(value) << 1] + value for value in values]
        except IndexError:  # one of 8 kB or more
            return [tag + _varint(len(value) << 1) + value for value in values]

    return pack


_BY_TYPE: Final[dict[str, _Tagged]] = {
    "boolean": _booleans,
    "int": _longs,
    "long": _longs,
    "float": _of_struct("f"),
    "double": _of_struct("d"),
    "string": _strings,
    "bytes": _bytes,
}
