# SPDX-License-Identifier: Apache-2.0
"""Which table a topic goes to."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.sink.routing import table_name
from barnabas.errors import ConnectError


@pytest.mark.parametrize(
    ("topic", "name_format", "expected"),
    [
        ("orders", "${topic}", "orders"),
        ("orders", "kafka_${topic}", "kafka_orders"),
        ("orders", " ${topic}_${topic} ", "orders_orders"),
        ("shop.orders", "${topic}", "shop.orders"),
        ("orders", "everything", "everything"),
        ("orders", "$topic", "$topic"),
    ],
)
def test_the_topic_stands_in_the_format(topic: str, name_format: str, expected: str) -> None:
    assert table_name(topic, name_format, mapping={}) == expected


def test_odd_characters_are_normalized_on_demand() -> None:
    assert table_name("a.b-ü", "t_${topic}", mapping={}, normalize=True) == "t_a_b__"


def test_the_mapping_decides_alone() -> None:
    assert table_name("a", "${topic}", mapping={"a": "s.t-1"}, normalize=True) == "s.t-1"
    with pytest.raises(ConnectError, match="Destination table for the topic: 'b' couldn't be foun"):
        table_name("b", "${topic}", mapping={"a": "t"})


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ConnectError, match="couldn't be generated for the format string '  '"):
        table_name("a", "  ", mapping={})
