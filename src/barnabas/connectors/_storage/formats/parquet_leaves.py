# SPDX-License-Identifier: Apache-2.0
"""Values without parts as Arrow arrays; see `parquet_columns`."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import pyarrow as pa

from barnabas import data
from barnabas.converters.avro import kinds, names
from barnabas.data import Schema, Type
from barnabas.data.numbers import FLOAT32_MAX
from barnabas.errors import DataError

__all__ = ["DEFAULT_PRECISION", "Leaf", "array_of", "leaf_for"]

DEFAULT_PRECISION: Final = 38
"""Digits of decimals that tell no precision."""
_MOST_DIGITS: Final = 76
_UTC_MS: Final = pa.timestamp("ms", tz="UTC")
_TIME_MS: Final = pa.time32("ms")
Values = Sequence[Any]


class Leaf(NamedTuple):
    """How values of one type become an array."""

    type: pa.DataType
    usual: frozenset[type]
    """Classes that ``make`` takes as they are."""
    make: Callable[[Values], pa.Array]
    prepare: Callable[[Any], Any]
    """Turns any value that matches the schema into one that ``make_prepared`` takes."""
    make_prepared: Callable[[Values], pa.Array]
    filler: Any


def array_of(values: Values, kind: pa.DataType) -> pa.Array:
    """Make an array; what is told here, Arrow need not find out for each small batch."""
    return pa.array(values, kind, from_pandas=False, size=len(values))


def leaf_for(schema: Schema, *, keeps_logical_types: bool) -> Leaf:
    """Choose the array for a schema without parts; see `parquet_columns.root_columns`."""
    if schema.name == data.LOGICAL_DECIMAL:
        kind = _decimal_type(schema) if keeps_logical_types else None
        return _plain_decimal(schema) if kind is None else _decimal(kind)
    if schema.name in _LOGICAL:
        logical, plain = _LOGICAL[schema.name]
        return logical if keeps_logical_types else plain
    if kinds.is_fixed(schema):
        return _fixed(int(schema.parameters[names.FIXED_SIZE]))
    return _BY_TYPE[schema.type]


def _simple(kind: pa.DataType, usual: type, prepare: Callable[[Any], Any], filler: Any) -> Leaf:
    def make(values: Values) -> pa.Array:
        return array_of(values, kind)

    return Leaf(kind, frozenset({usual}), make, prepare, make, filler)


def _narrow(kind: pa.DataType) -> Leaf:
    def make(values: Values) -> pa.Array:
        return array_of(values, kind).cast(pa.int32())

    return Leaf(pa.int32(), frozenset({int}), make, int, make, 0)


def _float32() -> Leaf:
    kind = pa.float32()

    def make(values: Values) -> pa.Array:
        if any(value is not None and abs(value) > FLOAT32_MAX for value in values):
            message = "a number may be too large"
            raise ValueError(message)
        return array_of(values, kind)

    return Leaf(kind, frozenset({float}), make, float, lambda v: array_of(v, kind), 0.0)


def _fixed(size: int) -> Leaf:
    return _simple(pa.binary(size), bytes, bytes, bytes(size))


def _decimal_type(schema: Schema) -> pa.DataType | None:
    """The decimal of Parquet; None when Parquet has none of that scale."""
    scale = data.decimal_scale(schema)
    text = schema.parameters.get(names.DECIMAL_PRECISION, "")
    if text.isascii() and text.isdigit():
        precision = int(text)
    else:
        precision = DEFAULT_PRECISION if scale <= DEFAULT_PRECISION else _MOST_DIGITS
    if scale < 0 or not max(scale, 1) <= precision <= _MOST_DIGITS:
        return None
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def _decimal(kind: pa.DataType) -> Leaf:
    def make(values: Values) -> pa.Array:
        return array_of(values, kind)

    def make_prepared(values: Values) -> pa.Array:
        try:
            return make(values)
        except pa.ArrowInvalid as error:
            message = (
                f"its digits do not fit {kind}, of precision {kind.precision} and scale"
                f" {kind.scale} ({error}); give the schema the parameter"
                f" {names.DECIMAL_PRECISION}, or keep bytes in place of logical types"
            )
            raise DataError(message) from error

    return Leaf(kind, frozenset({Decimal}), make, Decimal, make_prepared, Decimal(0))


def _plain_decimal(schema: Schema) -> Leaf:
    kind = pa.binary()

    def make_prepared(values: Values) -> pa.Array:
        return array_of(values, kind)

    return Leaf(
        kind,
        frozenset(),
        make_prepared,
        lambda value: data.encode_decimal(schema, value),
        make_prepared,
        data.decimal_from_unscaled(0, data.decimal_scale(schema)),
    )


_FIRST_DAY: Final = datetime.date(1970, 1, 1)
_FIRST_MOMENT: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def _make_moments(values: Values) -> pa.Array:
    if None in {value.tzinfo for value in values if value is not None}:
        message = "a Timestamp has no time zone"
        raise ValueError(message)
    return array_of(values, _UTC_MS)


def _temporal(
    kind: pa.DataType,
    base: pa.DataType,
    make: Callable[[Values], pa.Array],
    encode: Callable[[Any], int],
    filler: Any,
) -> tuple[Leaf, Leaf]:
    """The leaf of a logical type and that of its plain numbers."""
    usual = frozenset({type(filler)})

    def encoded(values: Values) -> pa.Array:
        return array_of(values, base)

    def viewed(values: Values) -> pa.Array:
        return encoded(values).view(kind)

    def plain(values: Values) -> pa.Array:
        return make(values).view(base)

    return (
        Leaf(kind, usual, make, encode, viewed, filler),
        Leaf(base, usual, plain, encode, encoded, filler),
    )


_LOGICAL: Final[dict[str | None, tuple[Leaf, Leaf]]] = {
    data.LOGICAL_DATE: _temporal(
        pa.date32(),
        pa.int32(),
        lambda values: array_of(values, pa.date32()),
        data.encode_date,
        _FIRST_DAY,
    ),
    data.LOGICAL_TIME: _temporal(
        _TIME_MS,
        pa.int32(),
        lambda values: array_of(values, _TIME_MS),
        data.encode_time,
        datetime.time(),
    ),
    data.LOGICAL_TIMESTAMP: _temporal(
        _UTC_MS, pa.int64(), _make_moments, data.encode_timestamp, _FIRST_MOMENT
    ),
}

_BY_TYPE: Final[dict[Type, Leaf]] = {
    Type.INT8: _narrow(pa.int8()),
    Type.INT16: _narrow(pa.int16()),
    Type.INT32: _simple(pa.int32(), int, int, 0),
    Type.INT64: _simple(pa.int64(), int, int, 0),
    Type.FLOAT32: _float32(),
    Type.FLOAT64: _simple(pa.float64(), float, float, 0.0),
    Type.BOOLEAN: _simple(pa.bool_(), bool, bool, filler=False),
    Type.STRING: _simple(pa.string(), str, str.__str__, ""),
    Type.BYTES: _simple(pa.binary(), bytes, bytes, b""),
}
