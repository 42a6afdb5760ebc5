# SPDX-License-Identifier: Apache-2.0
"""Which Connect schema each column of a database gets. Pure.

Source:
    Reference page *jdbc*, sections 4.1 to 4.4.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from typing import Final

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.time_zones import UTC, TimeZone
from barnabas.data import Schema, Type
from barnabas.errors import DataError

__all__ = [
    "POSTGRESQL",
    "CalendarSystem",
    "Granularity",
    "MappedColumn",
    "MappingSettings",
    "NumericMapping",
    "UnsupportedColumns",
    "is_timestamp",
    "map_columns",
    "schema_of_column",
    "shown_schema",
]


class NumericMapping(enum.Enum):
    """``numeric.mapping``: what becomes of NUMERIC columns."""

    NONE = "none"
    PRECISION_ONLY = "precision_only"
    BEST_FIT = "best_fit"
    BEST_FIT_EAGER_DOUBLE = "best_fit_eager_double"


class Granularity(enum.Enum):
    """``timestamp.granularity``: as what TIMESTAMP columns are written."""

    CONNECT_LOGICAL = "connect_logical"
    MICROS_LONG = "micros_long"
    MICROS_STRING = "micros_string"
    MICROS_ISO_DATETIME_STRING = "micros_iso_datetime_string"
    NANOS_LONG = "nanos_long"
    NANOS_STRING = "nanos_string"
    NANOS_ISO_DATETIME_STRING = "nanos_iso_datetime_string"


class CalendarSystem(enum.Enum):
    """``date.calendar.system``: how days before 1582-10-15 are counted."""

    LEGACY = "LEGACY"
    """Java's: by the Julian calendar."""
    PROLEPTIC_GREGORIAN = "PROLEPTIC_GREGORIAN"
    """As SQL does: by the rules of today."""


class UnsupportedColumns(enum.Enum):
    """``unsupported.columns``: what becomes of columns that no Connect type is known for."""

    ERROR = "error"
    """The table or query is refused, and the message names them."""
    SKIP = "skip"
    """They are left out, as Java's connector does, and named in a warning and at validation."""
    STRING = "string"
    """They become the text the database writes for them."""


@dataclasses.dataclass(frozen=True, slots=True)
class MappingSettings:
    """All settings that decide what rows become."""

    dialect: str = "GenericDatabaseDialect"
    """Its ``name``: ``PostgreSqlDatabaseDialect``, ..."""
    numeric_mapping: NumericMapping = NumericMapping.NONE
    granularity: Granularity = Granularity.CONNECT_LOGICAL
    zone: TimeZone = UTC
    calendar: CalendarSystem = CalendarSystem.LEGACY
    unsupported: UnsupportedColumns = UnsupportedColumns.SKIP


@dataclasses.dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column of a result, and the field it becomes."""

    index: int
    """Its place in the rows."""
    name: str
    """Name of the field: the column's label."""
    column: Column
    schema: Schema
    as_text: bool = False
    """Whether it is of a type Connect does not know, and is written as text."""


def map_columns(
    columns: Sequence[Column], settings: MappingSettings
) -> tuple[list[MappedColumn], list[Column]]:
    """Decide what the columns of a table or result become.

    Returns:
        The columns that become fields, in order; and those that no type is known for, which are
        among the first when `UnsupportedColumns.STRING` is set.

    Raises:
        DataError: Two columns have one label, or there are unsupported ones and the settings make
            them an error.
    """
    mapped: list[MappedColumn] = []
    unsupported: list[Column] = []
    for index, column in enumerate(columns):
        name = column.label or column.name
        schema = schema_of_column(column, settings)
        as_text = schema is None
        if schema is None:
            unsupported.append(column)
            if settings.unsupported is not UnsupportedColumns.STRING:
                continue
            schema = Schema(Type.STRING, optional=column.is_optional)
        mapped.append(MappedColumn(index, name, column, schema, as_text=as_text))
    if unsupported and settings.unsupported is UnsupportedColumns.ERROR:
        raise DataError(_refusal(unsupported))
    _check_names(mapped)
    return mapped, unsupported


def _refusal(unsupported: Sequence[Column]) -> str:
    named = ", ".join(f"{column.name} ({column.type_name})" for column in unsupported)
    return (
        f"No Connect type is known for these columns: {named}. Set unsupported.columns=string to"
        " write them as text, unsupported.columns=skip to leave them out, or cast them in a query"
    )


def _check_names(mapped: Sequence[MappedColumn]) -> None:
    names = [each.name for each in mapped]
    for name in names:
        if names.count(name) > 1:
            message = (
                f"The result has {names.count(name)} columns called {name!r}, and a record cannot:"
                " give them different names in the query, with AS"
            )
            raise DataError(message)


def schema_of_column(column: Column, settings: MappingSettings) -> Schema | None:
    """Choose the schema of one column; None when Connect has no type for it."""
    special = _SPECIAL.get(settings.dialect)
    chosen = special(column) if special is not None else None
    if chosen is None:
        chosen = _by_jdbc_type(column, settings)
    if chosen is not None and column.is_optional:
        return chosen.with_attributes(optional=True)
    return chosen


def shown_schema(schema: Schema) -> str:
    """Tell a schema in a few characters, for people: ``INT64``, ``Decimal(10, 2), optional``."""
    kind = (schema.name or schema.type.value.upper()).rpartition(".")[2]
    if schema.name == data.LOGICAL_DECIMAL:
        precision = schema.parameters.get(_PRECISION)
        scale = schema.parameters["scale"]
        kind += f"({precision}, {scale})" if precision else f"(scale {scale})"
    return f"{kind}, optional" if schema.optional else kind


# -- by java.sql.Types -----------------------------------------------------------------------------

_PRECISION: Final = "connect.decimal.precision"
_LONG_DIGITS: Final = 18
_MIN_SCALE: Final = -84
_ORACLE_NO_SCALE: Final = -127

_FIXED: Final = {
    JdbcType.BOOLEAN: data.BOOLEAN,
    JdbcType.BIT: data.INT8,
    JdbcType.BIGINT: data.INT64,
    JdbcType.REAL: data.FLOAT32,
    JdbcType.FLOAT: data.FLOAT64,
    JdbcType.DOUBLE: data.FLOAT64,
    JdbcType.CHAR: data.STRING,
    JdbcType.VARCHAR: data.STRING,
    JdbcType.LONGVARCHAR: data.STRING,
    JdbcType.NCHAR: data.STRING,
    JdbcType.NVARCHAR: data.STRING,
    JdbcType.LONGNVARCHAR: data.STRING,
    JdbcType.CLOB: data.STRING,
    JdbcType.NCLOB: data.STRING,
    JdbcType.DATALINK: data.STRING,
    JdbcType.SQLXML: data.STRING,
    JdbcType.BINARY: data.BYTES,
    JdbcType.VARBINARY: data.BYTES,
    JdbcType.LONGVARBINARY: data.BYTES,
    JdbcType.BLOB: data.BYTES,
    JdbcType.DATE: data.DATE,
    JdbcType.TIME: data.TIME,
}
_BY_SIGN: Final = {
    JdbcType.TINYINT: (data.INT8, data.INT16),
    JdbcType.SMALLINT: (data.INT16, data.INT32),
    JdbcType.INTEGER: (data.INT32, data.INT64),
}


_TIMESTAMPS: Final = frozenset(
    (JdbcType.TIMESTAMP, JdbcType.TIMESTAMP_WITH_TIMEZONE, JdbcType.DATETIMEOFFSET)
)


def is_timestamp(column: Column) -> bool:
    """Whether a column holds points in time, and ``timestamp.granularity`` applies to it."""
    return column.jdbc_type in _TIMESTAMPS


def _by_jdbc_type(column: Column, settings: MappingSettings) -> Schema | None:
    kind = column.jdbc_type
    if kind in _FIXED:
        return _FIXED[kind]
    if kind in _BY_SIGN:
        signed, unsigned = _BY_SIGN[kind]
        return signed if column.signed else unsigned
    if is_timestamp(column):
        return _timestamp(settings.granularity)
    if kind is JdbcType.DECIMAL:
        return _decimal(column)
    if kind is JdbcType.NUMERIC:
        return _numeric(column, settings)
    return None


def _timestamp(granularity: Granularity) -> Schema:
    if granularity is Granularity.CONNECT_LOGICAL:
        return data.TIMESTAMP
    return data.INT64 if granularity.value.endswith("_long") else data.STRING


def _decimal(column: Column, scale: int | None = None) -> Schema:
    scale = column.scale if scale is None else scale
    scale = -_ORACLE_NO_SCALE if scale == _ORACLE_NO_SCALE else scale
    return data.decimal_schema(scale, parameters={_PRECISION: str(column.precision)})


def _numeric(column: Column, settings: MappingSettings) -> Schema:
    precision, scale = column.precision, column.scale
    chosen = _NUMERIC[settings.numeric_mapping](precision, scale)
    if chosen is not None:
        return chosen
    has_no_limits = settings.dialect == POSTGRESQL and precision == 0 and scale == 0
    return _decimal(column, -_ORACLE_NO_SCALE if has_no_limits else None)


def _whole(precision: int) -> Schema:
    if precision > 9:
        return data.INT64
    if precision > 4:
        return data.INT32
    return data.INT16 if precision > 2 else data.INT8


def _precision_only(precision: int, scale: int) -> Schema | None:
    return _whole(precision) if scale == 0 and precision <= _LONG_DIGITS else None


def _best_fit(precision: int, scale: int) -> Schema | None:
    if precision > _LONG_DIGITS or scale < _MIN_SCALE:
        return None
    return _whole(precision) if scale < 1 else data.FLOAT64


def _best_fit_eager_double(precision: int, scale: int) -> Schema | None:
    if scale > 0:
        return data.FLOAT64
    return _best_fit(precision, scale)


_NUMERIC: Final = {
    NumericMapping.NONE: lambda _precision, _scale: None,
    NumericMapping.PRECISION_ONLY: _precision_only,
    NumericMapping.BEST_FIT: _best_fit,
    NumericMapping.BEST_FIT_EAGER_DOUBLE: _best_fit_eager_double,
}


# -- what dialects add -----------------------------------------------------------------------------


def _of_postgresql(column: Column) -> Schema | None:
    if column.jdbc_type is JdbcType.BIT:
        if column.precision <= 1:
            return data.BOOLEAN
        return data.INT8 if column.precision <= 8 else data.BYTES
    if column.jdbc_type is JdbcType.OTHER and column.type_name.lower() in _POSTGRESQL_TEXTS:
        return data.STRING
    return None


POSTGRESQL: Final = "PostgreSqlDatabaseDialect"
_POSTGRESQL_TEXTS: Final = frozenset(("json", "jsonb", "uuid"))

_SPECIAL: Final = {POSTGRESQL: _of_postgresql}
