# SPDX-License-Identifier: Apache-2.0
"""JSON text as Java Connect writes it and as it can read it.

Writing goes through msgspec, whose text differs from Jackson's in three places: escapes of control
characters (Jackson: upper-case hex), characters beyond U+FFFF (Jackson: two escaped surrogates) and
numbers with an exponent (Java: ``1.0E21``). Equal bytes matter because keys are compared and
hashed as bytes: records of one key must land on one partition whoever wrote them.

Reading tries msgspec first. What it refuses goes through `read_leniently`, which accepts what
Jackson accepts as Connect configures it: leading zeros, numbers of any size, a byte order mark,
UTF-16 and UTF-32, and anything after the value.
"""

from __future__ import annotations

import json
import math
import re
import struct
from decimal import Decimal
from typing import Any, Final

import msgspec

from barnabas import data
from barnabas.data.numbers import FLOAT32_MAX

__all__ = [
    "MISSING",
    "READ_ERRORS",
    "encode",
    "encode_all",
    "has_long_number",
    "kind_of",
    "read_leniently",
    "ready_float",
    "ready_float32",
]

MISSING: Final = object()
"""What an empty or blank text holds."""

READ_ERRORS: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises when it cannot read a text; ValidationError is one of the first."""

_ENCODER: Final = msgspec.json.Encoder()


def encode(ready: Any) -> bytes:
    """Write a value made by a writer.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    return _as_jackson(_ENCODER.encode(ready))


def encode_all(ready: Any) -> list[bytes]:
    """Write many values made by a writer, one text for each.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair.
    """
    # JSON text has no raw line feed inside, so cutting at line feeds is safe.
    lines = _as_jackson(_ENCODER.encode_lines(ready)).split(b"\n")
    lines.pop()
    return lines


_UNLIKE_JACKSON: Final = re.compile(
    rb"\\\\"  # an escaped backslash: what follows it is no escape
    rb"|\\u00[01][0-9a-f]"
    rb"|[\xf0-\xf4][\x80-\xbf]{3}"
)


_FOUR_BYTE_STARTS: Final = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")


def _as_jackson(text: bytes) -> bytes:
    # Looking for single bytes runs at memory speed; the pattern does not.
    if (b"\\" in text and b"\\u00" in text) or not (
        text.isascii() or not any(start in text for start in _FOUR_BYTE_STARTS)
    ):
        return _UNLIKE_JACKSON.sub(_spell, text)
    return text


def _spell(match: re.Match[bytes]) -> bytes:
    found = match[0]
    if found == b"\\\\":
        return found
    if found.startswith(b"\\u"):
        return b"\\u" + found[2:].upper()
    offset = ord(found.decode()) - 0x10000
    return b"\\u%04X\\u%04X" % (0xD800 + (offset >> 10), 0xDC00 + (offset & 0x3FF))


def ready_float(value: float) -> Any:
    """Make a FLOAT64 ready for the encoder."""
    if 1e-3 <= value < 1e7 or -1e7 < value <= -1e-3 or value == 0:
        return value
    if math.isfinite(value):
        return msgspec.Raw(data.double_text(value).encode())
    return data.double_text(value)


_FLOAT32: Final = struct.Struct("<f")
_SMALLEST_NORMAL: Final = 2.0**-126


def ready_float32(value: float) -> Any:
    """Make a FLOAT32 ready for the encoder: the shortest number that rounds to it."""
    if not _SMALLEST_NORMAL <= abs(value) <= FLOAT32_MAX:
        return ready_float(float(data.float32_text(value)))
    wanted = _FLOAT32.pack(value)
    exact = _FLOAT32.unpack(wanted)[0]
    # Six digits of a normal number name at most one FLOAT32, nine digits name every one.
    for precision in (6, 7, 8):
        shortest = float(f"{exact:.{precision}g}")
        if _FLOAT32.pack(shortest) == wanted:
            return ready_float(shortest)
    return ready_float(float(f"{exact:.9g}"))


_TO_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = b"0" * 19


def has_long_number(text: bytes) -> bool:
    """Whether a text may hold a whole number beyond 64 bits: 19 digits in a row."""
    return _LONG in text.translate(_TO_ZEROS)


def kind_of(node: Any) -> str:
    """Name the kind of a JSON value as Jackson does, for messages."""
    return _KINDS.get(type(node), "MISSING")


_KINDS: Final[dict[type, str]] = {
    type(None): "NULL",
    bool: "BOOLEAN",
    int: "NUMBER",
    float: "NUMBER",
    Decimal: "NUMBER",
    str: "STRING",
    list: "ARRAY",
    dict: "OBJECT",
}

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*', re.DOTALL)
_LEADING_ZEROS: Final = re.compile(r"\A(-?)0+(?=[0-9])")
_BLANK: Final = " \t\r\n"


def _refuse(constant: str) -> Any:
    message = f"{constant} is no JSON value"
    raise ValueError(message)


_LENIENT: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse)


def read_leniently(data: bytes) -> Any:
    """Read the first JSON value of a text as Jackson does, numbers with a point as Decimal.

    Returns:
        The value, or `MISSING` when the text is blank.

    Raises:
        ValueError: It is no JSON; says where.
        RecursionError: It is nested too deeply.
    """
    text = data.decode(json.detect_encoding(data)).lstrip(_BLANK)
    if not text:
        return MISSING
    text = _TOKEN.sub(_without_leading_zeros, text)
    node, end = _LENIENT.raw_decode(text)
    if _runs_on(node, text[end : end + 1]):
        message = f"unexpected {text[end]!r} after the value"
        raise ValueError(message)
    return node


def _runs_on(node: Any, following: str) -> bool:
    """Whether a bare number or word runs into what follows; otherwise Jackson stops there."""
    if isinstance(node, str | list | dict):
        return False
    if node is None or isinstance(node, bool):
        return following.isalnum() or following in ("_", "$")
    return following > " "


def _without_leading_zeros(match: re.Match[str]) -> str:
    return _LEADING_ZEROS.sub(r"\1", match[0]) if match[0][0] != '"' else match[0]
