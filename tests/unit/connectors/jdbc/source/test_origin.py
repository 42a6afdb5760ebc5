# SPDX-License-Identifier: Apache-2.0
"""Queries, topics and partitions of tables and of the query."""

from __future__ import annotations

from barnabas.connectors.jdbc.database_settings import database_settings
from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.config import JdbcSourceConfig
from barnabas.connectors.jdbc.source.origin import Origin, query_origin, table_origin

USERS = TableId(None, "public", "users")


def of_table(mode: Mode = Mode.INCREMENTING, **props: str) -> Origin:
    settings = JdbcSourceConfig({name.replace("__", "."): text for name, text in props.items()})
    quoting = database_settings(settings).quoting
    return table_origin(USERS, settings, Dialect(quoting=quoting), mode)


def test_a_table_is_selected_whole_by_its_full_name() -> None:
    origin = of_table()
    assert origin.select == 'SELECT * FROM "public"."users"'
    assert origin.from_clause == '"public"."users"'
    assert origin.name == "public.users"


def test_names_may_be_left_bare() -> None:
    assert of_table(quote__sql__identifiers="never").select == "SELECT * FROM public.users"
    assert of_table(table__names__qualify="false").select == 'SELECT * FROM "users"'


def test_the_topic_is_prefix_and_bare_name() -> None:
    origin = of_table(topic__prefix="db-")
    assert (origin.topic, origin.schema_name) == ("db-users", "users")


def test_the_partition_depends_on_the_mode() -> None:
    assert of_table().partition == {"protocol": "1", "table": "public.users"}
    assert of_table(Mode.BULK).partition == {"table": "users"}


def test_a_suffix_follows_a_space() -> None:
    assert of_table().suffix == ""
    assert of_table(query__suffix=" LIMIT 5 ").suffix == " LIMIT 5"


def test_a_query_is_taken_as_it_is() -> None:
    settings = JdbcSourceConfig({"query": " SELECT a FROM t ", "topic.prefix": "rows"})
    origin = query_origin(settings)
    assert origin.select == "SELECT a FROM t"
    assert origin.from_clause == "(SELECT a FROM t) barnabas_query"
    assert (origin.topic, origin.schema_name, origin.table) == ("rows", None, None)
    assert origin.partition == {"query": "query"}
