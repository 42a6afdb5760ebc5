# SPDX-License-Identifier: Apache-2.0
"""Long queries are cut short at a stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from barnabas.connectors.jdbc.connection import Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.source.interruption import Interruption, cancel
from tests.unit.connectors.jdbc.source.source_context import MemoryContext

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


@pytest.fixture
def context() -> MemoryContext:
    return MemoryContext()


@pytest.fixture
def cancelled() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watch(context: MemoryContext, cancelled: threading.Event) -> Iterator[Interruption]:
    made = Interruption(context, cancelled.set, look_s=0.001, grace_s=0.001)
    yield made
    made.end()


def test_what_runs_is_cancelled_when_the_task_is_to_stop(
    context: MemoryContext, cancelled: threading.Event, watch: Interruption
) -> None:
    context.is_stopping = True
    assert cancelled.wait(10)


def test_nothing_is_cancelled_before(cancelled: threading.Event, watch: Interruption) -> None:
    watch.end()
    assert not cancelled.is_set()


def test_a_task_that_stops_by_itself_is_left_alone(
    context: MemoryContext, cancelled: threading.Event
) -> None:
    made = Interruption(context, cancelled.set, look_s=0.001, grace_s=60)
    context.is_stopping = True
    made.end()
    assert not cancelled.is_set()


def test_sqlite_cancels_its_statement() -> None:
    database = Database(DatabaseSettings(url="jdbc:sqlite::memory:"))
    connection = database.connect()
    timer = threading.Timer(0.05, cancel, [connection, database])
    timer.start()
    with pytest.raises(DatabaseError) as caught:
        connection.execute(ENDLESS)
    timer.join()
    connection.close()
    assert caught.value.is_transient


def test_a_connection_that_is_gone_is_left_alone() -> None:
    database = Database(DatabaseSettings(url="jdbc:sqlite::memory:"))
    connection = database.connect()
    connection.close()
    cancel(connection, database)
