# SPDX-License-Identifier: Apache-2.0
"""Nothing is missed while transactions of random length write: multiset equality.

Many writers insert and update rows in transactions that overlap, some short, some long, some rolled
back, so that rows become visible in another order than they got their numbers and stamps. The
source reads all the while and is stopped and started again from offsets it gave out, as the
framework would have stored them.
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.connectors.jdbc.source.task import JdbcSourceTask
from tests.services.database_server import ServerDatabase
from tests.unit.connectors.jdbc.source.source_context import MemoryContext

WRITERS = 6
WRITING_S = 8.0
LONGEST_S = 1.2
CREATE = {
    "postgresql": (
        "CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, writer INT NOT NULL, version INT NOT NULL,"
        " changed TIMESTAMP NOT NULL DEFAULT now())"
    ),
    "mariadb": (
        "CREATE TABLE orders (id BIGINT AUTO_INCREMENT PRIMARY KEY, writer INT NOT NULL, version"
        " INT NOT NULL, changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)"
        " ON UPDATE CURRENT_TIMESTAMP(6)) ENGINE=InnoDB"
    ),
}
UPDATE = {
    "postgresql": "UPDATE orders SET version = version + 1, changed = now() WHERE id = %s",
    "mariadb": "UPDATE orders SET version = version + 1 WHERE id = %s",
}


class Context(MemoryContext):
    """Waits as long as it is asked to."""

    def wait(self, timeout_s: float) -> bool:
        time.sleep(timeout_s)
        return False


@pytest.fixture(params=["postgresql", "mariadb"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> ServerDatabase:
    made: ServerDatabase = request.getfixturevalue(f"{kind}_database")
    made.execute(CREATE[kind])
    return made


class Writer(threading.Thread):
    """Runs transactions of random length until it is told to end."""

    def __init__(self, database: ServerDatabase, number: int, update: str | None) -> None:
        super().__init__(daemon=True)
        self._database = database
        self._number = number
        self._random = random.Random(number)
        self._update = update
        self.is_ending = threading.Event()
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with contextlib.closing(self._database.connect(autocommit=False)) as connection:
                while not self.is_ending.is_set():
                    self._transaction(connection)
        except BaseException as error:
            self.failure = error

    def _transaction(self, connection: Any) -> None:
        cursor, chance = connection.cursor(), self._random
        mine: list[int] = []
        for _ in range(chance.randint(1, 4)):
            query = "INSERT INTO orders (writer, version) VALUES (%s, 0)"
            if self._database.server.subprotocol == "postgresql":
                cursor.execute(query + " RETURNING id", (self._number,))
                mine.append(cursor.fetchone()[0])
            else:
                cursor.execute(query, (self._number,))
                mine.append(cursor.lastrowid)
            time.sleep(chance.choice((0, 0, 0.005, 0.05, chance.uniform(0, LONGEST_S))))
        if self._update and chance.random() < 0.5:
            cursor.execute(self._update, (chance.choice(mine),))
            time.sleep(chance.uniform(0, 0.1))
        if chance.random() < 0.15:
            connection.rollback()
        else:
            connection.commit()
        cursor.close()


class Source:
    """Runs a task as the framework does, and starts it again in the middle."""

    def __init__(self, database: ServerDatabase, **props: str) -> None:
        self._context = Context()
        self._props = {
            **database.settings,
            "tables": "orders",
            "tables.fetched": "true",
            "poll.interval.ms": "20",
            "batch.max.rows": "7",
            **{name.replace("_", "."): text for name, text in props.items()},
        }
        self._random = random.Random(1)
        self.records: list[SourceRecord] = []
        self.restarts = 0
        self._start()

    def _start(self) -> None:
        self.task = JdbcSourceTask()
        self.task.context = self._context
        self.task.start(self._props)

    def poll(self) -> int:
        """Poll once; sometimes end the task behind a batch that was stored, or one that was not."""
        records = self.task.poll() or []
        self.records += records
        if records:
            self._store(records)
        if records and self._random.random() < 0.02:
            self.task.stop()
            self.restarts += 1
            self._start()
        return len(records)

    def _store(self, records: Sequence[SourceRecord]) -> None:
        last = records[-1]
        assert last.source_partition is not None
        if self._random.random() < 0.7:
            self._context.stored = [(dict(last.source_partition), dict(last.source_offset or {}))]


@contextlib.contextmanager
def writing(database: ServerDatabase, update: str | None) -> Iterator[None]:
    writers = [Writer(database, number, update) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        yield
    finally:
        for writer in writers:
            writer.is_ending.set()
        for writer in writers:
            writer.join(30)
    assert [writer.failure for writer in writers if writer.failure] == []


def read_all(source: Source, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        source.poll()


def read_rest(source: Source, idle_s: float = 2.5, most_s: float = 30.0) -> None:
    """Read until nothing came for a while."""
    began_at = last_at = time.monotonic()
    while time.monotonic() - last_at < idle_s and time.monotonic() - began_at < most_s:
        if source.poll():
            last_at = time.monotonic()
    source.task.stop()


def rows_of(database: ServerDatabase) -> Counter[tuple[int, int]]:
    return Counter(database.query("SELECT id, version FROM orders"))


def sent(source: Source) -> Counter[tuple[int, int]]:
    return Counter((record.value["id"], record.value["version"]) for record in source.records)


def test_by_number_each_row_comes(database: ServerDatabase) -> None:
    source = Source(database, mode="incrementing", incrementing_column_name="id")
    with writing(database, None):
        read_all(source, WRITING_S)
    read_rest(source)
    rows, found = rows_of(database), sent(source)
    assert source.restarts
    assert len(rows) > 100
    assert set(found) == set(rows)


def test_by_number_each_row_comes_once_without_restarts(database: ServerDatabase) -> None:
    source = Source(database, mode="incrementing", incrementing_column_name="id")
    source._random = random.Random()
    source._random.random = lambda: 0.5  # type: ignore[method-assign]  # stores, never restarts
    with writing(database, None):
        read_all(source, WRITING_S)
    read_rest(source)
    assert sent(source) == rows_of(database)


@pytest.mark.parametrize("mode", ["timestamp", "timestamp+incrementing"])
def test_by_time_the_newest_version_of_each_row_comes(
    database: ServerDatabase, kind: str, mode: str
) -> None:
    source = Source(
        database,
        mode=mode,
        timestamp_column_name="changed",
        incrementing_column_name="id" if "+" in mode else "",
    )
    with writing(database, UPDATE[kind]):
        read_all(source, WRITING_S)
    read_rest(source)
    rows, found = rows_of(database), sent(source)
    assert source.restarts
    assert len(rows) > 100
    assert set(rows) <= set(found)


def test_a_user_from_whom_beginnings_are_hidden_misses_nothing(
    postgresql_database: ServerDatabase,
) -> None:
    user = f"reader_{postgresql_database.name}"
    postgresql_database.execute(
        CREATE["postgresql"],
        f"CREATE ROLE {user} LOGIN PASSWORD 'x'",
        f"GRANT SELECT ON orders TO {user}",
    )
    login = {"connection_user": user, "connection_password": "x"}
    try:
        source = Source(
            postgresql_database, mode="timestamp", timestamp_column_name="changed", **login
        )
        with writing(postgresql_database, UPDATE["postgresql"]):
            read_all(source, WRITING_S)
        read_rest(source)
        assert set(rows_of(postgresql_database)) <= set(sent(source))
    finally:
        postgresql_database.execute(f"DROP OWNED BY {user}", f"DROP ROLE {user}")


def test_the_guard_is_what_does_it(postgresql_database: ServerDatabase) -> None:
    postgresql_database.execute(CREATE["postgresql"])
    props = {"mode": "incrementing", "incrementing_column_name": "id"}
    source = Source(postgresql_database, transaction_guard_enabled="false", **props)
    with writing(postgresql_database, None):
        read_all(source, WRITING_S)
    read_rest(source)
    assert set(sent(source)) < set(rows_of(postgresql_database))
