# SPDX-License-Identifier: Apache-2.0
"""Text to values: what SimpleHeaderConverter and header casts understand.

``42`` is an INT8, ``1.5`` a FLOAT32, ``2019-08-23`` a Date, ``[1,2]`` an ARRAY, ``{"a":1}`` a MAP;
what is none of these is the STRING it was. The text is cut into tokens at ``: , { } [ ] "``, where
a backslash protects the character behind it and stays in the text. Only the first value counts:
``1:2`` is the INT8 1, and text behind a closed array or map is ignored.

Numbers in arrays and maps are marked with their width (`Int8` … `Float32`), since Java keeps the
width of an element even where the element schema is unknown or another.

Differs: an array as the key of a map becomes a tuple, for a Python key must be hashable; a map as a
key, or nesting beyond 200 levels, makes the whole text a STRING. Keys that Python holds for equal
(``1`` and ``true``) fall together.

Source: reference page ``data-model``, section 4.1.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from barnabas.data.calendars import parse_date, parse_time, parse_timestamp
from barnabas.data.coercion import (
    date_from_ms,
    parse_decimal,
    time_from_ms,
    to_date,
    to_decimal,
    to_float32,
    to_float64,
    to_int8,
    to_int16,
    to_int32,
    to_int64,
    to_time,
    to_timestamp,
)
from barnabas.data.logical import (
    DATE,
    EXACT,
    TIME,
    TIMESTAMP,
    decimal_scale,
    decimal_schema,
    decode_timestamp,
    scale_of,
)
from barnabas.data.numbers import Float32, Int8, Int16, Int32, decimal_to_float32
from barnabas.data.schema import (
    BOOLEAN,
    FLOAT32,
    FLOAT64,
    INT8,
    INT16,
    INT32,
    INT64,
    STRING,
    Schema,
    SchemaAndValue,
)
from barnabas.data.types import (
    DAY_MS,
    LOGICAL_DATE,
    LOGICAL_DECIMAL,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    Type,
)
from barnabas.errors import DataError

__all__ = ["parse_string"]

_TOKEN: Final = re.compile(r'[:,{}\[\]"]|(?:[^\\:,{}\[\]"]++|\\.?)++', re.DOTALL)
"""A delimiter, or all up to the next one, where a backslash takes what follows along."""
_BLANKS: Final = "".join(map(chr, range(33)))
"""What Java trims: all up to the space, and nothing beyond ASCII."""
_DEEPEST: Final = 200
_BEYOND_INT64: Final = Decimal(10) ** 19
_DATE_LENGTH, _TIME_LENGTH, _TIMESTAMP_LENGTH = 10, 13, 24
_LITERALS: Final = {
    "null": None,
    "true": SchemaAndValue(BOOLEAN, True),
    "false": SchemaAndValue(BOOLEAN, False),
}
_WIDTHS: Final = (
    Type.INT8,
    Type.INT16,
    Type.INT32,
    Type.INT64,
    Type.FLOAT32,
    Type.FLOAT64,
)


def parse_string(text: str | None) -> SchemaAndValue | None:
    """Find the schema and value a text stands for.

    Returns:
        Schema and value; both None for no text at all; None in place of the pair for the literal
        ``null`` (as Java, whose callers must tell the two apart). Numbers inside arrays and maps
        are marked with their width.
    """
    if text is None:
        return SchemaAndValue(None, None)
    if not text:
        return SchemaAndValue(STRING, text)
    return _Reader(text).read(embedded=False)


class _UnreadableError(DataError):
    """What looked like an array or a map is none; the text is then taken as it is."""


class _Tokens:
    """Cuts a text into tokens, with one token of look-ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at = 0
        self._ahead: str | None = None

    def mark(self) -> int:
        """Return the position of the next token, to rewind to."""
        return self._at - (0 if self._ahead is None else len(self._ahead))

    def rewind(self, position: int) -> None:
        self._at = position
        self._ahead = None

    def has_next(self) -> bool:
        return self._ahead is not None or self._at < len(self.text)

    def next(self) -> str:
        token, self._ahead = self._ahead, None
        return self._cut() if token is None else token

    def next_joined(self, count: int) -> str | None:
        """Take so many tokens as one text; None, and nothing taken, when there are fewer."""
        start = self.mark()
        for _ in range(count):
            if not self.has_next():
                self.rewind(start)
                return None
            self.next()
        return self.text[start : self._at]

    def take(self, expected: str) -> bool:
        """Take the next token if it is the one expected; blank tokens before it are dropped."""
        if self._ahead is None:
            if not self.has_next():
                return False
            self._ahead = self._cut()
        while not self._ahead.strip(_BLANKS) and self._at < len(self.text):
            self._ahead = self._cut()
        if self._ahead.strip(_BLANKS) != expected:
            return False
        self._ahead = None
        return True

    def _cut(self) -> str:
        found = _TOKEN.match(self.text, self._at)
        token = "" if found is None else found[0]
        self._at += len(token)
        return token


class _Merge:
    """The schema that all elements of an array, or all keys or values of a map, have in common."""

    def __init__(self) -> None:
        self.schema: Schema | None = None
        self._compatible = True

    def add(self, parsed: SchemaAndValue | None) -> None:
        if parsed is None or parsed.schema is None or not self._compatible:
            return
        if self.schema is None:
            self.schema = parsed.schema
        else:
            self.schema = _common_schema(self.schema, parsed.schema)
            self._compatible = self.schema is not None


class _Reader:
    """Reads one value off the tokens of a text."""

    def __init__(self, text: str) -> None:
        self._tokens = _Tokens(text)
        self._depth = 0

    def read(self, *, embedded: bool) -> SchemaAndValue | None:
        """Read a value; inside an array or map it must be one, outside it may be any text.

        Raises:
            DataError: Only if embedded: the next token begins no value.
        """
        tokens = self._tokens
        if not tokens.has_next():
            return None
        if embedded and tokens.take('"'):
            return self._read_quoted()
        for literal, meaning in _LITERALS.items():
            if self._takes_literal(literal, embedded=embedded):
                return meaning
        start = tokens.mark()
        try:
            compound = self._read_compound()
        except DataError:
            tokens.rewind(start)
        else:
            if compound is not None:
                return compound
        token = tokens.next()
        bare = token.strip(_BLANKS)
        if not bare:
            return SchemaAndValue(STRING, token)
        return self._read_bare(bare, embedded=embedded)

    def _takes_literal(self, literal: str, *, embedded: bool) -> bool:
        start = self._tokens.mark()
        if self._tokens.take(literal) and (embedded or not self._tokens.has_next()):
            return True
        self._tokens.rewind(start)
        return False

    def _read_bare(self, token: str, *, embedded: bool) -> SchemaAndValue:
        begins_with_digit = token[0].isdecimal()
        if begins_with_digit:
            point = self._read_point(token)
            if point is not None:
                return point
        if begins_with_digit or token[0] in "+-":
            number = parse_decimal(token)
            if number is not None:
                return _smallest(number)
        if embedded:
            raise _UnreadableError  # a bare word
        return SchemaAndValue(STRING, self._tokens.text)

    def _read_point(self, token: str) -> SchemaAndValue | None:
        """Read a point in time, whose colons have cut it into five tokens."""
        start = self._tokens.mark()
        more = self._tokens.next_joined(4)
        point = None if more is None else _point(token + more)
        if point is not None:
            return point
        self._tokens.rewind(start)
        return _point(token)

    def _read_quoted(self) -> SchemaAndValue:
        tokens = self._tokens
        parts = []
        while tokens.has_next() and not tokens.take('"'):
            parts.append(tokens.next())
        content = "".join(parts)
        return _point(content) or SchemaAndValue(STRING, content)

    def _read_compound(self) -> SchemaAndValue | None:
        read = self._read_array if self._tokens.take("[") else None
        if read is None and self._tokens.take("{"):
            read = self._read_map
        if read is None:
            return None
        self._depth += 1
        try:
            if self._depth > _DEEPEST:
                raise _UnreadableError  # deep enough to exhaust the stack
            return read()
        finally:
            self._depth -= 1

    def _read_array(self) -> SchemaAndValue:
        tokens = self._tokens
        merge = _Merge()
        values: list[Any] = []
        while tokens.has_next():
            if tokens.take("]"):
                if merge.schema is None:
                    return SchemaAndValue(Schema(Type.ARRAY), values)
                aligned = [_aligned(merge.schema, value) for value in values]
                return SchemaAndValue(Schema.array(merge.schema), aligned)
            if tokens.take(","):
                raise _UnreadableError  # an empty array element
            element = self.read(embedded=True)
            merge.add(element)
            values.append(None if element is None else element.value)
            end = tokens.mark()
            if tokens.take("]"):
                tokens.rewind(end)
            elif not tokens.take(","):
                raise _UnreadableError  # array elements without a comma between them
        raise _UnreadableError  # an array that is not closed

    def _read_map(self) -> SchemaAndValue:
        tokens = self._tokens
        key_merge, value_merge = _Merge(), _Merge()
        pairs: list[tuple[Any, Any]] = []
        while tokens.has_next():
            if tokens.take("}"):
                return _aligned_map(key_merge.schema, value_merge.schema, pairs)
            if tokens.take(","):
                raise _UnreadableError  # an empty map entry
            key = self.read(embedded=True)
            if key is None:
                raise _UnreadableError  # a map entry without a key
            if not tokens.take(":"):
                raise _UnreadableError  # a map entry without a colon
            value = self.read(embedded=True)
            pairs.append((key.value, None if value is None else value.value))
            tokens.take(",")
            key_merge.add(key)
            value_merge.add(value)
        raise _UnreadableError  # a map that is not closed


def _smallest(number: Decimal) -> SchemaAndValue:
    """Choose the narrowest type that holds a number; fractions are taken for FLOAT32."""
    if abs(number) < _BEYOND_INT64 and number == number.to_integral_value(context=EXACT):
        whole = int(number)
        for schema, width, bits in (
            (INT8, Int8, 8),
            (INT16, Int16, 16),
            (INT32, Int32, 32),
            (INT64, int, 64),
        ):
            if -(1 << (bits - 1)) <= whole < 1 << (bits - 1):
                return SchemaAndValue(schema, width(whole))
    scale = scale_of(number)
    if scale != 0:
        narrow = decimal_to_float32(number)
        if math.isfinite(narrow):
            return SchemaAndValue(FLOAT32, Float32(narrow))
        if math.isfinite(float(number)):
            return SchemaAndValue(FLOAT64, float(number))
    return SchemaAndValue(decimal_schema(scale), number)


def _point(text: str) -> SchemaAndValue | None:
    text = text.replace("\\:", ":")
    if len(text) == _TIME_LENGTH:
        ms = parse_time(text)
        return None if ms is None else SchemaAndValue(TIME, time_from_ms(ms))
    if len(text) == _TIMESTAMP_LENGTH:
        ms = parse_timestamp(text)
        return None if ms is None else SchemaAndValue(TIMESTAMP, decode_timestamp(ms))
    if len(text) == _DATE_LENGTH:
        days = parse_date(text)
        return None if days is None else SchemaAndValue(DATE, date_from_ms(days * DAY_MS))
    return None


def _common_schema(one: Schema, other: Schema) -> Schema | None:
    """Return the later of two schemas of one type, or the wider of two numbers' schemas."""
    if one.type is other.type:
        return other
    if one.type not in _WIDTHS or other.type not in _WIDTHS:
        return None
    return max(one, other, key=lambda schema: _WIDTHS.index(schema.type))


def _aligned_map(
    keys: Schema | None, values: Schema | None, pairs: list[tuple[Any, Any]]
) -> SchemaAndValue:
    if keys is None:
        return SchemaAndValue(Schema(Type.MAP), {_hashable(k): v for k, v in pairs})
    schema = Schema(Type.MAP, key_schema=keys, value_schema=values)
    merged = {_hashable(key): value for key, value in pairs}
    return SchemaAndValue(
        schema,
        {
            _aligned(keys, key): value if values is None else _aligned(values, value)
            for key, value in merged.items()
        },
    )


def _hashable(key: Any) -> Any:
    if isinstance(key, list):
        return tuple(map(_hashable, key))
    if isinstance(key, dict):
        raise _UnreadableError  # a map as the key of a map
    return key


def _aligned(schema: Schema, value: Any) -> Any:
    """Bring a value to the schema its neighbours share.

    Raises:
        DataError: It is null, or Java has no way from one to the other.
    """
    if value is None:
        raise _UnreadableError  # null among other values
    if schema.name in _LOGICAL_ALIGNMENTS:
        return _LOGICAL_ALIGNMENTS[schema.name](None, value)
    if schema.name == LOGICAL_DECIMAL:
        return to_decimal(None, value, decimal_scale(schema))
    align = _NUMBER_ALIGNMENTS.get(schema.type)
    return value if align is None else align(None, value)


_LOGICAL_ALIGNMENTS: Final[dict[str | None, Callable[[Schema | None, Any], Any]]] = {
    LOGICAL_DATE: to_date,
    LOGICAL_TIME: to_time,
    LOGICAL_TIMESTAMP: to_timestamp,
}

_NUMBER_ALIGNMENTS: Final[dict[Type, Callable[[Schema | None, Any], Any]]] = {
    Type.INT8: to_int8,
    Type.INT16: to_int16,
    Type.INT32: to_int32,
    Type.INT64: to_int64,
    Type.FLOAT32: to_float32,
    Type.FLOAT64: to_float64,
}
