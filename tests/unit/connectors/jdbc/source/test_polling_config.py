# SPDX-License-Identifier: Apache-2.0
"""Polls, topics, times."""

from __future__ import annotations

from barnabas.connectors.jdbc.source.polling_config import PollingConfig


def settings(**props: str) -> PollingConfig:
    return PollingConfig({name.replace("__", "."): value for name, value in props.items()})


def test_the_topic_prefix_is_trimmed() -> None:
    assert settings(topic__prefix=" db- ").topic_prefix == "db-"


def test_the_zone_is_one_object_for_it_remembers() -> None:
    made = settings(db__timezone="Europe/Berlin")
    assert made.zone.name == "Europe/Berlin"
    assert made.zone is made.zone
