# SPDX-License-Identifier: Apache-2.0
"""The monitor, on a SQLite database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from barnabas.connectors.jdbc.connection import Database
from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source import table_monitor
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.table_monitor import TableMonitor, list_tables
from barnabas.errors import ConfigError, IllegalStateError
from tests.unit.connectors.jdbc.source.source_context import Shop

LONG_S = 10.0
ORDERS = TableId(None, None, "orders")
ITEMS = TableId(None, None, "items")


class ConnectorContext:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.requested = threading.Semaphore(0)
        self.failed = threading.Event()
        self.errors: list[BaseException] = []
        self.is_stopped = False

    def request_task_reconfiguration(self) -> None:
        self.requested.release()
        if self.is_stopped:
            raise IllegalStateError

    def raise_error(self, error: BaseException) -> None:
        self.errors.append(error)
        self.failed.set()


def settings(shop: Shop, **props: str) -> JdbcSourceConfig:
    given = {name.replace("_", "."): value for name, value in props.items()}
    return JdbcSourceConfig({**shop.settings, "table.poll.interval.ms": "10", **given})


@pytest.fixture
def context() -> ConnectorContext:
    return ConnectorContext()


@pytest.fixture
def watch(shop: Shop, context: ConnectorContext, request: pytest.FixtureRequest) -> Any:
    def start(**props: str) -> TableMonitor:
        made = settings(shop, **props)
        database = Database(database_settings(made))
        monitor = TableMonitor(made, database, context)
        request.addfinalizer(monitor.stop)
        monitor.start(database.connect())
        return monitor

    return start


Watch = Callable[..., TableMonitor]


def test_tables_of_the_wanted_types_are_listed(shop: Shop) -> None:
    shop.execute("CREATE VIEW seen AS SELECT * FROM orders")
    made = settings(shop, table_types="table, no such type")
    assert list_tables(made, Database(database_settings(made)).connect()) == [ORDERS]
    both = settings(shop, table_types="VIEW,TABLE", table_blacklist="orders")
    connection = Database(database_settings(both)).connect()
    assert [table.table for table in list_tables(both, connection)] == ["seen"]


def test_the_first_list_is_waited_for(watch: Watch, context: ConnectorContext) -> None:
    assert watch(table_poll_interval_ms="60000").tables(LONG_S) == [ORDERS]
    assert not context.requested.acquire(blocking=False)


def test_new_and_dropped_tables_are_told(
    shop: Shop, watch: Watch, context: ConnectorContext
) -> None:
    monitor = watch()
    assert monitor.tables(LONG_S) == [ORDERS]
    shop.execute("CREATE TABLE items (id INTEGER)")
    assert context.requested.acquire(timeout=LONG_S)
    assert monitor.tables(0) == [ITEMS, ORDERS]
    shop.execute("DROP TABLE orders")
    assert context.requested.acquire(timeout=LONG_S)
    assert monitor.tables(0) == [ITEMS]


def test_a_list_that_came_too_late_is_told(
    shop: Shop, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    def late(*_: Any) -> list[TableId]:
        asked.wait(LONG_S)
        return [ORDERS]

    monkeypatch.setattr(table_monitor, "list_tables", late)
    made = settings(shop, table_poll_interval_ms="60000")
    database = Database(database_settings(made))
    monitor = TableMonitor(made, database, context)
    monitor.start(database.connect())
    assert monitor.tables(0) is None
    asked.set()
    assert context.requested.acquire(timeout=LONG_S)
    monitor.stop()


def test_a_database_that_is_away_is_asked_again(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = [DatabaseError("Cannot list the tables", trouble=Trouble.CONNECTION)]
    listed = list_tables

    def fail_once(*given: Any) -> list[TableId]:
        if failures:
            raise failures.pop()
        return listed(*given)

    monkeypatch.setattr(table_monitor, "list_tables", fail_once)
    assert watch().tables(LONG_S) == [ORDERS]
    assert "The tables cannot be listed now: Cannot list the tables" in caplog.text


def test_what_is_wrong_with_tables_fails_the_connector(
    watch: Watch, context: ConnectorContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = iter([[ORDERS], [ORDERS, TableId("other", None, "orders")]])
    monkeypatch.setattr(table_monitor, "list_tables", lambda *_: next(lists))
    monitor = watch()
    assert context.failed.wait(LONG_S)
    assert isinstance(context.errors[0], ConfigError)
    with pytest.raises(ConfigError, match="duplicate unqualified"):
        monitor.tables(LONG_S)


def test_a_change_at_the_very_end_is_nobodys_concern(
    shop: Shop, watch: Watch, context: ConnectorContext
) -> None:
    context.is_stopped = True
    monitor = watch()
    assert monitor.tables(LONG_S)
    shop.execute("CREATE TABLE items (id INTEGER)")
    assert context.requested.acquire(timeout=LONG_S)
    monitor.stop()
    assert context.errors == []


def test_a_monitor_that_never_began_can_be_stopped(shop: Shop, context: ConnectorContext) -> None:
    made = settings(shop)
    TableMonitor(made, Database(database_settings(made)), context).stop()
