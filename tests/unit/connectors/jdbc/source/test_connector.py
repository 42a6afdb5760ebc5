# SPDX-License-Identifier: Apache-2.0
"""The connector, on a SQLite database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from barnabas.api import ExactlyOnceSupport
from barnabas.connectors.jdbc.source.connector import JdbcSourceConnector
from barnabas.connectors.jdbc.source.task import JdbcSourceTask
from barnabas.errors import ConfigError, ConnectError
from tests.unit.connectors.jdbc.source.source_context import MemoryContext, Shop

Start = Callable[..., JdbcSourceConnector]


class ConnectorContext:
    def request_task_reconfiguration(self) -> None:
        pass

    def raise_error(self, error: BaseException) -> None:
        raise error


@pytest.fixture
def start(shop: Shop, request: pytest.FixtureRequest) -> Start:
    def started(**props: str) -> JdbcSourceConnector:
        connector = JdbcSourceConnector()
        connector.context = ConnectorContext()
        connector.offset_storage_reader = MemoryContext()
        given = {name.replace("_", "."): value for name, value in props.items()}
        own = {key: text for key, text in shop.settings.items() if not key.startswith("tables")}
        connector.start({**own, "mode": "bulk", **given})
        request.addfinalizer(connector.stop)
        return connector

    return started


def tables(configs: list[dict[str, str]]) -> list[str]:
    return [config["tables"] for config in configs]


def create(shop: Shop, *names: str) -> None:
    for name in names:
        shop.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL)")


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (1, ["`a`,`b`,`orders`"]),
        (2, ["`a`,`b`", "`orders`"]),
        (9, ["`a`", "`b`", "`orders`"]),
    ],
)
def test_tables_are_shared_out(shop: Shop, start: Start, most: int, expected: list[str]) -> None:
    create(shop, "a", "b")
    configs = start().task_configs(most)
    assert tables(configs) == expected
    assert {config["tables.fetched"] for config in configs} == {"true"}
    assert {config["mode"] for config in configs} == {"bulk"}


def test_names_are_not_quoted_when_not_wanted(start: Start) -> None:
    assert tables(start(quote_sql_identifiers="never").task_configs(1)) == ["orders"]


def test_filters_choose(shop: Shop, start: Start) -> None:
    create(shop, "a", "b")
    assert tables(start(table_include_list="[ab]").task_configs(1)) == ["`a`,`b`"]


def test_a_query_has_one_task(start: Start) -> None:
    (config,) = start(query="SELECT 1 AS one").task_configs(5)
    assert (config["tables"], config["tables.fetched"]) == ("", "true")


def test_without_tables_there_is_a_task_that_says_so(start: Start) -> None:
    (config,) = start(table_whitelist="nothing").task_configs(5)
    assert (config["tables"], config["tables.fetched"]) == ("", "true")


def test_while_tables_are_unknown_there_is_a_task_that_waits(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = start()
    monkeypatch.setattr(connector._monitor, "tables", lambda _timeout_s: None)
    (config,) = connector.task_configs(5)
    assert (config["tables"], config["tables.fetched"]) == ("", "false")


def test_tasks_that_are_left_over_take_ranges(shop: Shop, start: Start) -> None:
    for number in range(10):
        shop.add(str(number))
    configs = start(
        mode="incrementing", table_split_enabled="true", table_split_min_rows="2"
    ).task_configs(3)
    assert tables(configs) == ["`orders`"] * 3
    assert [config["table.split"] for config in configs] == [
        "0/0:3:6:10",
        "1/0:3:6:10",
        "2/0:3:6:10",
    ]


def test_a_small_table_is_not_split(shop: Shop, start: Start) -> None:
    shop.add("a")
    (config,) = start(mode="incrementing", table_split_enabled="true").task_configs(3)
    assert "table.split" not in config


@pytest.mark.parametrize(
    ("props", "message"),
    [
        ({"mode": ""}, "Query mode must be specified"),
        ({"query": "SELECT 1", "table_whitelist": "a"}, "query may not be combined"),
        ({"table_whitelist": "a", "table_include_list": "b"}, "cannot be mixed"),
        ({"table_exclude_list": "b"}, "table.include.list, which is not set"),
    ],
)
def test_what_contradicts_itself_fails_at_the_start(
    start: Start, props: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        start(**props)


def test_it_can_be_stopped_twice(start: Start) -> None:
    connector = start()
    connector.stop()
    connector.stop()


def test_its_task_and_version_are_told() -> None:
    assert JdbcSourceConnector().task_class is JdbcSourceTask
    assert JdbcSourceConnector().version()


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("", ExactlyOnceSupport.UNSUPPORTED),
        ("bulk", ExactlyOnceSupport.UNSUPPORTED),
        ("timestamp", ExactlyOnceSupport.UNSUPPORTED),
        ("incrementing", ExactlyOnceSupport.SUPPORTED),
        ("timestamp+incrementing", ExactlyOnceSupport.SUPPORTED),
    ],
)
def test_rows_with_offsets_of_their_own_can_come_exactly_once(
    mode: str, expected: ExactlyOnceSupport
) -> None:
    assert JdbcSourceConnector().exactly_once_support({"mode": mode}) is expected


def alter(mode: str, partition: Any, offset: Any) -> bool:
    return JdbcSourceConnector().alter_offsets({"mode": mode}, {partition: offset})


def test_offsets_may_be_altered_and_reset() -> None:
    partition = (("protocol", "1"), ("table", "public.orders"))
    assert alter("incrementing", partition, {"incrementing": 5})
    assert alter("bulk", (("what", "ever"),), None)


@pytest.mark.parametrize(
    ("mode", "partition", "offset", "message"),
    [
        ("bulk", (("table", "t"),), {"incrementing": 5}, "mode=bulk"),
        ("incrementing", (("file", "t"),), {"incrementing": 5}, "none of this connector"),
        ("incrementing", (("table", "t"),), {"incrementing": "x"}, "whole number"),
        ("incrementing", None, {"incrementing": 5}, "Partition objects cannot be null"),
    ],
)
def test_offsets_that_make_no_sense_are_refused(
    mode: str, partition: Any, offset: Any, message: str
) -> None:
    with pytest.raises(ConnectError, match=message):
        alter(mode, partition, offset)
