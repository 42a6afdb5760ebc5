# SPDX-License-Identifier: Apache-2.0
"""Writes records to their tables, a list of them in one transaction.

Source: reference page ``jdbc``, section 6.1 (``sink/JdbcDbWriter``).
"""

from __future__ import annotations

import dataclasses
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from operator import attrgetter
from typing import Final, TypeAlias

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.connection import Connection, Database
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.batches import Batch, batches_of
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig
from barnabas.connectors.jdbc.sink.copying import FEWEST_RECORDS, Copier, copier_for
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.plans import PlanRules, TablePlan, plan_fields, plan_table
from barnabas.connectors.jdbc.sink.record_errors import VALUE_ERRORS, RecordError, bound
from barnabas.connectors.jdbc.sink.record_rules import record_check
from barnabas.connectors.jdbc.sink.routing import table_name
from barnabas.connectors.jdbc.sink.structure import TableStructures
from barnabas.errors import ConnectError

__all__ = ["PlannedBatch", "Writer"]

_CHECK_AFTER_IDLE_S: Final = 10.0
_CHECK_TIMEOUT_S: Final = 5.0

_topic = attrgetter("topic")
_key = attrgetter("key")
_value = attrgetter("value")
_key_schema = attrgetter("key_schema")
_value_schema = attrgetter("value_schema")
_PlanKey: TypeAlias = tuple[TableId, data.Schema | None, data.Schema | None]

_logger = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedBatch:
    """Records and how they are written."""

    plan: TablePlan
    batch: Batch


class Writer:
    """Writes records through one connection, which it opens when needed. Main thread only.

    Args:
        settings: The settings of the sink.
        database: Its database.
        connector: Name of the connector, for messages.
        wait: Sleeps so many seconds; returns True when the task has to stop; also asked, with 0
            seconds, while the database keeps it waiting.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        settings: JdbcSinkConfig,
        database: Database,
        connector: str,
        wait: Callable[[float], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._database = database
        self._wait = wait
        self._now = now
        self._rules = PlanRules.of(settings)
        self._check = record_check(
            connector, settings.pk_mode, delete_enabled=settings.delete_enabled
        )
        self._tables: dict[str, TableId] = {}
        self._connection: Connection | None = None
        self._structures: TableStructures | None = None
        self._plans: dict[_PlanKey, TablePlan] = {}
        self._copier: Copier | None = None
        self._begun: Sequence[SinkRecord] = ()
        self._used_at = 0.0

    # -- writing ----------------------------------------------------------------------------------

    def write(self, records: Sequence[SinkRecord]) -> None:
        """Write records, of which there is at least one, and commit.

        Raises:
            ConnectError: A record cannot be taken, a table is not as it must be, or the database
                refused (`DatabaseError`). Call `rollback` before going on.
        """
        self.begin(records)
        self.finish()

    def begin(self, records: Sequence[SinkRecord]) -> bool:
        """Write records, but perhaps without waiting for the end.

        What was begun before is awaited first.

        Returns:
            Whether `finish` has to be called before the records are safe.

        Raises:
            ConnectError: As `write`; also for what was begun before.
        """
        self.finish()
        planned = self.plan(records)
        if self._begin_copy(records, planned):
            return True
        for each in planned:
            self.run(each)
        self.commit()
        return False

    @property
    def is_begun(self) -> bool:
        """Whether there are records whose fate `finish` would tell."""
        return bool(self._begun)

    def finish(self) -> None:
        """Wait until the records begun last are committed; nothing to do when there are none.

        Raises:
            ConnectError: As `write`.
        """
        records, self._begun = self._begun, ()
        if not records or self._copier is None:
            return
        try:
            self._copier.finish()
        except DatabaseError as error:
            self._refused(error)
            self.write_plainly(records)
            self.commit()
        self._used_at = self._now()

    def _begin_copy(self, records: Sequence[SinkRecord], planned: Sequence[PlannedBatch]) -> bool:
        """Send records with COPY; False when they have to be written with statements."""
        copier = self._copier
        if copier is None:
            return False
        copies = [(copier.plan(each.plan, each.batch), each.batch) for each in planned]
        if len(records) < FEWEST_RECORDS or not all(copy for copy, _ in copies):
            return False
        try:
            for place, (copy, batch) in enumerate(copies, 1):
                rows = copy.rows.encode(batch.written) if copy else None
                if copy is None or rows is None:
                    self._undo()
                    return False
                copier.start(copy, rows, is_last=place == len(copies))
        except DatabaseError as error:
            self._refused(error)
            return False
        except VALUE_ERRORS:
            self._undo()
            return False
        self._begun = records
        return True

    def _refused(self, error: DatabaseError) -> None:
        """Undo what COPY did, so that statements can do it.

        Raises:
            DatabaseError: The error itself, when statements would not fare better.
        """
        if error.is_transient:
            raise error
        if self._copier is not None:
            self._copier.note_refusal(error)
        self._undo()

    def _undo(self) -> None:
        if self._copier is not None:
            self._copier.abandon()
        if self._connection is not None:
            self._connection.rollback()

    def write_plainly(self, records: Sequence[SinkRecord]) -> None:
        """Write records with statements for single rows, and do not commit.

        Raises:
            ConnectError: As `write`.
        """
        for each in self.plan(records):
            self.run(each)

    def fields_for(self, record: SinkRecord) -> Fields | None:
        """Tell the columns of a record; None when they cannot be told."""
        try:
            table = self.table_of(record.topic)
            return plan_fields(table, self._rules, record.key_schema, record.value_schema)
        except ConnectError:
            return None

    def plan(self, records: Sequence[SinkRecord]) -> list[PlannedBatch]:
        """Cut records into batches and see to it that their tables are there.

        Raises:
            ConnectError: As `write`.
        """
        connection = self.connected()
        planned = []
        for table, group in self._by_table(records):
            for batch in self._batches(group):
                plan = self._plan(connection, table, batch)
                if plan is not None:
                    planned.append(PlannedBatch(plan, batch))
        return planned

    def run(self, planned: PlannedBatch) -> None:
        """Write one batch within the transaction.

        Raises:
            ConnectError: As `write`.
        """
        connection, plan, batch = self.connected(), planned.plan, planned.batch
        if batch.written:
            sql, rows = plan.write_sql, bound(plan.bind_written, batch.written)
            connection.execute_many(sql, rows, f"write to table {plan.table}")
        if batch.deleted:
            sql, rows = plan.delete_sql, bound(plan.bind_keys, batch.deleted)
            connection.execute_many(sql, rows, f"delete from table {plan.table}")

    def commit(self) -> None:
        """Commit what was written.

        Raises:
            DatabaseError: The database refused.
        """
        self.connected().commit()
        self._used_at = self._now()

    # -- the connection ---------------------------------------------------------------------------

    def connected(self) -> Connection:
        """Return the connection; opens one when there is none or it broke while it was idle.

        Raises:
            DatabaseError: There is no way to connect.
        """
        connection = self._connection
        now = self._now()
        if connection is not None and now - self._used_at > _CHECK_AFTER_IDLE_S:
            self._used_at = now
            if not connection.is_valid(_CHECK_TIMEOUT_S):
                _logger.info("The connection to the database broke while it was idle")
                self.close()
                connection = None
        if connection is None:
            connection = self._database.connect(self._wait)
            self._connection = connection
            self._used_at = now
            self._copier = copier_for(
                connection, lambda: self._wait(0), is_enabled=self._settings.copy_enabled
            )
        return connection

    def rollback(self) -> None:
        """Undo what was not committed and look at tables anew."""
        self._forget()
        self._undo()

    def close(self) -> None:
        """Close the connection; what was not committed is undone. The next call opens another."""
        self._forget()
        self._copier = None
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _forget(self) -> None:
        self._plans.clear()
        self._structures = None
        self._begun = ()

    # -- planning ---------------------------------------------------------------------------------

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
            found = self._tables[topic] = self._database.dialect.parse_table(name)
        return found

    def _by_table(
        self, records: Sequence[SinkRecord]
    ) -> Iterator[tuple[TableId, Sequence[SinkRecord]]]:
        topics = set(map(_topic, records))
        if len(topics) == 1:
            yield self.table_of(topics.pop()), records
            return
        groups: dict[TableId, list[SinkRecord]] = {}
        for record in records:
            groups.setdefault(self.table_of(record.topic), []).append(record)
        yield from groups.items()

    def _batches(self, records: Sequence[SinkRecord]) -> Iterator[Batch]:
        """Check records and cut them; of records that are alike one is checked."""
        settings = self._settings
        self._check_all(records)
        return batches_of(records, settings.batch_size, delete_enabled=settings.delete_enabled)

    def _check_all(self, records: Sequence[SinkRecord]) -> None:
        kinds = zip(
            map(id, map(_key_schema, records)),
            map(id, map(_value_schema, records)),
            map(type, map(_key, records)),
            map(type, map(_value, records)),
            strict=True,
        )
        for record in dict(zip(kinds, records, strict=True)).values():
            try:
                self._check(record)
            except ConnectError as error:
                raise RecordError(record, error.message) from None

    def _plan(self, connection: Connection, table: TableId, batch: Batch) -> TablePlan | None:
        key = (table, batch.key_schema, batch.value_schema)
        plan = self._plans.get(key)
        if plan is not None:
            return plan
        structures = self._structures or self._structures_of(connection)
        self._structures = structures
        fields = plan_fields(table, self._rules, batch.key_schema, batch.value_schema)
        is_missing = not batch.written and structures.definition(table) is None
        if is_missing and self._settings.auto_create:
            return None  # nothing to delete; the first record with a value makes the table
        definition = structures.ensure(table, fields)
        plan = plan_table(table, fields, definition, self._rules, connection.dialect)
        self._plans[key] = plan
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
