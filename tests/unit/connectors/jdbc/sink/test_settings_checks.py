# SPDX-License-Identifier: Apache-2.0
"""Checks of the sink's own settings."""

from __future__ import annotations

import enum

import pytest

from barnabas.connectors.jdbc.sink.settings_checks import (
    check_table_mapping,
    enumerator,
    table_mapping,
)
from barnabas.errors import ConfigError


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def test_an_enumerator_is_in_one_case() -> None:
    check = enumerator(Colour)
    check("colour", "red")
    check("colour", "RED")
    with pytest.raises(ConfigError, match="Invalid enumerator"):
        check("colour", "Red")


def test_an_enumerator_names_what_is_valid() -> None:
    assert str(enumerator(Colour)) == "[red, blue]"


@pytest.mark.parametrize("item", ["orders", ":orders", "orders:", ":"])
def test_a_mapping_needs_a_topic_and_a_table(item: str) -> None:
    with pytest.raises(ConfigError, match="Invalid topics to tables mapping"):
        check_table_mapping()("topics.to.tables.mapping", ["a:b", item])


def test_a_mapping_may_be_absent() -> None:
    check_table_mapping()("topics.to.tables.mapping", None)
    assert table_mapping(None) == {}


def test_a_mapping_is_read() -> None:
    assert table_mapping(["a:b", "c:d.e"]) == {"a": "b", "c": "d.e"}
