# SPDX-License-Identifier: Apache-2.0
"""Values without parts, made ready for fastavro: checked, and in the base form of their type.

Source:
    Reference page *Schema Registry*, section 5.2.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from barnabas import data
from barnabas.converters.avro.model import PRIMITIVES, AvroSchema
from barnabas.converters.decimals import decimal_column, decimal_value
from barnabas.converters.fitting import refusal
from barnabas.data import Schema, Type
from barnabas.data.types import DAY_MS
from barnabas.errors import DataError

__all__ = ["PRIMITIVES", "Columns", "Kinds", "Plain", "each", "enum", "fixed", "plain"]

Kinds = set[type]


Columns = Callable[[Sequence[Any]], Sequence[Sequence[Any]] | None]
"""Cuts structs into columns that are ready; None when one is unusual and ``many`` must see it."""


class Plain(NamedTuple):
    """Functions for values that are not null; ``many`` is told the classes it will meet.

    ``many`` returns the very list it was given when nothing had to be changed.
    """

    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any], Kinds], Sequence[Any]]
    columns: Columns | None = None


def plain(schema: Schema) -> Plain:
    """Put together the functions for a schema without parts."""
    logical = _LOGICAL.get(schema.name or "")
    return (logical or _BY_TYPE[schema.type])(schema)


def each(one: Callable[[Any], Any]) -> Plain:
    """Look at each value alone."""
    return Plain(one, lambda values, _kinds: [one(value) for value in values])


def enum(schema: Schema, avro: AvroSchema) -> Plain:
    """Check that a text is a symbol."""
    symbols = frozenset(avro.symbols)

    def one(value: Any) -> Any:
        if isinstance(value, str) and value in symbols:
            return value
        message = (
            f"{value!r} is no symbol of the enum {avro.full_name}, which has:"
            f" {', '.join(avro.symbols)}"
        )
        raise DataError(message)

    return each(one)


def fixed(schema: Schema, size: int) -> Plain:
    """Check that bytes have the size; those of a Decimal are filled up to it."""
    if schema.name == data.LOGICAL_DECIMAL:
        unscaled = _decimal(schema).one

        def decimal(value: Any) -> bytes:
            content: bytes = unscaled(value)
            if len(content) > size:
                message = (
                    f"Unscaled value byte array length {len(content)} is greater than fixed size"
                    f" {size}: {value} of {schema}"
                )
                raise DataError(message)
            return (b"\xff" if content[0] > 127 else b"\0") * (size - len(content)) + content

        return each(decimal)
    matches = schema.matches

    def one(value: Any) -> bytes:
        if not matches(value):
            raise refusal(schema, value)
        content = bytes(value)
        if len(content) != size:
            message = f"{schema} holds {size} bytes, not {len(content)}: {content[:50]!r}"
            raise DataError(message)
        return content

    return each(one)


def _integer(schema: Schema) -> Plain:
    bits = int(schema.type.value[3:])
    high = (1 << (bits - 1)) - 1
    low = -high - 1
    matches = schema.matches

    def one(value: Any) -> Any:
        if type(value) is int and low <= value <= high:
            return value
        if matches(value):
            return int(value)
        raise refusal(schema, value)

    def many(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        if kinds == {int} and low <= min(values) and max(values) <= high:
            return values
        return [one(value) for value in values]

    return Plain(one, many)


def _float(schema: Schema) -> Plain:
    matches = schema.matches
    is_double = schema.type is Type.FLOAT64

    def one(value: Any) -> Any:
        if matches(value):
            return float(value)
        raise refusal(schema, value)

    def many(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        if is_double and kinds == {float}:
            return values
        return [one(value) for value in values]

    return Plain(one, many)


def _of_class(wanted: type, convert: Callable[[Any], Any]) -> Callable[[Schema], Plain]:
    def make(schema: Schema) -> Plain:
        matches = schema.matches

        def one(value: Any) -> Any:
            if type(value) is wanted:
                return value
            if matches(value):
                return convert(value)
            raise refusal(schema, value)

        def many(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
            return values if kinds == {wanted} else [one(value) for value in values]

        return Plain(one, many)

    return make


def _decimal(schema: Schema) -> Plain:
    encode = decimal_value(schema)

    def one(value: Any) -> bytes:
        if not schema.matches(value):
            raise refusal(schema, value)
        return encode(value)

    return Plain(one, decimal_column(schema, one))


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()


def _timestamp(schema: Schema) -> Plain:
    one = _checked(schema, data.encode_timestamp)

    def many(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        if kinds == {datetime.datetime}:
            try:
                return [
                    (past := value - _EPOCH).days * DAY_MS
                    + past.seconds * 1000
                    + past.microseconds // 1000
                    for value in values
                ]
            except TypeError:  # a value without zone: one by one, for the message
                pass
        return [one(value) for value in values]

    return Plain(one, many)


def _date(schema: Schema) -> Plain:
    one = _checked(schema, data.encode_date)

    def many(values: Sequence[Any], kinds: Kinds) -> Sequence[Any]:
        if kinds == {datetime.date}:
            return [value.toordinal() - _EPOCH_ORDINAL for value in values]
        return [one(value) for value in values]

    return Plain(one, many)


def _time(schema: Schema) -> Plain:
    return each(_checked(schema, data.encode_time))


def _checked(schema: Schema, encode: Callable[[Any], int]) -> Callable[[Any], int]:
    matches = schema.matches

    def one(value: Any) -> int:
        if matches(value):
            return encode(value)
        raise refusal(schema, value)

    return one


_LOGICAL: Final[dict[str, Callable[[Schema], Plain]]] = {
    data.LOGICAL_DECIMAL: _decimal,
    data.LOGICAL_DATE: _date,
    data.LOGICAL_TIME: _time,
    data.LOGICAL_TIMESTAMP: _timestamp,
}

_BY_TYPE: Final[dict[Type, Callable[[Schema], Plain]]] = {
    Type.INT8: _integer,
    Type.INT16: _integer,
    Type.INT32: _integer,
    Type.INT64: _integer,
    Type.FLOAT32: _float,
    Type.FLOAT64: _float,
    Type.BOOLEAN: _of_class(bool, bool),
    Type.STRING: _of_class(str, str.__str__),
    Type.BYTES: _of_class(bytes, bytes),
}
