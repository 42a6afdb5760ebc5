# SPDX-License-Identifier: Apache-2.0
"""Polls in the place of a busy loop."""

from __future__ import annotations

import threading

import pytest

from barnabas.runtime.tasks.poll_watch import PollWatch
from tests.unit.runtime.tasks.doubles import Clock


class Bench:
    def __init__(self) -> None:
        self.clock = Clock()
        self.polls = 0
        self.watch = PollWatch(self._poll, 100, self.clock)

    def _poll(self) -> None:
        self.polls += 1

    def look_after(self, seconds: float) -> None:
        self.clock.time += seconds
        self.watch.look()


def test_a_loop_that_polls_is_left_alone() -> None:
    bench = Bench()
    bench.look_after(20)
    bench.watch.polled()
    bench.look_after(20)
    assert bench.polls == 0


def test_a_busy_loop_is_polled_for_again_and_again() -> None:
    bench = Bench()
    bench.look_after(30)
    bench.look_after(25)
    assert bench.polls == 2


def test_a_busy_loop_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for _ in range(4):
        bench.look_after(30)
    assert caplog.text.count("has not come back for 60 s, half of max.poll.interval.ms") == 1
    bench.watch.polled()
    bench.look_after(50)
    assert caplog.text.count("has not come back") == 2


def test_the_thread_looks_until_it_is_stopped() -> None:
    looked = threading.Event()
    watch = PollWatch(looked.set, 0.01)
    watch.start()
    assert looked.wait(10)
    watch.stop()
    looked.clear()
    assert not looked.wait(0.03)


def test_a_watch_that_never_began_can_be_stopped() -> None:
    Bench().watch.stop()
