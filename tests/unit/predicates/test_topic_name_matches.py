# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.predicates.topic_name_matches import TopicNameMatches
from tests.unit.transforms.records import sink


@pytest.mark.parametrize(
    ("pattern", "result"),
    [("test", True), ("t.*", True), ("(?i)TEST", True), ("es", False), ("tes", False)],
)
def test_the_whole_topic_must_match(pattern: str, result: bool) -> None:
    predicate = TopicNameMatches()
    predicate.configure({"pattern": pattern})
    assert predicate.test(sink(topic="test")) is result


@pytest.mark.parametrize("settings", [{}, {"pattern": ""}, {"pattern": "["}])
def test_the_pattern_must_be_valid(settings: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="pattern"):
        TopicNameMatches().configure(settings)


def test_many_records_are_told_apart_as_one_by_one() -> None:
    predicate = TopicNameMatches()
    predicate.configure({"pattern": "a.*"})
    records = [sink(topic=topic) for topic in ("ab", "b", "a", "ab")]
    assert list(predicate.test_batch(records)) == [predicate.test(each) for each in records]
    assert list(predicate.test_batch([])) == []
