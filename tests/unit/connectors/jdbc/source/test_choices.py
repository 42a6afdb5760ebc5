# SPDX-License-Identifier: Apache-2.0
"""Checks and recommendations of the source's settings."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.source import choices
from barnabas.connectors.jdbc.source.choices import KeyMode, Mode
from barnabas.errors import ConfigError


def test_modes_say_which_columns_they_look_at() -> None:
    looked_at = {mode.value: (mode.has_timestamp, mode.has_incrementing) for mode in Mode}
    assert looked_at == {
        "": (False, False),
        "bulk": (False, False),
        "timestamp": (True, False),
        "incrementing": (False, True),
        "timestamp+incrementing": (True, True),
    }
    assert KeyMode("primary_key") is KeyMode.PRIMARY_KEY


@pytest.mark.parametrize("value", ["always", "ALWAYS", None])
def test_words_are_taken_in_lower_or_upper_case(value: str | None) -> None:
    choices.enumerator("ALWAYS", "NEVER")("quote.sql.identifiers", value)


def test_words_of_mixed_case_are_refused_as_in_java() -> None:
    message = "Invalid value Always for configuration quote.sql.identifiers: Invalid enumerator"
    with pytest.raises(ConfigError, match=message):
        choices.enumerator("ALWAYS", "NEVER")("quote.sql.identifiers", "Always")


def test_words_are_offered() -> None:
    assert list(choices.enumerator_recommender("A", "B").valid_values("k", {})) == ["A", "B"]


def test_a_regular_expression_must_be_valid() -> None:
    choices.regex_list()("table.include.list", ["a.*", "b"])
    with pytest.raises(ConfigError, match=r"table\.include\.list"):
        choices.regex_list()("table.include.list", ["("])


@pytest.mark.parametrize("prefix", ["", "a-b_c.d", " padded ", "x" * 249])
def test_a_topic_prefix_is_taken(prefix: str) -> None:
    choices.topic_prefix()("topic.prefix", prefix)


@pytest.mark.parametrize("prefix", [None, "a b", "ä", "x" * 250])
def test_no_other_topic_prefix_is(prefix: str | None) -> None:
    with pytest.raises(ConfigError, match=r"topic\.prefix"):
        choices.topic_prefix()("topic.prefix", prefix)


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("bulk", (False, False)),
        ("timestamp", (True, False)),
        ("incrementing", (False, True)),
        ("timestamp+incrementing", (True, True)),
    ],
)
def test_columns_are_shown_with_their_modes(mode: str, shown: tuple[bool, bool]) -> None:
    visible = choices.column_of_mode().visible
    parsed = {"mode": mode}
    names = ("timestamp.column.name", "incrementing.column.name")
    assert tuple(visible(name, parsed) for name in names) == shown


@pytest.mark.parametrize(
    ("mode", "message"), [("", "Query mode must be specified"), ("x", "Invalid mode: x")]
)
def test_without_a_mode_nothing_can_be_shown(mode: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choices.column_of_mode().visible("timestamp.column.name", {"mode": mode})
