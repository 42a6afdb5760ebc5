# SPDX-License-Identifier: Apache-2.0
"""What a sink task does not read for a while, because it retries or is paused."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.errors import RetriableError
from barnabas.runtime.model import State, TargetState
from tests.unit.runtime.tasks.test_sink import A, B, Bench, messages


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPause")
def test_paused_task_stays_in_its_group_and_commits() -> None:
    seen: list[Any] = []

    def pause() -> None:
        bench.link.set_target_state(TargetState.PAUSED)

    def resume() -> None:
        seen.append(set(bench.consumption.paused))
        bench.link.set_target_state(TargetState.STARTED)

    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), pause, resume, None)
    assert bench.link.states == [State.RUNNING, State.PAUSED, State.RUNNING]
    assert seen == [{A}]
    assert bench.consumption.paused == set()
    assert bench.consumption.calls[0] == ("commit", {0: 1})


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testTaskPauseResume")
def test_partitions_the_task_paused_stay_paused_when_the_user_resumes() -> None:
    def pause() -> None:
        bench.link.set_target_state(TargetState.PAUSED)

    def resume() -> None:
        bench.link.set_target_state(TargetState.STARTED)

    bench = Bench(lambda: bench.context.pause(A))
    bench.run(bench.assign(a=0, b=0), pause, resume, None)
    assert bench.consumption.paused == {A}


def test_partitions_paused_in_open_are_paused_once_they_are_read() -> None:
    bench = Bench()
    bench.task.open = lambda partitions: bench.context.pause(A)  # type: ignore[method-assign]
    bench.run(bench.assign(a=0, b=0))
    assert bench.consumption.paused == {A}


def test_new_partitions_are_paused_with_the_others() -> None:
    bench = Bench()
    bench.link.set_target_state(TargetState.PAUSED)
    bench.run(bench.assign(a=0))
    assert bench.consumption.paused == {A}


def test_new_partitions_are_paused_while_records_are_retried() -> None:
    bench = Bench(lambda: None, RetriableError("busy"), RetriableError("busy"))
    seen: list[Any] = []
    look = lambda: seen.append(set(bench.consumption.paused))  # noqa: E731 - a poll
    bench.run(bench.assign(a=0), messages("x"), bench.assign(b=0), look, None)
    assert seen == [{A, B}]
    assert bench.consumption.paused == set()


def test_partitions_that_stay_are_neither_paused_nor_resumed_when_others_come() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), bench.assign(b=0), None)
    assert bench.task.calls[1:3] == [("open", [0]), ("open", [1])]
    assert A not in set().union(*bench.consumption.touched[2:])


def test_partitions_the_task_paused_stay_paused_when_they_were_away_for_a_moment() -> None:
    def deal_out_anew() -> None:
        listener = bench.consumption.listener
        listener.revoked({A, B})
        bench.consumption.paused.clear()  # the consumer forgets what it no longer has
        bench.assign(a=0, b=0)()

    bench = Bench(lambda: bench.context.pause(A))
    bench.run(bench.assign(a=0, b=0), deal_out_anew, None)
    assert bench.consumption.paused == {A}


def test_partitions_that_went_for_good_are_not_paused_when_they_come_back_later() -> None:
    def settle() -> None:
        bench.consumption.listener.started()

    bench = Bench(lambda: bench.context.pause(A))
    bench.run(bench.assign(a=0, b=0), bench.revoke("a"), settle, bench.assign(a=0), None)
    assert A not in bench.context.paused


# -- retrying --------------------------------------------------------------------------------------


def target(bench: Bench, state: TargetState) -> Any:
    """A poll in which the user wants something."""
    return lambda: bench.link.set_target_state(state)


def test_a_wish_for_no_time_at_all_is_none() -> None:
    bench = Bench(lambda: bench.context.timeout(0))
    bench.run(None, None)
    assert bench.consumption.timeouts == pytest.approx([1, 0.9])


def test_partitions_the_task_paused_stay_paused_after_a_retry() -> None:
    bench = Bench(lambda: bench.context.pause(A), RetriableError("busy"))
    bench.run(bench.assign(a=0, b=0), messages("x", partition=1), None)
    assert bench.consumption.paused == {A}


def test_a_task_paused_while_it_retries_stays_paused() -> None:
    seen: list[Any] = []
    bench = Bench(lambda: None, RetriableError("busy"), RetriableError("busy"))
    look = lambda: seen.append(set(bench.consumption.paused))  # noqa: E731 - a poll
    pause = target(bench, TargetState.PAUSED)
    bench.run(bench.assign(a=0), messages("x"), pause, None, look)
    assert seen == [{A}]


def test_a_task_resumed_while_it_retries_reads_on_only_after_that() -> None:
    seen: list[Any] = []
    bench = Bench(lambda: None, *[RetriableError("busy")] * 3)
    look = lambda: seen.append(set(bench.consumption.paused))  # noqa: E731 - a poll
    pause, resume = target(bench, TargetState.PAUSED), target(bench, TargetState.STARTED)
    bench.run(bench.assign(a=0), messages("x"), pause, resume, look, None)
    assert seen == [{A}]
    assert bench.consumption.paused == set()


def test_a_task_cannot_resume_what_the_user_paused() -> None:
    bench = Bench(lambda: None, lambda: None, lambda: bench.context.resume(A))
    bench.run(bench.assign(a=0), target(bench, TargetState.PAUSED), None, None)
    assert bench.consumption.paused == {A}
