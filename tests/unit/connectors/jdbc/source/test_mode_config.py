# SPDX-License-Identifier: Apache-2.0
"""What is read, and from where on."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.connectors.jdbc.source.mode_config import ModeConfig
from barnabas.errors import ConfigError

USERS = TableId(None, "public", "users")


def settings(**props: str) -> ModeConfig:
    return ModeConfig({name.replace("__", "."): value for name, value in props.items()})


def test_a_mode_must_be_given_to_start() -> None:
    assert settings(mode="bulk").mode is Mode.BULK
    with pytest.raises(ConfigError, match="Query mode must be specified"):
        _ = settings().mode


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ConfigError, match="mode"):
        settings(mode="fast")


@pytest.mark.parametrize(
    ("props", "initial_ms", "begins_now"),
    [
        ({}, None, False),
        ({"timestamp__initial": "5"}, 5, False),
        ({"timestamp__initial": "-1"}, -1, True),
        ({"timestamp__initial__ms": "-1"}, -1, False),
    ],
)
def test_the_first_timestamp_has_two_spellings(
    props: dict[str, str], initial_ms: int | None, begins_now: bool
) -> None:
    made = settings(**props)
    assert (made.initial_ms, made.begins_now) == (initial_ms, begins_now)


def test_the_masked_query_is_a_query_too() -> None:
    assert settings(query__masked=" SELECT 1 ").query_text == "SELECT 1"
    assert "SELECT 1" not in repr(settings(query__masked="SELECT 1"))


def test_timestamp_columns_are_those_of_the_table() -> None:
    made = settings(mode="timestamp", timestamp__columns__mapping=".*users:[a|b],.*orders:[c]")
    assert made.timestamp_columns_of(USERS) == ("a", "b")
    assert settings(mode="incrementing").timestamp_columns_of(USERS) == ()
    named = settings(mode="timestamp", timestamp__column__name="x,y")
    assert named.timestamp_columns_of(None) == ("x", "y")


def test_a_mode_with_timestamps_needs_a_column() -> None:
    with pytest.raises(ConfigError, match=r"public\.users has none"):
        settings(mode="timestamp").timestamp_columns_of(USERS)
    with pytest.raises(ConfigError, match="the query has none"):
        settings(mode="timestamp").timestamp_columns_of(None)


def test_the_incrementing_column_may_be_looked_for() -> None:
    assert settings(mode="incrementing").incrementing_column_of(USERS) == ""
    assert settings(mode="bulk").incrementing_column_of(USERS) is None
    mapped = settings(mode="incrementing", incrementing__column__mapping=".*users:id")
    assert mapped.incrementing_column_of(USERS) == "id"
    named = settings(mode="incrementing", incrementing__column__name="n")
    assert named.incrementing_column_of(None) == "n"
