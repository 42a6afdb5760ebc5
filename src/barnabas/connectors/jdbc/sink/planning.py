# SPDX-License-Identifier: Apache-2.0
"""From records to batches and plans; remembers what it found out about tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.batches import Batch, are_alike, batches_of
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.plans import PlanRules, TablePlan, plan_fields, plan_table
from barnabas.connectors.jdbc.sink.record_errors import RecordError
from barnabas.connectors.jdbc.sink.record_rules import record_check
from barnabas.connectors.jdbc.sink.routing import table_name
from barnabas.connectors.jdbc.sink.structure import TableStructures
from barnabas.errors import ConnectError

__all__ = ["PlannedBatch", "Planner"]

_PlanKey: TypeAlias = tuple[TableId, data.Schema | None, data.Schema | None]


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Records and how they are written."""

    plan: TablePlan
    batch: Batch


class Planner:
    """Says how records are written. Main thread only.

    Args:
        settings: The settings of the sink.
        connector: Name of the connector, for messages.
        dialect: The dialect of its database.
    """

    def __init__(self, settings: JdbcSinkConfig, connector: str, dialect: Dialect) -> None:
        self._settings = settings
        self._dialect = dialect
        self._rules = PlanRules.of(settings)
        self._check = record_check(
            connector, settings.pk_mode, delete_enabled=settings.delete_enabled
        )
        self._tables: dict[str, TableId] = {}
        self._structures: TableStructures | None = None
        self._plans: dict[_PlanKey, TablePlan] = {}
        self.age = 0
        """How often everything was forgotten; plans of another age are not to be used."""

    def plan(self, records: Sequence[SinkRecord], connection: Connection) -> list[PlannedBatch]:
        """Cut records into batches and see to it that their tables are there.

        Tables are created and amended on the connection and that is committed, so nothing else may
        be under way on it.

        Raises:
            ConnectError: A record cannot be taken, or a table is not as it must be.
            DatabaseError: The database refused.
        """
        planned = []
        for table, batch in self._batches(records):
            plan = self._known(table, batch) or self._make(connection, table, batch)
            if plan is not None:
                planned.append(PlannedBatch(plan, batch))
        return planned

    def plan_from_memory(self, records: Sequence[SinkRecord]) -> list[PlannedBatch] | None:
        """Do the same without the database; None when it would have to be asked.

        Raises:
            ConnectError: A record cannot be taken.
        """
        planned = []
        for table, batch in self._batches(records):
            plan = self._known(table, batch)
            if plan is None:
                return None
            planned.append(PlannedBatch(plan, batch))
        return planned

    def fields_for(self, record: SinkRecord) -> Fields | None:
        """Tell the columns of a record; None when they cannot be told."""
        try:
            table = self.table_of(record.topic)
            return plan_fields(table, self._rules, record.key_schema, record.value_schema)
        except ConnectError:
            return None

    def forget(self) -> None:
        """Look at tables anew from now on."""
        self._plans.clear()
        self._structures = None
        self.age += 1

    def table_of(self, topic: str) -> TableId:
        """Name the table for a topic.

        Raises:
            ConnectError: There is none.
        """
        found = self._tables.get(topic)
        if found is None:
            settings = self._settings
            name = table_name(
                topic,
                settings.table_name_format,
                mapping=settings.table_of_topic,
                normalize=settings.table_name_normalize,
            )
            found = self._tables[topic] = self._dialect.parse_table(name)
        return found

    def _batches(self, records: Sequence[SinkRecord]) -> Iterator[tuple[TableId, Batch]]:
        settings = self._settings
        size, deletes = settings.batch_size, settings.delete_enabled
        alike = are_alike(records)
        self._check_all(records, alike=alike)
        for table, group in self._by_table(records):
            for batch in batches_of(group, size, delete_enabled=deletes, alike=alike):
                yield table, batch

    def _by_table(
        self, records: Sequence[SinkRecord]
    ) -> Iterator[tuple[TableId, Sequence[SinkRecord]]]:
        topics = {record.topic for record in records}
        if len(topics) == 1:
            yield self.table_of(topics.pop()), records
            return
        groups: dict[TableId, list[SinkRecord]] = {}
        for record in records:
            groups.setdefault(self.table_of(record.topic), []).append(record)
        yield from groups.items()

    def _check_all(self, records: Sequence[SinkRecord], *, alike: bool) -> None:
        """Check one record of each kind: those of a kind are alike to the check."""
        if alike and len({type(record.key) for record in records}) == 1:
            self._checked(records[0])
            return
        kinds = {
            (id(each.key_schema), id(each.value_schema), type(each.key), type(each.value)): each
            for each in records
        }
        for record in kinds.values():
            self._checked(record)

    def _checked(self, record: SinkRecord) -> None:
        try:
            self._check(record)
        except ConnectError as error:
            raise RecordError(record, error.message) from None

    def _known(self, table: TableId, batch: Batch) -> TablePlan | None:
        return self._plans.get((table, batch.key_schema, batch.value_schema))

    def _make(self, connection: Connection, table: TableId, batch: Batch) -> TablePlan | None:
        structures = self._structures or self._structures_of(connection)
        self._structures = structures
        fields = plan_fields(table, self._rules, batch.key_schema, batch.value_schema)
        is_missing = not batch.written and structures.definition(table) is None
        if is_missing and self._settings.auto_create:
            return None  # nothing to delete; the first record with a value makes the table
        definition = structures.ensure(table, fields)
        plan = plan_table(table, fields, definition, self._rules, self._dialect)
        self._plans[table, batch.key_schema, batch.value_schema] = plan
        return plan

    def _structures_of(self, connection: Connection) -> TableStructures:
        settings = self._settings
        return TableStructures(
            connection,
            auto_create=settings.auto_create,
            auto_evolve=settings.auto_evolve,
            max_retries=settings.max_retries,
            kinds=settings.table_types,
        )
