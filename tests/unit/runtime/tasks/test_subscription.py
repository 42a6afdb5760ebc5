# SPDX-License-Identifier: Apache-2.0
"""Topics of a sink task."""

from __future__ import annotations

import re

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.tasks.subscription import Subscription, read_subscription


def test_topics_are_a_list() -> None:
    assert read_subscription({"topics": " a, b,a ,"}) == Subscription(("a", "b"))


def test_regex_is_given_in_pythons_spelling() -> None:
    found = read_subscription({"topics": "", "topics.regex": r"(?<env>prod|test)\.\k<env>-\d+"})
    assert found.topics == ()
    assert found.pattern is not None
    assert re.fullmatch(found.pattern, "prod.prod-7")
    assert not re.fullmatch(found.pattern, "prod.test-7")


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({}, "Must configure one of topics or topics.regex"),
        ({"topics": " , "}, "Must configure one of topics or topics.regex"),
        ({"topics": "a", "topics.regex": "b"}, "mutually exclusive"),
        ({"topics.regex": "("}, "Invalid regex"),
        ({"topics": "a,d", "errors.deadletterqueue.topic.name": "d"}, "dead letter topic 'd'"),
        ({"topics.regex": "d.*", "errors.deadletterqueue.topic.name": "dlq"}, "dead letter"),
    ],
)
@pytest.mark.mirrors("connect/runtime SinkConnectorConfig#validate")
def test_wrong_topics_are_refused(config: dict[str, str], text: str) -> None:
    with pytest.raises(ConfigError, match=text):
        read_subscription(config)
