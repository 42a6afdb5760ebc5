# SPDX-License-Identifier: Apache-2.0
"""Numbers that say their own width.

Where a schema is at hand, a plain ``int`` or ``float`` is all a value needs. Where there is none,
a plain ``int`` means INT64 and a plain ``float`` means FLOAT64. The classes here mark the other
widths, for instance in the mixed array ``[1, "a"]`` that `parse_string` returns without an element
schema. They behave as ordinary numbers; arithmetic on them gives ordinary numbers again.

A marked number fits only a schema of exactly its own type, as Java's ``Byte``, ``Short``,
``Integer``, ``Long``, ``Float`` and ``Double`` do; a plain one fits every width that can hold it.
"""

from __future__ import annotations

import math
import struct
from decimal import Decimal
from typing import ClassVar, Self, SupportsFloat, SupportsIndex, SupportsInt

from barnabas.errors import DataError

__all__ = [
    "FLOAT32_MAX",
    "Float32",
    "Float64",
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "MarkedFloat",
    "MarkedInt",
    "decimal_to_float32",
    "double_text",
    "float32_text",
    "round_to_float32",
    "wrap_integer",
]

FLOAT32_MAX = 3.4028234663852886e38
"""The largest finite FLOAT32."""

_FLOAT32 = struct.Struct("<f")


def wrap_integer(value: int, bits: int) -> int:
    """Keep the low bits of an integer as a signed number, as a narrowing cast of Java does."""
    half = 1 << (bits - 1)
    return ((value + half) & ((1 << bits) - 1)) - half


def round_to_float32(value: float) -> float:
    """Round to the nearest FLOAT32; too large becomes infinite, as a cast of Java does."""
    try:
        rounded: float = _FLOAT32.unpack(_FLOAT32.pack(value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


def decimal_to_float32(value: Decimal) -> float:
    """Round a decimal number to the nearest FLOAT32 in one step.

    Going through FLOAT64 rounds twice, which goes wrong where the first rounding ends half-way
    between two FLOAT32.
    """
    double = float(value)
    nearest = round_to_float32(double)
    rest = double - nearest
    if not math.isfinite(double) or not math.isfinite(nearest) or not rest:
        return nearest
    beyond = round_to_float32(math.nextafter(double, math.copysign(math.inf, rest)))
    if beyond == nearest or beyond - double != rest:
        return nearest  # not half-way
    exact = Decimal(double)
    if value == exact:
        return nearest
    return max(nearest, beyond) if value > exact else min(nearest, beyond)


class MarkedInt(int):
    """An integer of a stated width; use one of its subclasses.

    Raises:
        DataError: The number does not fit the width.
    """

    __slots__ = ()
    bits: ClassVar[int] = 64

    def __new__(cls, value: SupportsInt | SupportsIndex | str = 0) -> Self:
        """Make the number; refuse what does not fit."""
        number = super().__new__(cls, value)
        if wrap_integer(number, cls.bits) != number:
            message = f"{int(number)} does not fit into {cls.bits} bits of {cls.__name__}"
            raise DataError(message)
        return number

    @classmethod
    def wrapped(cls, value: int) -> Self:
        """Make a number of the low bits of the value; never fails."""
        return int.__new__(cls, wrap_integer(value, cls.bits))


class Int8(MarkedInt):
    """An integer of 8 bits, Java's Byte."""

    __slots__ = ()
    bits = 8


class Int16(MarkedInt):
    """An integer of 16 bits, Java's Short."""

    __slots__ = ()
    bits = 16


class Int32(MarkedInt):
    """An integer of 32 bits, Java's Integer."""

    __slots__ = ()
    bits = 32


class Int64(MarkedInt):
    """An integer of 64 bits that fits no narrower schema, Java's Long."""

    __slots__ = ()
    bits = 64


class MarkedFloat(float):
    """A floating-point number of a stated width; use one of its subclasses."""

    __slots__ = ()


class Float32(MarkedFloat):
    """A number rounded to 32 bits, Java's Float."""

    __slots__ = ()

    def __new__(cls, value: SupportsFloat | SupportsIndex | str = 0.0) -> Self:
        """Round the number to 32 bits."""
        return super().__new__(cls, round_to_float32(float(value)))


class Float64(MarkedFloat):
    """A number of 64 bits that fits no narrower schema, Java's Double."""

    __slots__ = ()


def double_text(value: float) -> str:
    """Write a FLOAT64 as Java does: ``1.0``, ``1.0E10``, ``NaN``, ``-Infinity``.

    Differs: Java before 19 sometimes writes one digit more than needed.
    """
    text = repr(float(value))
    if sum(map(str.isdigit, text.partition("e")[0])) == 1:
        text = f"{float(value):.1e}"  # Java asks for two digits before it looks for fewer
    return _java_text(value, text)


def float32_text(value: float) -> str:
    """Write a FLOAT32 as Java does, with no more digits than tell it from its neighbours."""
    value = round_to_float32(value)
    if not math.isfinite(value):
        return _java_text(value, "")
    digits = 1
    text = f"{value:.{digits}e}"
    while round_to_float32(float(text)) != value:
        digits += 1
        text = f"{value:.{digits}e}"
    return _java_text(value, text)


def _java_text(value: float, text: str) -> str:
    """Lay out shortest decimal text (of Python's making) in Java's fashion."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    number = Decimal(text)
    if not number:
        return "-0.0" if number.is_signed() else "0.0"
    point = number.adjusted()
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    sign = "-" if number.is_signed() else ""
    if -3 <= point < 7:
        if point < 0:
            return f"{sign}0.{'0' * (-point - 1)}{digits}"
        return f"{sign}{digits[: point + 1]:0<{point + 1}}.{digits[point + 1 :] or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point}"
