# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import pytest

from barnabas.runtime.group.trouble import Trouble

logger = logging.getLogger("tests.trouble")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trouble(clock: Clock, caplog: pytest.LogCaptureFixture) -> Trouble:
    caplog.set_level(logging.INFO)
    return Trouble(logger, "Group g", clock)


def test_the_same_trouble_is_told_now_and_then(
    trouble: Trouble, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(100):
        clock.now = second
        trouble.tell("no broker")
        trouble.tell("no name server")
    assert caplog.messages.count("Group g: no broker") == 4
    assert caplog.messages.count("Group g: no name server") == 4


def test_the_end_of_a_trouble_says_how_long_it_took(
    trouble: Trouble, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    trouble.tell("no broker")
    clock.now = 12.5
    trouble.over()
    trouble.over()
    assert caplog.messages == ["Group g: no broker", "Group g: works again after 12.5 s"]


def test_a_trouble_that_comes_back_is_told_at_once(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble.tell("no broker")
    trouble.over()
    trouble.tell("no broker")
    assert caplog.messages.count("Group g: no broker") == 2


def test_the_newest_trouble_can_be_asked_for(trouble: Trouble) -> None:
    assert trouble.text is None
    trouble.tell("no broker", logging.ERROR)
    assert trouble.text == "no broker"
    trouble.over()
    assert trouble.text is None


def test_a_text_that_names_the_subject_is_told_as_it_is(
    trouble: Trouble, caplog: pytest.LogCaptureFixture
) -> None:
    trouble.tell("Group g is not open to this worker")
    assert caplog.messages == ["Group g is not open to this worker"]
