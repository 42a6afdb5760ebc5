# SPDX-License-Identifier: Apache-2.0
"""Directories that have parts of the topic's name in their own."""

from __future__ import annotations

import pytest

from barnabas.api import TopicPartition
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.errors import ConfigError

WHERE = TopicPartition("eu.clicks", 1)


def test_references_stand_for_topic_and_groups() -> None:
    directories = TopicDirectories("${1}/all-${topic}", "logs/${0}", r"([a-z]+)\.(.*)")
    places = directories.places(WHERE)
    assert places.topics_dir == "eu/all-eu.clicks"
    assert places.logs_dir == "logs/eu.clicks"


@pytest.mark.parametrize(
    ("directory", "regex", "problem"),
    [
        ("${1}", None, "needs topic.capture.groups.regex"),
        ("${2}", "(.*)", "too high"),
        ("${date}", "(.*)", "unknown"),
    ],
)
def test_references_that_mean_nothing_are_refused(
    directory: str, regex: str | None, problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        TopicDirectories(directory, "logs", regex)


def test_a_topic_that_does_not_match_is_refused() -> None:
    directories = TopicDirectories("${1}", "logs", r"us\.(.*)")
    with pytest.raises(ConfigError, match=r"eu.clicks does not match"):
        directories.places(WHERE)
