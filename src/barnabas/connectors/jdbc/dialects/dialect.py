# SPDX-License-Identifier: Apache-2.0
"""The SQL of a database of which nothing is known, and what others change of it.

A dialect makes texts and converts values; it asks no database anything. All statements have ``?``
for their parameters (`barnabas.connectors.jdbc.placeholders`).

Source: reference page ``jdbc``, sections 2.4, 5, 6.3 and 6.4.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.dialects.literals import value_literal
from barnabas.connectors.jdbc.identifiers import IdentifierRules, TableId
from barnabas.errors import ConnectError, UnsupportedError

__all__ = ["Dialect", "SinkField", "Statement"]


@dataclasses.dataclass(frozen=True, slots=True)
class SinkField:
    """A column a sink wants to have in its table."""

    name: str
    schema: data.Schema
    is_key: bool = False
    """Whether it belongs to the primary key, where nothing is null."""
    timestamp_digits: int | None = None
    """6 or 9 when the field is in ``timestamp.fields.list``; None otherwise."""

    @property
    def is_optional(self) -> bool:
        """Whether its column may hold null."""
        return self.schema.optional and not self.is_key


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What a sink writes to: the table, its key and the other columns, in the order of parameters.

    Parameters come in this order: INSERT and UPSERT keys then values, UPDATE values then keys,
    DELETE keys.
    """

    table: TableId
    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    definition: TableDefinition | None = None
    """The table as it is in the database; decides casts and types. None when not read."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys, then the other columns."""
        return (*self.keys, *self.values)

    def target(self, name: str) -> Column | None:
        """The column of the database of that name, if the table was read."""
        return None if self.definition is None else self.definition.column(name)


class Dialect:
    """SQL as far as databases agree; the base of all dialects.

    One is made per connector or task and is immutable afterwards: every thread may use it.
    """

    name: ClassVar[str] = "GenericDatabaseDialect"
    """What users write in ``dialect.name``."""
    subprotocols: ClassVar[tuple[str, ...]] = ()
    """What stands behind ``jdbc:`` in its URLs."""
    backends: ClassVar[tuple[str, ...]] = ()
    """What SQLAlchemy calls it, the part of its URLs before ``+`` or ``:``."""
    default_rules: ClassVar[IdentifierRules] = IdentifierRules()
    clock_query: ClassVar[str] = "SELECT CURRENT_TIMESTAMP"
    """Returns one row with one column: the time of the database."""
    check_query: ClassVar[str] = "SELECT 1"
    """The cheapest query there is, to see whether a connection is alive."""
    brackets: ClassVar[bool] = False
    """Whether ``[name]`` is a quoted name in statements."""
    backslashes: ClassVar[bool] = False
    """Whether a backslash escapes inside of a string in statements."""
    types: ClassVar[dict[data.Type, str]] = {}
    """Column type for a plain Connect type."""
    logical_types: ClassVar[dict[str, str]] = {}
    """Column type for a logical type; ``{scale}`` stands for the scale of a Decimal."""
    key_types: ClassVar[dict[data.Type, str]] = {}
    """Column type for a plain Connect type in the primary key, where it is another one."""
    timestamp_type: ClassVar[str] = "TIMESTAMP"
    """Column type for a field of ``timestamp.fields.list``; ``{digits}`` is 6 or 9."""

    def __init__(
        self,
        *,
        quoting: bool = True,
        zone: datetime.tzinfo = datetime.UTC,
        merge_holdlock: bool = True,
    ) -> None:
        """Make the dialect.

        Args:
            quoting: False for ``quote.sql.identifiers=never``.
            zone: Zone in which times are written into DDL (``db.timezone``).
            merge_holdlock: ``mssql.use.merge.holdlock``, of SQL Server alone.
        """
        self.rules: IdentifierRules = dataclasses.replace(self.default_rules, quoting=quoting)
        self.zone = zone
        self.merge_holdlock = merge_holdlock

    def adapted(self, engine_dialect: Any) -> Dialect:
        """Return a dialect that uses what SQLAlchemy knows; `GenericDialect` alone does."""
        del engine_dialect
        return self

    # -- names ------------------------------------------------------------------------------------

    def parse_table(self, text: str) -> TableId:
        """Read the name of a table as users write it, such as ``public.users``.

        Raises:
            ConfigError: It is no name of a table.
        """
        found = self.rules.parse(text)
        catalog, schema = (part and self.fold(part) for part in (found.catalog, found.schema))
        return TableId(catalog, schema, self.fold(found.table))

    def fold(self, name: str) -> str:
        """Write a configured name as the database keeps it."""
        return name

    def skips(self, table: TableId) -> bool:
        """Whether a table belongs to the database itself and is never read."""
        del table
        return False

    # -- statements of a sink ---------------------------------------------------------------------

    def create_table(self, table: TableId, fields: Sequence[SinkField]) -> str:
        """Write CREATE TABLE for the fields in their order.

        Raises:
            ConnectError: A field's schema has no column type here, or there is no field.
        """
        if not fields:
            message = f"Cannot create table {table}: there is no field to make a column of"
            raise ConnectError(message)
        lines = [self.column_spec(field) for field in fields]
        keys = [field.name for field in fields if field.is_key]
        if keys:
            lines.append(f"PRIMARY KEY({self._list(keys)})")
        return f"CREATE TABLE {self.rules.quoted(table)} (\n" + ",\n".join(lines) + ")"

    def alter_table(self, table: TableId, fields: Sequence[SinkField]) -> list[str]:
        """Write the statements that add columns to a table.

        Raises:
            ConnectError: A field's schema has no column type here.
        """
        specs = [f"ADD {self.column_spec(field)}" for field in fields]
        separator = "\n" if len(specs) > 1 else ""
        return [f"ALTER TABLE {self.rules.quoted(table)} {separator}" + ",\n".join(specs)]

    def drop_table(self, table: TableId, *, if_exists: bool = False) -> str:
        """Write DROP TABLE."""
        return f"DROP TABLE {'IF EXISTS ' if if_exists else ''}{self.rules.quoted(table)}"

    def insert(self, to: Statement) -> str:
        """Write INSERT of one row; parameters: keys, then values."""
        marks = ",".join("?" * len(to.columns))
        return (
            f"INSERT INTO {self.rules.quoted(to.table)}({self._list(to.columns)}) VALUES({marks})"
        )

    def upsert(self, to: Statement) -> str:
        """Write the statement that inserts a row or changes the one with its key.

        Raises:
            ConnectError: There is no key.
            UnsupportedError: The database has no such statement.
        """
        if not to.keys:
            message = (
                f"Write to table '{to.table}' in UPSERT mode requires key field names to be known,"
                " check the primary key configuration"
            )
            raise ConnectError(message)
        return self._upsert(to)

    def _upsert(self, to: Statement) -> str:
        message = (
            f"Write to table '{to.table}' in UPSERT mode is not supported with the {self.name}"
            " dialect."
        )
        raise UnsupportedError(message)

    def update(self, to: Statement) -> str:
        """Write UPDATE of one row; parameters: values, then keys. Without keys: of every row."""
        changes = ", ".join(f"{self.rules.quote(name)} = ?" for name in to.values)
        return f"UPDATE {self.rules.quoted(to.table)} SET {changes}{self._where(to)}"

    def delete(self, to: Statement) -> str:
        """Write DELETE of one row; parameters: keys."""
        return f"DELETE FROM {self.rules.quoted(to.table)}{self._where(to)}"

    def _where(self, to: Statement) -> str:
        if not to.keys:
            return ""
        return " WHERE " + " AND ".join(f"{self.rules.quote(name)} = ?" for name in to.keys)

    def _list(self, names: Sequence[str], prefix: str = "") -> str:
        return ",".join(prefix + self.rules.quote(name) for name in names)

    # -- columns of a sink ------------------------------------------------------------------------

    def column_spec(self, field: SinkField) -> str:
        """Write a column as it stands in CREATE TABLE: name, type, default or null.

        Raises:
            ConnectError: The field's schema has no column type here.
        """
        start = f"{self.rules.quote(field.name)} {self.column_type(field)}"
        if field.schema.default is not None:
            return f"{start} DEFAULT {self.literal(field.schema, field.schema.default)}"
        return start + (" NULL" if field.is_optional else " NOT NULL")

    def column_type(self, field: SinkField) -> str:
        """Name the column type for a field.

        Raises:
            ConnectError: The field's schema has no column type here.
        """
        schema = field.schema
        if field.timestamp_digits is not None:
            return self.timestamp_type.replace("{digits}", str(field.timestamp_digits))
        found = self.logical_types.get(schema.name or "")
        if found is None and field.is_key:
            found = self.key_types.get(schema.type)
        found = found or self.types.get(schema.type)
        if found is None:
            raise ConnectError(self._unmapped(field))
        if "{scale}" in found:
            found = found.replace("{scale}", str(data.decimal_scale(schema)))
        return found

    def _unmapped(self, field: SinkField) -> str:
        schema = field.schema
        return (
            f"{schema.name or 'null'} ({schema.type.name}) type doesn't have a mapping to the SQL"
            f" database column type (field '{field.name}', {self.name})"
        )

    # -- values -----------------------------------------------------------------------------------

    def literal(self, schema: data.Schema, value: Any) -> str:
        """Write a value as it stands in DDL behind DEFAULT.

        Raises:
            ConnectError: Values of this schema cannot be written.
        """
        written = value_literal(schema, value, self.zone)
        if isinstance(written, bool):
            return self.boolean_literal(written)
        return self.bytes_literal(written) if isinstance(written, bytes) else written

    def boolean_literal(self, value: bool) -> str:
        """Write a boolean."""
        return "1" if value else "0"

    def bytes_literal(self, value: bytes) -> str:
        """Write a byte string."""
        return f"x'{value.hex().upper()}'"

    def binder(
        self, schema: data.Schema, column: Column | None = None
    ) -> Callable[[Any], Any] | None:
        """Return what turns a value into the one its driver is to get; None when it stays.

        What it gets is never None. Sinks bring dates and times into the right zone before: a Date
        is a ``datetime.date``, a Time a ``datetime.time`` without zone, a Timestamp a
        ``datetime.datetime`` **with** the zone it is to be written in (``db.timezone``).

        Args:
            schema: The field's schema.
            column: The column of the database, where it is known.
        """
        del schema, column
        return None
