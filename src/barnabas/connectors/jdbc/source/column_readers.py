# SPDX-License-Identifier: Apache-2.0
"""Functions that turn the values of one column into Connect's, whatever the driver gives.

Which function a column gets follows from its schema. Each one takes a whole column, looks at the
classes of its values once, and gives the very sequence back where nothing is to be done. Columns of
which the driver is known to give nothing unusual have no function at all.

Source:
    Reference page *jdbc*, sections 4.1 to 4.3.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, Inexact, InvalidOperation
from typing import Any, Final, TypeAlias

from barnabas import data
from barnabas.connectors.jdbc.columns import JdbcType
from barnabas.connectors.jdbc.source import granularity
from barnabas.connectors.jdbc.source.dates import date_column, time_column
from barnabas.connectors.jdbc.source.moments import Moments, UnfitError
from barnabas.connectors.jdbc.source.schemas import (
    POSTGRESQL,
    CalendarSystem,
    MappedColumn,
    MappingSettings,
    is_timestamp,
)
from barnabas.data import Schema, Type

__all__ = ["ColumnReader", "column_reader"]

ColumnReader: TypeAlias = Callable[[Sequence[Any]], Sequence[Any]]
"""Converts a column; raises UnfitError, also when given the offending value alone."""
_NONE: Final = type(None)
_Kinds = set[type]


def column_reader(mapped: MappedColumn, settings: MappingSettings) -> ColumnReader | None:
    """Choose the function for a column; None when its values need none."""
    if mapped.as_text:
        return _strings
    timed = _timed(mapped, settings)
    if timed is not None:
        return timed
    if settings.dialect == POSTGRESQL:
        return _of_postgresql(mapped)
    if mapped.column.type_name == "uniqueidentifier":
        return _upper_case_strings
    return _untimed(mapped.schema)


def _timed(mapped: MappedColumn, settings: MappingSettings) -> ColumnReader | None:
    is_legacy = settings.calendar is CalendarSystem.LEGACY
    if is_timestamp(mapped.column):
        moments = Moments(settings.zone, is_legacy=is_legacy)
        return granularity.reader(moments, settings.granularity, settings.zone)
    if mapped.schema.name == data.LOGICAL_DATE:
        is_year = mapped.column.type_name.upper() == "YEAR"
        return date_column(is_legacy=is_legacy, is_year=is_year)
    if mapped.schema.name == data.LOGICAL_TIME:
        return time_column(settings.zone)
    return None


def _untimed(schema: Schema) -> ColumnReader:
    if schema.name == data.LOGICAL_DECIMAL:
        return _decimals(schema)
    return _BY_TYPE[schema.type](schema)


# -- PostgreSQL: its driver gives exactly these classes --------------------------------------------

_AS_THEY_ARE: Final = frozenset(
    (
        *("bool", "int2", "int4", "int8", "oid", "float4", "float8", "bytea"),
        *("text", "varchar", "bpchar", "char", "name", "json", "jsonb", "uuid", "xml"),
        *("smallserial", "serial", "bigserial", "serial2", "serial4", "serial8"),
    )
)
"""Types whose values `barnabas.connectors.jdbc.drivers.postgresql_text` has loaded right."""


def _of_postgresql(mapped: MappedColumn) -> ColumnReader | None:
    schema, column = mapped.schema, mapped.column
    if schema.name == data.LOGICAL_DECIMAL:
        has_scale = column.precision > 0 and column.jdbc_type is JdbcType.NUMERIC
        return _finite if has_scale else _decimals(schema)
    return None if column.type_name in _AS_THEY_ARE else _untimed(schema)


def _finite(values: Sequence[Any]) -> Sequence[Any]:
    """Check for NaN and infinity, in a column whose Decimals all have its scale."""
    try:
        if Decimal(sum(filter(None, values))).is_finite():
            return values
    except InvalidOperation:  # infinity and its opposite
        pass
    for value in values:
        if value is not None and not value.is_finite():
            raise _infinite(value)
    return values


def _infinite(number: Decimal) -> UnfitError:
    return UnfitError(f"is {number}, which Connect's Decimal cannot be")


# -- any database ----------------------------------------------------------------------------------


def _column(wanted: type, one: Callable[[Any], Any]) -> ColumnReader:
    """Convert what is neither null nor of the wanted class."""
    usual: tuple[_Kinds, ...] = ({wanted}, {wanted, _NONE}, {_NONE}, set())

    def read(values: Sequence[Any]) -> Sequence[Any]:
        if set(map(type, values)) in usual:
            return values
        return [value if value is None or type(value) is wanted else one(value) for value in values]

    return read


def _integers(schema: Schema) -> ColumnReader:
    bits = int(schema.type.value[3:])
    high = (1 << (bits - 1)) - 1
    low = -high - 1
    whole = _column(int, _integer)

    def read(values: Sequence[Any]) -> Sequence[Any]:
        numbers = whole(values)
        try:
            if low <= min(numbers) and max(numbers) <= high:
                return numbers
        except (TypeError, ValueError):  # null among them, or no value at all
            pass
        for number in numbers:
            if number is not None and not low <= number <= high:
                message = f"is outside of {schema.type.name}, {low} to {high}{_WIDER}"
                raise UnfitError(message)
        return numbers

    return read


_WIDER: Final = "; cast the column in a query, declare it wider, or change numeric.mapping"


def _integer(value: Any) -> int:
    if isinstance(value, bytes | bytearray | memoryview):
        return int.from_bytes(value, "big")
    try:
        number = Decimal(value)
        if number == (whole := int(number)):
            return whole
    except (TypeError, ArithmeticError, ValueError):
        message = f"is no number but a value of class {type(value).__name__}"
        raise UnfitError(message) from None
    message = f"has digits behind the point, and a whole number is to be written{_WIDER}"
    raise UnfitError(message)


def _float(value: Any) -> float:
    text = value.translate(_MONEY) if isinstance(value, str) else value
    try:
        if isinstance(text, str) and text.startswith("("):
            return -float(text.strip("()"))
        return float(text)
    except (TypeError, ValueError):
        message = f"is no number but a value of class {type(value).__name__}"
        raise UnfitError(message) from None


_MONEY: Final = {ord("$"): None, ord(","): None}
_TRUE: Final = frozenset(("1", "t", "true", "y", "yes", "on"))
_FALSE: Final = frozenset(("0", "f", "false", "n", "no", "off"))


def _boolean(value: Any) -> bool:
    if isinstance(value, str):
        text = value.strip().lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        message = "is a text that is neither true nor false"
        raise UnfitError(message)
    if isinstance(value, bytes | bytearray | memoryview):
        return any(bytes(value))
    return bool(value)


def _string(value: Any) -> str:
    value = value.read() if hasattr(value, "read") else value
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            message = "is bytes that are no UTF-8 text"
            raise UnfitError(message) from None
    if isinstance(value, dict | list | bool):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _bytes(value: Any) -> bytes:
    value = value.read() if hasattr(value, "read") else value
    if isinstance(value, str):
        return value.encode()
    try:
        return memoryview(value).tobytes()
    except TypeError:
        message = f"is no bytes but a value of class {type(value).__name__}"
        raise UnfitError(message) from None


_strings: Final = _column(str, _string)
_upper_case_strings: Final = _column(str, lambda value: _string(value).upper())
"""As SQL Server's JDBC driver writes the UUIDs of its ``uniqueidentifier``."""
_BY_TYPE: Final[dict[Type, Callable[[Schema], ColumnReader]]] = {
    Type.INT8: _integers,
    Type.INT16: _integers,
    Type.INT32: _integers,
    Type.INT64: _integers,
    Type.FLOAT32: lambda _: _column(float, _float),
    Type.FLOAT64: lambda _: _column(float, _float),
    Type.BOOLEAN: lambda _: _column(bool, _boolean),
    Type.STRING: lambda _: _strings,
    Type.BYTES: lambda _: _column(bytes, _bytes),
}


def _decimals(schema: Schema) -> ColumnReader:
    """Bring numbers to the schema's scale; digits are added, never taken away."""
    scale = data.decimal_scale(schema)
    same_scale = Decimal((0, (1,), -scale))
    exact = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[Inexact, InvalidOperation])

    def one(value: Any) -> Decimal:
        number = _decimal(value)
        if number.same_quantum(same_scale):
            return number
        if not number.is_finite():
            raise _infinite(number)
        try:
            return number.quantize(same_scale, context=exact)
        except (Inexact, InvalidOperation):
            message = f"has more than {scale} digits behind the point, the scale of its column"
            raise UnfitError(message) from None

    def read(values: Sequence[Any]) -> Sequence[Any]:
        return [value if value is None else one(value) for value in values]

    return read


def _decimal(value: Any) -> Decimal:
    if type(value) is Decimal:
        return value
    try:
        return Decimal(repr(value) if isinstance(value, float) else value)
    except (TypeError, ValueError, ArithmeticError):
        message = f"is no number but a value of class {type(value).__name__}"
        raise UnfitError(message) from None
