# SPDX-License-Identifier: Apache-2.0
"""A database through any driver SQLAlchemy knows, tried on SQLite's."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.dialects.mysql import MySqlDialect
from barnabas.connectors.jdbc.dialects.sqlserver import SqlServerDialect
from barnabas.connectors.jdbc.drivers import Driver
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.errors import ConfigError


@pytest.fixture
def driver() -> Driver:
    return Driver(Address.parse("sqlite:///:memory:"))


@pytest.fixture
def raw(driver: Driver) -> Iterator[Any]:
    raw = driver.connect(None, None)
    raw.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    raw.execute("INSERT INTO t VALUES (1), (2), (3)")
    yield raw
    raw.close()


class Styled(Driver):
    """A driver of another style of parameters."""

    chosen = "qmark"

    @property
    def style(self) -> str:
        return self.chosen


@pytest.mark.parametrize(
    ("style", "expected"), [("qmark", (1, 2)), ("named", {"p1": 1, "p2": 2}), ("pyformat", (1, 2))]
)
def test_parameters_have_the_form_of_the_driver(style: str, expected: object) -> None:
    driver = Styled(Address.parse("sqlite://"))
    driver.chosen = style
    assert driver.arguments([1, 2]) == expected


def test_statements_are_rewritten_by_the_rules_of_the_dialect() -> None:
    driver = Styled(Address.parse("sqlite://"))
    driver.chosen = "numeric"
    assert driver.prepare("[a?] = ?", SqlServerDialect()) == "[a?] = :1"
    assert driver.prepare(r"'\'?' = ?", MySqlDialect()) == r"'\'?' = :1"


def test_rows_are_fetched_bit_by_bit(driver: Driver, raw: Any) -> None:
    stream = driver.open_stream(raw, "SELECT id FROM t WHERE id > ? ORDER BY id", [1], 1)
    assert [stream.fetch(1), stream.fetch(1), stream.fetch(1)] == [[(2,)], [(3,)], []]
    assert [column.name for column in stream.columns] == ["id"]
    stream.close()
    stream.close()


def test_a_query_without_parameters_is_sent_as_it_is(driver: Driver, raw: Any) -> None:
    assert driver.open_stream(raw, "SELECT '?%'", None, 1).fetch(2) == [("?%",)]


def test_a_query_is_described_without_its_rows(driver: Driver, raw: Any) -> None:
    assert [column.label for column in driver.describe(raw, "SELECT id AS x FROM t")] == ["x"]


def test_a_clock_that_tells_a_zone_keeps_it(driver: Driver, raw: Any) -> None:
    query = "SELECT '2020-01-01 10:00:00+02:00'"
    assert driver.now(raw, query, datetime.UTC).utcoffset() == datetime.timedelta(hours=2)
    query = "SELECT '2020-01-01 10:00:00'"
    assert driver.now(raw, query, datetime.UTC).tzinfo is datetime.UTC


def test_the_catalogue_is_sqlalchemys(driver: Driver, raw: Any) -> None:
    assert driver.table_types(raw) == ["TABLE", "VIEW"]
    assert driver.tables(raw, None, "", ["TABLE"]) == [TableId(None, None, "t")]
    definition = driver.definition(raw, TableId(None, None, "t"))
    assert definition is not None
    assert definition.primary_key == ("id",)
    assert driver.current(raw) == (None, "main")


def test_a_level_the_database_lacks_is_not_set(driver: Driver, raw: Any) -> None:
    assert driver.set_isolation(raw, "READ_UNCOMMITTED")
    assert not driver.set_isolation(raw, "SQL_SERVER_SNAPSHOT")


def test_a_living_connection_answers(driver: Driver, raw: Any) -> None:
    assert driver.is_valid(raw, "SELECT 1", 1)


def test_a_parameter_the_driver_does_not_know_is_a_matter_of_the_settings() -> None:
    address = Address.parse("sqlite:///:memory:", properties={"pasword": "x"})
    with pytest.raises(ConfigError, match=r"pasword.*each setting connection\.\*"):
        Driver(address).connect(None, None)
