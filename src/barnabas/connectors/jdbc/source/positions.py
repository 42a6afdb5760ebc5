# SPDX-License-Identifier: Apache-2.0
"""Reads from rows what offsets are made of: points in time and incrementing numbers.

Source:
    Reference page *jdbc*, sections 2.5 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.moments import Moments, UnfitError
from barnabas.connectors.jdbc.source.schemas import (
    CalendarSystem,
    MappingSettings,
    is_timestamp,
    schema_of_column,
)
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = ["find_column", "moments_reader", "numbers_reader"]

_MAX_LONG: Final = (1 << 63) - 1
_WHOLE: Final = frozenset((Type.INT8, Type.INT16, Type.INT32, Type.INT64))
_Row = tuple[Any, ...]


def find_column(columns: Sequence[Column], name: str) -> int:
    """Find the place of a column by its exact label, else without regard to case.

    Raises:
        DataError: There is none, or more than one in other case.
    """
    labels = [column.label or column.name for column in columns]
    if name in labels:
        return labels.index(name)
    found = [place for place, label in enumerate(labels) if label.lower() == name.lower()]
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(labels[place] for place in found)
        message = (
            f"More than one column is called {name} when case is ignored: {named}. Write the name"
            " as the database does"
        )
        raise DataError(message)
    message = f"There is no column {name} in the result, whose columns are: {', '.join(labels)}"
    raise DataError(message)


def numbers_reader(
    columns: Sequence[Column], name: str, settings: MappingSettings
) -> Callable[[Sequence[_Row]], list[int]]:
    """Make the function that reads the incrementing column; see `RowMapping.numbers`."""
    place = find_column(columns, name)
    column = columns[place]
    schema = schema_of_column(column, settings)
    if not _may_increment(schema):
        shown = column.type_name or column.jdbc_type.name
        message = f"Invalid type for incrementing column: {name} is of type {shown}"
        raise DataError(message)

    def number(value: Any) -> int:
        if type(value) is int and value <= _MAX_LONG:
            return value
        return _number(value, column)

    def read(rows: Sequence[_Row]) -> list[int]:
        values = [row[place] for row in rows]
        if set(map(type, values)) == {int} and max(values) <= _MAX_LONG:
            return values
        return [number(value) for value in values]

    return read


def _may_increment(schema: Schema | None) -> bool:
    if schema is None:
        return False
    if schema.name == data.LOGICAL_DECIMAL:
        return True  # Its scale says what it may hold; each value is looked at.
    return schema.name is None and schema.type in _WHOLE


def _number(value: Any, column: Column) -> int:
    shown = column.type_name or column.jdbc_type.name
    if value is None:
        message = (
            f"Null value for incrementing column of type: {shown}. Column {column.name} must not"
            " be null: fill it, or name another column in incrementing.column.name"
        )
        raise DataError(message)
    try:
        number = Decimal(value)
        whole = int(number)
    except (ArithmeticError, ValueError, TypeError):
        whole, number = 0, Decimal(1)
    if whole == number and whole <= _MAX_LONG:
        return whole
    message = (
        f"Invalid value for incrementing column {column.name} of type {shown}: it must be a whole"
        f" number up to {_MAX_LONG}"
    )
    raise DataError(message)


def moments_reader(
    columns: Sequence[Column], names: Sequence[str], settings: MappingSettings
) -> Callable[[Sequence[_Row]], list[int | None]]:
    """Make the function that reads the timestamp of rows; see `RowMapping.moments`."""
    places = [find_column(columns, name) for name in names]
    readers = [_moments_of(columns[place], settings) for place in places]
    if len(places) == 1:
        place, reader = places[0], readers[0]
        return lambda rows: reader([row[place] for row in rows])

    def read(rows: Sequence[_Row]) -> list[int | None]:
        found = [
            reader([row[place] for row in rows])
            for place, reader in zip(places, readers, strict=True)
        ]
        return [
            next((each for each in one if each is not None), None)
            for one in zip(*found, strict=True)
        ]

    return read


def _moments_of(
    column: Column, settings: MappingSettings
) -> Callable[[Sequence[Any]], list[int | None]]:
    is_sqlite = settings.dialect == "SqliteDatabaseDialect"
    if not (is_timestamp(column) or column.jdbc_type is JdbcType.DATE or is_sqlite):
        message = (
            f"Column {column.name} of type {column.type_name or column.jdbc_type.name} holds no"
            " points in time: timestamp.column.name takes columns of timestamps or dates"
        )
        raise DataError(message)
    is_legacy = settings.calendar is CalendarSystem.LEGACY
    moments = Moments(settings.zone, is_legacy=is_legacy)

    def read(values: Sequence[Any]) -> list[int | None]:
        try:
            return [None if us is None else us * 1000 for us in moments.micros(values)]
        except UnfitError as error:
            message = f"A value of timestamp column {column.name} {error}"
            raise DataError(message) from None

    return read
