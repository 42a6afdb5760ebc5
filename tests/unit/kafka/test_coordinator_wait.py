# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from barnabas.kafka import coordinator_wait
from barnabas.kafka.errors import KafkaError, KafkaException


class Client:
    """Answers one after the other; the last one for ever."""

    def __init__(self, *answers: int | None) -> None:
        self._answers = list(answers)
        self.asked = 0

    def describe_consumer_groups(self, groups: list[str], **_: Any) -> dict[str, Future[None]]:
        self.asked += 1
        code = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        future: Future[None] = Future()
        if code is None:
            future.set_result(None)
        else:
            future.set_exception(KafkaException(KafkaError(code)))
        return {groups[0]: future}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coordinator_wait, "_PAUSE_S", 0.0)


@pytest.mark.parametrize("answer", [None, KafkaError.GROUP_ID_NOT_FOUND])
def test_a_coordinator_that_answers_is_asked_once(answer: int | None) -> None:
    client = Client(answer)
    coordinator_wait.await_coordinator(client, "g", 1)
    assert client.asked == 1


def test_one_that_is_not_ready_is_asked_again() -> None:
    client = Client(
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        None,
    )
    coordinator_wait.await_coordinator(client, "g", 60)
    assert client.asked == 4


def test_one_that_never_gets_ready_is_given_up() -> None:
    with pytest.raises(KafkaException, match="NOT_COORDINATOR"):
        coordinator_wait.await_coordinator(Client(KafkaError.NOT_COORDINATOR), "g", 0)
