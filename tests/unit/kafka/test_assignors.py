# SPDX-License-Identifier: Apache-2.0
"""Lists of assignors, divided by kind."""

from __future__ import annotations

import pytest

from barnabas.kafka.assignors import by_kind

JAVA = "org.apache.kafka.clients.consumer."


@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("", ()),
        (" , ", ()),
        ("range", ("range",)),
        ("range,roundrobin,range", ("range,roundrobin",)),
        (f"{JAVA}CooperativeStickyAssignor", ("cooperative-sticky",)),
        (
            f"{JAVA}RangeAssignor, {JAVA}CooperativeStickyAssignor,roundrobin",
            ("range,roundrobin", "cooperative-sticky"),
        ),
        ("cooperative-sticky,range", ("cooperative-sticky", "range")),
        ("my.Assignor,range,cooperative-sticky", ("my.Assignor,range", "cooperative-sticky")),
        ("my.Assignor", ("my.Assignor",)),
    ],
)
def test_a_list_is_divided_by_kind(text: str, lists: tuple[str, ...]) -> None:
    assert by_kind(text) == lists
