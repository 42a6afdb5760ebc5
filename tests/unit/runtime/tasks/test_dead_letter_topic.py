# SPDX-License-Identifier: Apache-2.0
"""The topic of dead letters."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.tasks.dead_letter_topic import ensure_topic


class Admin:
    def __init__(self, *names: str, error: ConnectError | None = None) -> None:
        self.names = set(names)
        self.created: list[Any] = []
        self._error = error

    def __enter__(self) -> Admin:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def topic_names(self, timeout_s: float) -> set[str]:
        return self.names

    def create_topics(self, topics: list[Any], timeout_s: float) -> None:
        if self._error is not None:
            raise self._error
        self.created += topics


def test_a_missing_topic_is_created_with_one_partition() -> None:
    admin = Admin("other")
    ensure_topic(lambda: admin, "dead", 2)  # type: ignore[arg-type, return-value]
    (topic,) = admin.created
    assert (topic.name, topic.partitions, topic.replication_factor) == ("dead", 1, 2)


def test_a_topic_that_is_there_stays() -> None:
    admin = Admin("dead")
    ensure_topic(lambda: admin, "dead", 2)  # type: ignore[arg-type, return-value]
    assert admin.created == []


def test_a_topic_that_cannot_be_created_is_told_with_what_to_do() -> None:
    admin = Admin(error=ConnectError("too few brokers"))
    with pytest.raises(ConnectError) as raised:
        ensure_topic(lambda: admin, "dead", 3)  # type: ignore[arg-type, return-value]
    text = raised.value.message
    assert text.startswith("Could not initialize dead letter queue with topic=dead: too few")
    assert "errors.deadletterqueue.topic.replication.factor (3)" in text
