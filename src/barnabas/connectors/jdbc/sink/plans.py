# SPDX-License-Identifier: Apache-2.0
"""How the records of one table and one pair of schemas are written: texts and functions.

Made once for a table and a pair of schemas, used for every batch of such records.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable

from barnabas import data
from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.dialects import Dialect, Statement
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.binding import Rows, compile_rows, converter, sources_of
from barnabas.connectors.jdbc.sink.config import DateZone, InsertMode, JdbcSinkConfig
from barnabas.connectors.jdbc.sink.fields import FieldRules, Fields, fields_of
from barnabas.connectors.jdbc.sink.moments import MomentRules
from barnabas.connectors.jdbc.time_zones import UTC
from barnabas.errors import ConnectError, UnsupportedError

__all__ = ["PlanRules", "TablePlan", "plan_table"]


@dataclasses.dataclass(frozen=True, slots=True)
class PlanRules:
    """What the settings say about writing."""

    fields: FieldRules
    moments: MomentRules
    insert_mode: InsertMode
    replace_null: bool

    @classmethod
    def of(cls, settings: JdbcSinkConfig) -> PlanRules:
        """Read the settings."""
        fields = FieldRules(
            settings.pk_mode,
            tuple(settings.pk_fields),
            frozenset(settings.fields_whitelist),
            frozenset(settings.timestamp_fields),
            settings.timestamp_digits,
            settings.string_column,
        )
        date_zone = UTC if settings.date_zone is DateZone.UTC else settings.zone
        moments = MomentRules(settings.zone, date_zone, settings.is_legacy_calendar)
        return cls(fields, moments, settings.insert_mode, settings.replace_null_with_default)


@dataclasses.dataclass(eq=False)
class TablePlan:
    """How records of one table and one pair of schemas are written."""

    table: TableId
    fields: Fields
    definition: TableDefinition
    statement: Statement
    rules: PlanRules
    dialect: Dialect

    @functools.cached_property
    def write_sql(self) -> str:
        """INSERT, UPSERT or UPDATE.

        Raises:
            ConnectError: The database has no upsert, or there is no key to upsert by.
        """
        mode = self.rules.insert_mode
        if mode is InsertMode.UPDATE:
            return self.dialect.update(self.statement)
        if mode is not InsertMode.UPSERT:
            return self.dialect.insert(self.statement)
        if not self.fields.keys:
            message = (
                f"Write to table '{self.table}' in UPSERT mode requires key field names to be"
                " known, check the primary key configuration"
            )
            raise ConnectError(message)
        try:
            return self.dialect.upsert(self.statement)
        except UnsupportedError as error:
            raise ConnectError(error.message) from None

    @functools.cached_property
    def delete_sql(self) -> str:
        """DELETE.

        Raises:
            ConnectError: There is no key to delete by.
        """
        if not self.fields.keys:
            message = f"Deletes in table '{self.table}' need a key, but there is none"
            raise ConnectError(message)
        return self.dialect.delete(self.statement)

    @functools.cached_property
    def bind_written(self) -> Rows:
        """Makes the parameters of `write_sql`."""
        is_update = self.rules.insert_mode is InsertMode.UPDATE
        keys, values = self.fields.keys, self.fields.values
        return self._rows((*values, *keys) if is_update else (*keys, *values))

    @functools.cached_property
    def bind_keys(self) -> Rows:
        """Makes the parameters of `delete_sql`."""
        return self._rows(self.fields.keys)

    def _rows(self, names: Iterable[str]) -> Rows:
        return compile_rows(
            sources_of(
                self.fields,
                names,
                lambda field: converter(
                    field, self.dialect, self.statement.target(field.name), self.rules.moments
                ),
                replace_null=self.rules.replace_null,
            )
        )


def plan_fields(
    table: TableId,
    rules: PlanRules,
    key_schema: data.Schema | None,
    value_schema: data.Schema | None,
) -> Fields:
    """Say which columns a table needs; see `fields_of`."""
    return fields_of(table.table, rules.fields, key_schema, value_schema)


def plan_table(
    table: TableId,
    fields: Fields,
    definition: TableDefinition,
    rules: PlanRules,
    dialect: Dialect,
) -> TablePlan:
    """Put a plan together."""
    names = _names(fields.keys, definition), _names(fields.values, definition)
    statement = Statement(table, *names, definition)
    return TablePlan(table, fields, definition, statement, rules, dialect)


def _names(names: Iterable[str], definition: TableDefinition) -> tuple[str, ...]:
    """Spell columns as the table does, where that differs in case only."""
    found = ((name, definition.column(name)) for name in names)
    return tuple(name if column is None else column.name for name, column in found)
