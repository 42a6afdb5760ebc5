# SPDX-License-Identifier: Apache-2.0
"""Variants: any JSON value in two pieces of bytes.

A Connect schema cannot say "anything", so JSON without a schema is kept in a STRUCT of two BYTES
fields: ``metadata`` holds the names of members, ``value`` the values, which refer to the names by
number. The bytes are those of Parquet's and Iceberg's variants, so a sink may store them as such.

Source: Apache Parquet, *Variant Binary Encoding*, version 1.

Differs:
    A number of more than 38 digits cannot be held; Java writes damaged bytes.
"""

from __future__ import annotations

import base64
import datetime
import itertools
import struct
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from barnabas import data
from barnabas.config.java_order import text_order
from barnabas.errors import DataError

__all__ = ["decode_variant", "encode_variant"]

_SHORT_TEXT, _OBJECT, _ARRAY = 1, 2, 3
_NULL, _TRUE, _FALSE, _INT32, _INT64, _DOUBLE, _DECIMAL4, _DECIMAL8, _DECIMAL16 = (
    *(0, 1, 2),
    *(5, 6, 7),
    *(8, 9, 10),
)
_LONG_TEXT: Final = 16
_MOST_SHORT: Final = 63
_MOST_DIGITS: Final = 38


def encode_variant(node: Any) -> dict[str, bytes]:
    """Put a decoded JSON value, whose numbers with a point are Decimal, into a variant.

    Raises:
        DataError: A number has more than 38 digits, or a text is no Unicode.
    """
    keys: dict[str, int] = {}
    try:
        value = _encoded(node, keys)
        return {"metadata": _metadata(list(keys)), "value": value}
    except UnicodeEncodeError as error:
        message = "A text in a JSON value holds half of a surrogate pair, which is no character"
        raise DataError(message) from error


def _metadata(keys: list[str]) -> bytes:
    texts = [key.encode() for key in keys]
    total = sum(map(len, texts))
    size = _size_of(max(total, len(texts)))
    return b"".join(
        (
            bytes((1 | (size - 1) << 6,)),
            len(texts).to_bytes(size, "little"),
            _offsets([len(text) for text in texts], size),
            *texts,
        )
    )


def _offsets(lengths: list[int], size: int) -> bytes:
    place = 0
    written = [place.to_bytes(size, "little")]
    for length in lengths:
        place += length
        written.append(place.to_bytes(size, "little"))
    return b"".join(written)


def _size_of(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)


def _primitive(kind: int, content: bytes = b"") -> bytes:
    return bytes((kind << 2,)) + content


def _encoded(node: Any, keys: dict[str, int]) -> bytes:
    if isinstance(node, dict):
        return _object(node, keys)
    if isinstance(node, list):
        return _container(_ARRAY, [_encoded(each, keys) for each in node])
    return _SCALARS[type(node)](node)


def _object(node: Mapping[str, Any], keys: dict[str, int]) -> bytes:
    members = {}
    for key, member in node.items():
        number = keys.setdefault(key, len(keys))
        members[key] = (number, _encoded(member, keys))
    ordered = [members[key] for key in sorted(members, key=text_order)]
    return _container(_OBJECT, [value for _, value in ordered], [number for number, _ in ordered])


def _container(kind: int, values: list[bytes], ids: list[int] | None = None) -> bytes:
    is_large = len(values) > 0xFF
    offset_size = _size_of(sum(map(len, values)))
    header = offset_size - 1
    numbers = b""
    if ids is not None:
        id_size = _size_of(max(ids, default=0))
        header |= (id_size - 1) << 2 | is_large << 4
        numbers = b"".join(number.to_bytes(id_size, "little") for number in ids)
    else:
        header |= is_large << 2
    return b"".join(
        (
            bytes((kind | header << 2,)),
            len(values).to_bytes(4 if is_large else 1, "little"),
            numbers,
            _offsets(list(map(len, values)), offset_size),
            *values,
        )
    )


def _text(node: str) -> bytes:
    content = node.encode()
    if len(content) <= _MOST_SHORT:
        return bytes((_SHORT_TEXT | len(content) << 2,)) + content
    return _primitive(_LONG_TEXT, len(content).to_bytes(4, "little") + content)


def _integer(node: int) -> bytes:
    if -(1 << 31) <= node < 1 << 31:
        return _primitive(_INT32, node.to_bytes(4, "little", signed=True))
    if -(1 << 63) <= node < 1 << 63:
        return _primitive(_INT64, node.to_bytes(8, "little", signed=True))
    return _decimal(Decimal(node))


def _decimal(node: Decimal) -> bytes:
    unscaled, scale = data.unscaled_value(node), data.scale_of(node)
    if -_MOST_DIGITS <= scale < 0:
        unscaled, scale = unscaled * 10**-scale, 0
    digits = len(str(abs(unscaled)))
    if scale < 0 or digits > _MOST_DIGITS or scale > _MOST_DIGITS:
        message = f"A JSON value without schema holds numbers of up to 38 digits only, not {node}"
        raise DataError(message)
    kind, size = (_DECIMAL4, 4) if digits <= 9 else (_DECIMAL8, 8)
    if digits > 18:
        kind, size = _DECIMAL16, 16
    return _primitive(kind, bytes((scale,)) + unscaled.to_bytes(size, "little", signed=True))


_SCALARS: Final[Mapping[type, Callable[[Any], bytes]]] = {
    type(None): lambda _node: _primitive(_NULL),
    bool: lambda node: _primitive(_TRUE if node else _FALSE),
    str: _text,
    int: _integer,
    Decimal: _decimal,
    float: lambda node: _primitive(_DOUBLE, struct.pack("<d", node)),
}


def decode_variant(metadata: bytes, value: bytes) -> Any:
    """Take the JSON value out of a variant; dates and times become texts, bytes Base64.

    Raises:
        DataError: The bytes are no variant.
    """
    try:
        return _Decoder(_keys(bytes(metadata)), bytes(value)).at(0)
    except (IndexError, ValueError, OverflowError, struct.error, RecursionError) as error:
        message = f"The bytes of a Variant are damaged: {error}"
        raise DataError(message) from error


def _number(content: bytes, place: int, size: int) -> int:
    if place + size > len(content):
        message = "they end too early"
        raise ValueError(message)
    return int.from_bytes(content[place : place + size], "little")


def _keys(metadata: bytes) -> list[str]:
    size = (metadata[0] >> 6) + 1
    count = _number(metadata, 1, size)
    start = 1 + size * (count + 2)
    ends = [_number(metadata, 1 + size * (place + 1), size) for place in range(count + 1)]
    return [
        metadata[start + begin : start + end].decode() for begin, end in itertools.pairwise(ends)
    ]


class _Decoder:
    def __init__(self, keys: list[str], content: bytes) -> None:
        self._keys = keys
        self._content = content

    def at(self, place: int) -> Any:
        header = self._content[place]
        kind, rest = header & 3, header >> 2
        if kind == _SHORT_TEXT:
            return self._slice(place + 1, rest).decode()
        if kind == _OBJECT:
            return self._object(place, rest)
        if kind == _ARRAY:
            return self._array(place, rest)
        return self._primitive(rest, place + 1)

    def _slice(self, place: int, size: int) -> bytes:
        found = self._content[place : place + size]
        if len(found) < size:
            message = "they end too early"
            raise ValueError(message)
        return found

    def _object(self, place: int, header: int) -> dict[str, Any]:
        offset_size, id_size = (header & 3) + 1, (header >> 2 & 3) + 1
        count_size = 4 if header >> 4 & 1 else 1
        count = _number(self._content, place + 1, count_size)
        ids = place + 1 + count_size
        offsets = ids + count * id_size
        values = offsets + (count + 1) * offset_size
        found = {}
        for index in range(count):
            key = self._keys[_number(self._content, ids + index * id_size, id_size)]
            offset = _number(self._content, offsets + index * offset_size, offset_size)
            found[key] = self.at(values + offset)
        return found

    def _array(self, place: int, header: int) -> list[Any]:
        offset_size = (header & 3) + 1
        count_size = 4 if header >> 2 & 1 else 1
        count = _number(self._content, place + 1, count_size)
        offsets = place + 1 + count_size
        values = offsets + (count + 1) * offset_size
        starts = [
            _number(self._content, offsets + index * offset_size, offset_size)
            for index in range(count)
        ]
        return [self.at(values + start) for start in starts]

    def _primitive(self, kind: int, place: int) -> Any:
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]
        if kind in (_LONG_TEXT, 15):
            content = self._slice(place + 4, _number(self._content, place, 4))
            return content.decode() if kind == _LONG_TEXT else base64.b64encode(content).decode()
        size, read = _FIXED.get(kind, (0, None))
        if read is None:
            message = f"unknown type {kind}"
            raise ValueError(message)
        return read(self._slice(place, size))


def _signed(content: bytes) -> int:
    return int.from_bytes(content, "little", signed=True)


def _scaled(content: bytes) -> Decimal:
    return data.decimal_from_unscaled(_signed(content[1:]), content[0])


def _date(content: bytes) -> str:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(_signed(content))).isoformat()


def _clock(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 10**9)
    minutes, second = divmod(seconds, 60)
    text = f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    digits = f"{rest:09d}"
    while rest and digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}" if rest else text


def _moment(nanoseconds: int, zone: str) -> str:
    days, rest = divmod(nanoseconds, 86_400 * 10**9)
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days)
    return f"{date.isoformat()}T{_clock(rest)}{zone}"


_CONSTANTS: Final[Mapping[int, Any]] = {_NULL: None, _TRUE: True, _FALSE: False}

_FIXED: Final[Mapping[int, tuple[int, Callable[[bytes], Any]]]] = {
    3: (1, _signed),
    4: (2, _signed),
    _INT32: (4, _signed),
    _INT64: (8, _signed),
    _DOUBLE: (8, lambda content: struct.unpack("<d", content)[0]),
    _DECIMAL4: (5, _scaled),
    _DECIMAL8: (9, _scaled),
    _DECIMAL16: (17, _scaled),
    11: (4, _date),
    12: (8, lambda content: _moment(_signed(content) * 1000, "Z")),
    13: (8, lambda content: _moment(_signed(content) * 1000, "")),
    14: (4, lambda content: data.Float32(struct.unpack("<f", content)[0])),
    17: (8, lambda content: _clock(_signed(content) * 1000)),
    18: (8, lambda content: _moment(_signed(content), "Z")),
    19: (8, lambda content: _moment(_signed(content), "")),
    20: (16, lambda content: str(uuid.UUID(bytes=content))),
}
