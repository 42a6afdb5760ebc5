# SPDX-License-Identifier: Apache-2.0
"""The link to a worker that is not there."""

from __future__ import annotations

import threading

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.tasks import TaskLink
from barnabas.testing import MemoryTaskLink


def test_it_is_a_task_link() -> None:
    link: TaskLink = MemoryTaskLink()
    assert not link.is_stopping


def test_wait_is_cut_short_by_a_stop() -> None:
    link = MemoryTaskLink()
    assert not link.wait(0)
    threading.Timer(0.01, link.stop).start()
    assert link.wait(10)
    assert link.is_stopping


def test_wait_is_cut_short_by_a_state_nobody_has_read() -> None:
    link = MemoryTaskLink()
    woken: list[bool] = []
    link.on_wake(lambda: woken.append(True))
    link.set_target_state(TargetState.PAUSED)
    assert link.wait(10)
    assert link.target_state is TargetState.PAUSED
    assert not link.wait(0)
    assert woken == [True]


def test_reports_are_kept() -> None:
    link = MemoryTaskLink()
    link.report_state(State.RUNNING, version="1")
    link.report_topics(["a", "b"])
    link.report_metrics({"x": 1})
    assert (link.states, link.topics, link.metrics) == ([State.RUNNING], ["a", "b"], {"x": 1})


def test_offsets_are_stored_and_read() -> None:
    link = MemoryTaskLink()
    link.write_offsets({b"k": b"v"}).result(0)
    assert link.read_offsets([b"k", b"other"]) == [b"v", None]


def test_write_can_be_made_to_fail_once() -> None:
    link = MemoryTaskLink()
    link.write_error = OSError("disk full")
    with pytest.raises(ConnectError, match="disk full"):
        link.write_offsets({b"k": b"v"}).result(0)
    assert link.offsets == {}
    link.write_offsets({b"k": b"v"}).result(0)
    assert link.offsets == {b"k": b"v"}


def test_waiting_for_what_does_not_come_is_told() -> None:
    with pytest.raises(TimeoutError, match="not true within 0 s"):
        MemoryTaskLink().wait_until(lambda: False, 0)


def test_limits_of_known_topics_are_told() -> None:
    link = MemoryTaskLink()
    link.limits = {"a": 1000, "b": 2000}
    assert link.topic_limits({}, ["a", "c"]) == {"a": 1000}
