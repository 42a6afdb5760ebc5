# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import concurrent.futures
import os

import pytest

from barnabas.runtime.worker import scheduling

pytestmark = pytest.mark.skipif(
    scheduling.slice_ns() is None, reason="only Linux, from 6.12 on, has slices to ask for"
)


def ask() -> tuple[bool, int | None]:
    return scheduling.ask_for_short_slices(), scheduling.slice_ns()


def nice_of_this_thread() -> int:
    os.nice(3)
    scheduling.ask_for_short_slices()
    return os.getpriority(os.PRIO_PROCESS, 0)


def ask_under_another_policy() -> tuple[bool, int]:
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    return scheduling.ask_for_short_slices(), os.sched_getscheduler(0)


def ask_and_start_a_thread() -> int | None:
    scheduling.ask_for_short_slices()
    with concurrent.futures.ThreadPoolExecutor(1) as inner:
        return inner.submit(scheduling.slice_ns).result()


@pytest.fixture
def thread() -> concurrent.futures.Executor:
    """A thread of its own: what it asks for holds for it alone."""
    return concurrent.futures.ThreadPoolExecutor(1)


def test_the_thread_that_asks_gets_short_slices(thread: concurrent.futures.Executor) -> None:
    assert thread.submit(ask).result() == (True, scheduling.SLICE_NS)


def test_threads_it_starts_get_the_usual_ones(thread: concurrent.futures.Executor) -> None:
    usual = thread.submit(scheduling.slice_ns).result()
    assert usual != scheduling.SLICE_NS
    assert thread.submit(ask_and_start_a_thread).result() == usual


def test_a_thread_that_was_made_nice_stays_nice(thread: concurrent.futures.Executor) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    assert thread.submit(nice_of_this_thread).result() == min(before + 3, 19)


def test_another_policy_is_left_as_it_is(thread: concurrent.futures.Executor) -> None:
    assert thread.submit(ask_under_another_policy).result() == (False, os.SCHED_BATCH)
