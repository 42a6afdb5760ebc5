# SPDX-License-Identifier: Apache-2.0
"""Rows of a database as values of records, by functions put together once for each result.

A column is converted as a whole: that all its values are of one class is a question to a set, and
only what is unusual is looked at one by one. Columns the driver already gives as Connect wants them
are not touched at all.

Source:
    Reference page *jdbc*, sections 2.5 and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias, cast

from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.source.column_readers import ColumnReader, column_reader
from barnabas.connectors.jdbc.source.moments import UnfitError
from barnabas.connectors.jdbc.source.positions import find_column, moments_reader, numbers_reader
from barnabas.connectors.jdbc.source.schemas import MappedColumn, MappingSettings, map_columns
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["Row", "RowMapping"]

Row: TypeAlias = tuple[Any, ...]
_Dicts: TypeAlias = Callable[[Iterable[Row]], list[dict[str, Any]]]


class RowMapping:
    """What the rows of one table or query become. Belongs to one thread.

    ``RowMapping.of(stream.columns, settings, name="orders")`` once for a result; then for each
    batch of rows ``rows(batch)``, and ``moments(names)(batch)`` or ``numbers(name)(batch)`` for
    offsets. Make a new one when the columns of the next result differ from `columns`, else keep the
    old one: when all records share one schema object, converters are faster.

    Attributes:
        columns: The columns as given.
        mapped: Those that become fields, in order.
        unsupported: Those without a Connect type; to be named to the user, once.
        schema: STRUCT schema of the values, without version.
    """

    def __init__(
        self, columns: Sequence[Column], settings: MappingSettings, name: str | None
    ) -> None:
        mapped, unsupported = map_columns(columns, settings)
        self.columns = tuple(columns)
        self.mapped = tuple(mapped)
        self.unsupported = tuple(unsupported)
        self.schema = Schema.struct([(each.name, each.schema) for each in mapped], name=name)
        self._settings = settings
        self._key: list[int] = [i for i, column in enumerate(columns) if column.auto_increment]
        readers = [(each.index, column_reader(each, settings)) for each in mapped]
        self._readers = [(index, reader) for index, reader in readers if reader is not None]
        self._dicts = _dicts_function(self.mapped, len(self.columns))

    @classmethod
    def of(
        cls,
        columns: Sequence[Column],
        settings: MappingSettings,
        *,
        name: str | None = None,
        key: Sequence[str] = (),
    ) -> RowMapping:
        """Put the functions for a result together.

        Args:
            columns: Columns of the result, in the order of its rows.
            settings: What decides the types.
            name: Name of the schema: the bare table name, None for a query.
            key: Columns that tell which row an error is about, such as the primary key; columns
                that count up by themselves are taken when there are none.

        Raises:
            DataError: Two columns have one label, or a column is of an unsupported type and the
                settings make that an error.
        """
        mapping = cls(columns, settings, name)
        if key:
            mapping._key = [find_column(columns, each) for each in key]
        return mapping

    def rows(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Make the values of records from rows of the driver, in the same order.

        Raises:
            DataError: A value does not fit its column's Connect type. The message names the column
                and the key of the row, not the value.
        """
        if not self._readers:
            return self._dicts(rows)
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        if not columns:
            return []
        for index, reader in self._readers:
            try:
                columns[index] = reader(columns[index])
            except UnfitError:
                raise self._refusal(rows, index, reader) from None
        return self._dicts(zip(*columns, strict=True))

    def moments(self, names: Sequence[str]) -> Callable[[Sequence[Row]], list[int | None]]:
        """Make the function that reads the timestamp of rows: the first column that is not null.

        It returns ns since 1970-01-01T00:00Z for each row, None where all columns are null. The
        points in time are those the records show, with all digits, whatever
        ``timestamp.granularity`` is.

        Args:
            names: Columns of ``timestamp.column.name``, in order; found by their exact name, else
                without regard to case.

        Raises:
            DataError: There is no such column, or more than one of this name in other case; or it
                holds neither timestamps nor dates.
        """
        return moments_reader(self.columns, names, self._settings)

    def numbers(self, name: str) -> Callable[[Sequence[Row]], list[int]]:
        """Make the function that reads the incrementing column of rows.

        The function raises DataError for a row in which it is null or beyond 2^63-1.

        Args:
            name: The column; found by its exact name, else without regard to case.

        Raises:
            DataError: There is no such column, or more than one; or its Connect type is neither
                INT8 to INT64 nor Decimal.
        """
        return numbers_reader(self.columns, name, self._settings)

    def _refusal(self, rows: Sequence[Row], index: int, reader: ColumnReader) -> DataError:
        """Find the value that cannot be converted."""
        column = self.columns[index]
        reason: object = "cannot be converted"
        where = ""
        for row in rows:
            try:
                reader([row[index]])
            except UnfitError as error:
                reason = error
                where = self._where(row)
                break
        message = (
            f"A value of column {column.name} ({column.type_name or column.jdbc_type.name})"
            f" {reason}{where}"
        )
        return DataError(message)

    def _where(self, row: Row) -> str:
        shown = [f"{self.columns[i].name}={str(row[i])[:_SHOWN_OF_KEY]}" for i in self._key]
        return f". It is in the row with {', '.join(shown)}" if shown else ""


_SHOWN_OF_KEY: Final = 100


def _dicts_function(mapped: Sequence[MappedColumn], width: int) -> _Dicts:
    """Make the function from rows to dicts, written out for these names.

    A display of known names takes 60 % of the time of ``dict(zip(names, row))``.
    """
    taken = {each.index for each in mapped}
    row = "".join(f"c{index}, " if index in taken else "_, " for index in range(width))
    members = ", ".join(f"{each.name!r}: c{each.index}" for each in mapped)
    code = f"lambda rows: [{{{members}}} for ({row}) in rows]"
    return cast("_Dicts", eval(code))  # noqa: S307 - names stand in it as literals only
