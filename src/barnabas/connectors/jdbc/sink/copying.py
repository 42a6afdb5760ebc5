# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL's faster way: COPY into the table, or beside it and from there.

INSERT becomes COPY into the table. UPSERT becomes COPY into a temporary table of the session and
one INSERT … SELECT … ON CONFLICT; of each key only the last record is copied, which ends the same.
It is done only where it does what statements for single rows do; whatever it refuses is written by
those, which also tells the error.
"""

from __future__ import annotations

import dataclasses
import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.sink.config import InsertMode
from barnabas.connectors.jdbc.sink.copy_rows import OPTIONS, CopyRows, CopyRules, copy_rows_of
from barnabas.connectors.jdbc.sink.planning import PlannedBatch
from barnabas.connectors.jdbc.sink.plans import TablePlan
from barnabas.errors import ConnectError

__all__ = ["Copier", "CopyPlan", "Script", "copier_for"]

_logger = logging.getLogger(__name__)

_FEWEST_RECORDS: Final = 10
"""Fewer are written with statements: a script has its price, too."""
_MOST_FAILURES: Final = 3
_OLDEST_SERVER: Final = 120_000
_IS_ORDINARY: Final = """
SELECT c.relkind IN ('r', 'p') AND NOT c.relrowsecurity AND NOT c.relhasrules
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid
    AND a.attnum > 0 AND (a.attidentity = 'a' OR a.attgenerated <> '') AND a.attname = ANY(?))
FROM pg_catalog.pg_class c WHERE c.oid = pg_catalog.to_regclass(?)
"""
"""COPY overrides identities, fires no rule and cannot write past row security or to a view."""


class CopyPlan:
    """How records of one table and one pair of schemas are copied.

    Args:
        plan: The way with statements.
        rows: Makes the bytes.
        number: Tells temporary tables apart.
    """

    def __init__(self, plan: TablePlan, rows: CopyRows, number: int) -> None:
        self.rows = rows
        self.ending = ""
        quote, table = plan.dialect.rules.quote, plan.dialect.rules.quoted(plan.table)
        columns = ",".join(quote(name) for name in plan.statement.columns)
        if plan.rules.insert_mode is not InsertMode.UPSERT:
            self.script = f"COPY {table} ({columns}) FROM STDIN WITH ({OPTIONS})"
            self.preparation: list[str] = []
            return
        stage = f"pg_temp.barnabas_rows_{number}"
        self.preparation = [
            f"DROP TABLE IF EXISTS {stage}",
            f"CREATE TEMPORARY TABLE barnabas_rows_{number} ON COMMIT DELETE ROWS"
            f" AS SELECT {columns} FROM {table} WITH NO DATA",
        ]
        keys = ",".join(quote(name) for name in plan.statement.keys)
        changes = ",".join(f"{quote(n)}=EXCLUDED.{quote(n)}" for n in plan.statement.values)
        action = f"DO UPDATE SET {changes}" if changes else "DO NOTHING"
        self.script = (
            f"COPY {stage} ({columns}) FROM STDIN WITH ({OPTIONS});"
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage}"
            f" ON CONFLICT ({keys}) {action}"
        )
        self.ending = f";TRUNCATE {stage}"


@dataclasses.dataclass(frozen=True, slots=True)
class Script:
    """Rows on their way to one table."""

    copy: CopyPlan
    rows: bytes


class Copier:
    """Copies batches on one connection; main thread only.

    Args:
        connection: A connection to PostgreSQL.
        give_up: True when waiting has to end because the task is to stop.
    """

    def __init__(self, connection: Connection, give_up: Callable[[], bool]) -> None:
        from barnabas.connectors.jdbc.sink.copy_channel import CopyChannel

        self._connection = connection
        self._channel = CopyChannel(connection.raw, give_up)
        self._plans: dict[int, tuple[TablePlan, CopyPlan | None]] = {}
        self._stages: dict[tuple[TableId, tuple[str, ...]], int] = {}
        self._failures = 0

    @property
    def is_open(self) -> bool:
        """Whether there are records whose fate is not known yet."""
        return self._channel.is_open

    def scripts(
        self, planned: Sequence[PlannedBatch], *, from_memory: bool = False
    ) -> list[Script] | None:
        """Make what is sent for batches.

        Batches that follow each other and are written alike become one: all of them are in one
        transaction anyway.

        Args:
            planned: The batches.
            from_memory: Whether the database must not be asked for anything.

        Returns:
            None when they are to be written with statements, or when the database would have to be
            asked.

        Raises:
            Exception: What converters raise for values that do not fit.
        """
        if self._failures >= _MOST_FAILURES or any(each.batch.deleted for each in planned):
            return None
        if sum(each.batch.size for each in planned) < _FEWEST_RECORDS:
            return None
        scripts = []
        for plan, group in itertools.groupby(planned, lambda each: each.plan):
            copy = self._plan(plan, from_memory=from_memory)
            records = [record for each in group for record in each.batch.written]
            rows = None if copy is None else copy.rows.encode(records)
            if copy is None or rows is None:
                return None
            scripts.append(Script(copy, rows))
        return scripts

    def _plan(self, plan: TablePlan, *, from_memory: bool) -> CopyPlan | None:
        found = self._plans.get(id(plan))
        if found is None:
            if from_memory:
                return None
            found = self._plans[id(plan)] = (plan, self._make(plan))
        return found[1]

    def start(self, script: Script, *, is_last: bool) -> None:
        """Send a script, when the one before has been taken.

        Args:
            script: The script.
            is_last: Whether the transaction ends with it.

        Raises:
            DatabaseError: It was refused, or the batch before was.
        """
        text = script.copy.script + (";COMMIT" if is_last else script.copy.ending)
        with self._connection.told("copy rows"):
            self._channel.finish()
            self._channel.start(text, script.rows)

    def finish(self) -> None:
        """Wait until the batch sent last is committed.

        Raises:
            DatabaseError: It was refused.
        """
        with self._connection.told("copy rows"):
            self._channel.finish()
        self._failures = 0

    def abandon(self) -> None:
        """Leave off what was begun; the transaction is to be rolled back."""
        self._channel.abandon()
        self._plans.clear()

    def note_refusal(self, error: ConnectError) -> None:
        """Remember that statements had to do what COPY could not."""
        self._failures += 1
        _logger.info("COPY was refused and statements are used: %s", error)
        if self._failures == _MOST_FAILURES:
            _logger.warning("COPY is not used any more: it was refused %d times", self._failures)

    def _make(self, plan: TablePlan) -> CopyPlan | None:
        mode = plan.rules.insert_mode
        if mode is InsertMode.UPDATE or (mode is InsertMode.UPSERT and not plan.fields.keys):
            return None
        rules = CopyRules(
            plan.dialect,
            plan.rules.moments,
            plan.rules.replace_null,
            unique_keys=mode is InsertMode.UPSERT,
        )
        rows = copy_rows_of(plan.fields, rules, plan.statement.target)
        if rows is None or not self._is_ordinary(plan):
            return None
        name = plan.table, plan.statement.columns
        copy = CopyPlan(plan, rows, self._stages.setdefault(name, len(self._stages)))
        try:
            for sql in copy.preparation:
                self._connection.execute(sql, doing="make a temporary table")
            self._connection.commit()
        except ConnectError as error:
            self._connection.rollback()
            self.note_refusal(error)
            return None
        return copy

    def _is_ordinary(self, plan: TablePlan) -> bool:
        params = (list(plan.statement.columns), plan.dialect.rules.quoted(plan.table))
        cursor: Any = self._connection.execute(_IS_ORDINARY, params, "look at the table")
        row = cursor.fetchone()
        return row is not None and bool(row[0])


def copier_for(
    connection: Connection, give_up: Callable[[], bool], *, is_enabled: bool
) -> Copier | None:
    """Make a copier for a connection; None when its database has no COPY like PostgreSQL's."""
    info = getattr(connection.raw, "info", None)
    is_server = getattr(info, "server_version", 0) >= _OLDEST_SERVER
    if not is_enabled or not is_server or not hasattr(connection.raw, "pgconn"):
        return None
    return Copier(connection, give_up)
