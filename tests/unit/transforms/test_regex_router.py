# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError, DataError
from barnabas.transforms import regex_router
from barnabas.transforms.regex_router import RegexRouter
from tests.unit.transforms.records import configured, sink


def route(regex: str, replacement: str, topic: str = "test") -> str:
    router = configured(RegexRouter, {"regex": regex, "replacement": replacement})
    record = router.apply(sink("v", topic=topic))
    assert record is not None
    assert router.apply_batch([sink("v", topic=topic)] * 2) == [record, record]
    assert record.value == "v"
    return record.topic


@pytest.mark.parametrize(
    ("regex", "replacement", "topic"),
    [
        ("(.*)", "pre-$1", "pre-test"),
        ("(?<n>te)st", "${n}a", "tea"),
        ("(?i)TEST", "x", "x"),
        ("es", "x", "test"),
        ("nope", "$9", "test"),
        ("te.t", "", ""),
        ("t|test", "x", "xest"),
        ("(.*?)", "x$1", "xtest"),
    ],
)
def test_a_topic_that_matches_is_renamed(regex: str, replacement: str, topic: str) -> None:
    assert route(regex, replacement) == topic


def test_a_record_stays_as_it_is_unless_renamed() -> None:
    record = sink(topic="a")
    router = configured(RegexRouter, {"regex": "b", "replacement": "c"})
    assert router.apply(record) is record


def test_the_renamed_record_remembers_its_topic() -> None:
    router = configured(RegexRouter, {"regex": "(.*)", "replacement": "x"})
    record = router.apply(sink())
    assert record is not None
    assert record.original == (("test", 3), 42)


def test_a_group_that_is_not_there_is_an_error_of_the_record() -> None:
    with pytest.raises(DataError, match="group 2"):
        route("(.*)", "$2")


def test_topics_are_forgotten_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regex_router, "_REMEMBERED_TOPICS", 2)
    router = configured(RegexRouter, {"regex": "(.*)", "replacement": "x-$1"})
    topics = [router.apply(sink(topic=topic)) for topic in "abcab"]
    assert [record and record.topic for record in topics] == ["x-a", "x-b", "x-c", "x-a", "x-b"]


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"regex": "[", "replacement": "x"}, "regex: Invalid regex"),
        ({"regex": "a"}, '"replacement"'),
        ({"replacement": "a"}, '"regex"'),
    ],
)
def test_both_settings_must_be_valid(settings: dict[str, str | None], name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        configured(RegexRouter, settings)
