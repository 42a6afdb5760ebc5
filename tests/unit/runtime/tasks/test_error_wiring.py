# SPDX-License-Identifier: Apache-2.0
"""What handles the failures of a task, put together."""

from __future__ import annotations

import threading

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.model import TargetState
from barnabas.runtime.pipeline import JavaNames, StopWaitingError
from barnabas.runtime.tasks import error_wiring
from barnabas.runtime.tasks.error_wiring import make_task_errors, waiting
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.tasks.doubles import spec

TOPIC = "errors.deadletterqueue.topic.name"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    topics: list[tuple[str, int]] = []
    monkeypatch.setattr(
        error_wiring, "ensure_topic", lambda _open, topic, factor: topics.append((topic, factor))
    )
    return topics


def test_without_settings_there_is_no_queue_and_nothing_is_told() -> None:
    errors = make_task_errors(spec(is_sink=True), MemoryTaskLink(), JavaNames())
    assert errors.queue is None
    assert not errors.settings.reports


def test_the_topic_is_made_when_the_task_starts(asked: list[tuple[str, int]]) -> None:
    given = spec(is_sink=True, **{TOPIC: "dead"})
    errors = make_task_errors(given, MemoryTaskLink(), JavaNames())
    assert errors.queue is not None
    assert asked == [("dead", 3)]


def test_the_queue_hears_of_a_stop(asked: list[tuple[str, int]]) -> None:
    link = MemoryTaskLink()
    queue = make_task_errors(spec(is_sink=True, **{TOPIC: "dead"}), link, JavaNames()).queue
    assert queue is not None
    assert not queue._is_stopping()
    link.stop()
    assert queue._is_stopping()


def test_wrong_settings_of_the_producer_are_told_before(asked: list[tuple[str, int]]) -> None:
    wrong = {TOPIC: "dead", "producer.override.linger.ms": "soon"}
    with pytest.raises(ConfigError, match=r"linger\.ms"):
        make_task_errors(spec(is_sink=True, **wrong), MemoryTaskLink(), JavaNames())
    assert asked == []


def test_a_stop_ends_the_wait_for_the_next_attempt() -> None:
    link = MemoryTaskLink()
    threading.Timer(0.02, link.stop).start()
    with pytest.raises(StopWaitingError):
        waiting(link)(60)


def test_a_pause_does_not_end_the_wait() -> None:
    link = MemoryTaskLink()
    link.set_target_state(TargetState.PAUSED)
    waiting(link)(0.01)
