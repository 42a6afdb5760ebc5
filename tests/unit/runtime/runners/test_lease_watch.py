# SPDX-License-Identifier: Apache-2.0
"""When a runner ends for want of a lease; killing by the kernel: tests/integration/runners."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.runners import lease_watch
from barnabas.runtime.runners.last_words import LastWords
from barnabas.runtime.runners.lease import LAPSED, Lease
from barnabas.runtime.runners.lease_watch import LeaseWatch, Phase, plan_watch

SESSION_S = 100.0


class LeftError(BaseException):
    """The process has ended."""


def leave(status):
    raise LeftError(status)


class NoTimer:
    """A timer of the kernel that kills nobody."""

    def __init__(self):
        self.instants = []

    def set(self, instant_s):
        self.instants.append(instant_s)


@pytest.fixture
def words():
    words = LastWords()
    yield words
    words.close()


@pytest.fixture
def lease():
    return Lease.make(SESSION_S)


@pytest.fixture
def watch(monkeypatch, lease, words):
    monkeypatch.setattr(lease_watch, "_KillTimer", NoTimer)
    watch = LeaseWatch(lease, words.descriptor, leave)
    yield watch
    watch.close()


@pytest.mark.parametrize(
    ("left", "phase"),
    [
        (100.0, Phase.HELD),
        (25.1, Phase.HELD),
        (25.0, Phase.ENDING),
        (5.1, Phase.ENDING),
        (5.0, Phase.OVER),
        (-7.0, Phase.OVER),
        (float("-inf"), Phase.OVER),
    ],
)
def test_the_phase_follows_from_the_share_that_is_left(left, phase):
    assert plan_watch(1000.0 + left, SESSION_S, 1000.0)[0] is phase


@given(st.floats(-50, 200), st.floats(0.1, 600))
def test_no_phase_begins_unseen(left, session_s):
    phase, wait_s = plan_watch(left, session_s, 0.0)
    if phase is not Phase.OVER:
        assert 0 < wait_s <= max(0.001, 0.1 * session_s)
        just_before = plan_watch(left, session_s, 0.99 * wait_s - 0.001)[0]
        assert just_before is phase


def test_a_runner_is_asked_once_to_stop(lease, watch):
    asked = []
    lease.extend(time.monotonic() + 20)
    watch.start(lambda: asked.append(1))
    watch._look()
    assert (asked, watch.has_asked) == ([1], True)


def test_a_lease_that_holds_asks_nothing(lease, watch):
    asked = []
    lease.extend(time.monotonic() + SESSION_S)
    watch.start(lambda: asked.append(1))
    watch.ensure()
    assert (asked, watch.has_asked) == ([], False)


def test_a_lease_that_is_over_ends_the_process_before_anything_is_done(watch):
    with pytest.raises(LeftError) as left:
        watch.start(lambda: None)
    assert left.value.args == (LAPSED,)


def test_one_that_ends_before_it_began_tells_that_it_had_a_lease(watch, words):
    with pytest.raises(LeftError):
        watch.start(lambda: None)
    assert words.end_of_lease() < time.monotonic()


def test_nothing_is_begun_without_a_lease(lease, watch):
    lease.extend(time.monotonic() + 4)
    with pytest.raises(LeftError):
        watch.ensure()


def test_the_kernel_is_told_anew_whenever_the_lease_was_extended(lease, watch, words):
    first = time.monotonic() + SESSION_S
    lease.extend(first)
    watch.start(lambda: None)
    watch._look()
    lease.extend(first + 3)
    watch._look()
    assert watch._timer.instants == [first - 2, first + 1]
    assert words.end_of_lease() == first + 1


def test_without_a_group_nothing_is_watched(words):
    before = threading.active_count()
    watch = LeaseWatch(Lease.make(None), words.descriptor, leave)
    watch.start(lambda: None)
    watch.ensure()
    assert threading.active_count() == before
    assert words.end_of_lease() is None


def test_the_watch_goes_on_by_itself(monkeypatch, words):
    monkeypatch.setattr(lease_watch, "_KillTimer", NoTimer)
    lease, left = Lease.make(0.1), threading.Event()

    def leave(_status):
        watch._closed.set()
        left.set()

    lease.extend(time.monotonic() + 0.1)
    watch = LeaseWatch(lease, words.descriptor, leave)
    watch.start(lambda: None)
    assert left.wait(10)
    watch.close()
