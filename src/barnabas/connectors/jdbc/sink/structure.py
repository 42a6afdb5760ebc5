# SPDX-License-Identifier: Apache-2.0
"""Tables as records need them: created and amended where the settings allow it.

Source: reference page ``jdbc``, section 6.3 (``sink/DbStructure``).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.errors import ConnectError

__all__ = ["StructureError", "TableStructures", "missing_fields"]

_logger = logging.getLogger(__name__)


class StructureError(ConnectError):
    """A table lacks what records need and cannot or may not be changed."""


class TableStructures:
    """The tables of one connection, as far as they were looked at; main thread only.

    Args:
        connection: The connection; DDL is committed on it at once, so nothing may be under way.
        auto_create: Whether missing tables are created.
        auto_evolve: Whether missing columns are added.
        max_retries: How often ALTER is tried again.
        kinds: Kinds of tables that may be written to, such as TABLE and VIEW.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        auto_create: bool,
        auto_evolve: bool,
        max_retries: int,
        kinds: Iterable[str] = ("TABLE",),
    ) -> None:
        self._connection = connection
        self._auto_create = auto_create
        self._auto_evolve = auto_evolve
        self._max_retries = max_retries
        self._kinds = frozenset(kind.upper() for kind in kinds)
        self._known: dict[TableId, TableDefinition] = {}

    def definition(self, table: TableId) -> TableDefinition | None:
        """Describe a table; None when there is none.

        Raises:
            StructureError: It is of a kind that may not be written to.
            DatabaseError: The database cannot be asked.
        """
        return self._known.get(table) or self._refresh(table)

    def ensure(self, table: TableId, fields: Fields) -> TableDefinition:
        """Make sure that a table has a column for each field; return what it is then.

        Raises:
            StructureError: Something is missing that may not or cannot be added.
            DatabaseError: The database refused.
        """
        definition = self.definition(table)
        if definition is None:
            definition = self._create(table, fields)
        return self._amend(table, definition, fields)

    def _refresh(self, table: TableId) -> TableDefinition | None:
        found = self._connection.definition(table)
        self._known.pop(table, None)
        if found is None:
            return None
        if not self._is_wanted(found.kind):
            message = (
                f"Table {table} is a {found.kind}, but table.types allows"
                f" {', '.join(sorted(self._kinds))} only; add {found.kind} to it"
            )
            raise StructureError(message)
        self._known[table] = found
        return found

    def _is_wanted(self, kind: str) -> bool:
        kind = kind.upper()
        return kind in self._kinds or kind in {"", "BASE TABLE"}

    def _create(self, table: TableId, fields: Fields) -> TableDefinition:
        if not self._auto_create:
            message = (
                f"Table {table} is missing and auto-creation is disabled; create it or set"
                " auto.create=true"
            )
            raise StructureError(message)
        sql = self._connection.dialect.create_table(table, tuple(fields.by_name.values()))
        _logger.info("Creating table with sql: %s", sql)
        failure: DatabaseError | None = None
        try:
            self._apply([sql], f"create table {table}")
        except DatabaseError as error:
            if error.is_transient:
                raise
            failure = error
        definition = self._refresh(table)
        if definition is None:
            message = f"Table {table} is not there although it was created"
            raise StructureError(failure.message if failure else message) from failure
        if failure is not None:
            _logger.warning("Table %s was created by somebody else meanwhile", table)
        return definition

    def _amend(
        self, table: TableId, definition: TableDefinition, fields: Fields
    ) -> TableDefinition:
        retries = self._max_retries
        while missing := missing_fields(
            fields.by_name.values(), [column.name for column in definition.columns]
        ):
            self._check_addition(table, definition, missing)
            statements = self._connection.dialect.alter_table(table, missing)
            _logger.info("Amending table with sql: %s", "; ".join(statements))
            try:
                self._apply(statements, f"add columns to table {table}")
            except DatabaseError as error:
                if retries <= 0 or error.is_transient:
                    raise
                retries -= 1
                _logger.warning("%s; looking whether somebody else added them", error)
            definition = self._refreshed(table, definition, missing, retries)
        return definition

    def _refreshed(
        self,
        table: TableId,
        before: TableDefinition,
        missing: Sequence[SinkField],
        retries: int,
    ) -> TableDefinition:
        definition = self._refresh(table)
        if definition is None or (retries <= 0 and definition == before):
            message = f"Failed to amend table '{table}' to add missing fields: {_listed(missing)}"
            raise StructureError(message)
        return definition

    def _check_addition(
        self, table: TableId, definition: TableDefinition, missing: Sequence[SinkField]
    ) -> None:
        if "VIEW" in definition.kind.upper():
            message = (
                f"View {table} is missing fields ({_listed(missing)}), and columns cannot be added"
                " to a view"
            )
            raise StructureError(message)
        for field in missing:
            if not field.is_optional and field.schema.default is None:
                message = (
                    f"Cannot ALTER table {table} to add missing field {_listed([field])}, as the"
                    " field is not optional and does not have a default value"
                )
                raise StructureError(message)
        if not self._auto_evolve:
            message = (
                f"Table {table} is missing fields ({_listed(missing)}) and auto-evolution is"
                " disabled; add the columns or set auto.evolve=true"
            )
            raise StructureError(message)

    def _apply(self, statements: Sequence[str], doing: str) -> None:
        try:
            for sql in statements:
                self._connection.execute(sql, doing=doing)
            self._connection.commit()
        except DatabaseError:
            self._connection.rollback()
            raise


def missing_fields(fields: Iterable[SinkField], columns: Iterable[str]) -> list[SinkField]:
    """Pick the fields without a column of their name, in whatever case, in their order."""
    names = set(columns)
    if not (missing := [field for field in fields if field.name not in names]):
        return []
    folded = {name.lower() for name in names}
    if len(folded) != len(names):
        _logger.warning("Table has column names that differ only by case: %s", sorted(names))
    return [field for field in missing if field.name.lower() not in folded]


def _listed(fields: Iterable[SinkField]) -> str:
    return ", ".join(
        f"{field.name} ({field.schema.name or field.schema.type.value})" for field in fields
    )
