# SPDX-License-Identifier: Apache-2.0
"""When failed tasks are restarted, and when not."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.herder.restart_policy import GiveUp, History, Limits, Restart, plan_restart
from barnabas.runtime.model import FailureCause

LIMITS = Limits(attempts=5, first_s=1.0, longest_s=10.0, reset_s=600.0)
AWAY = FailureCause("other", "OperationalError: connection refused")
RECORD = FailureCause("record", "Tolerance exceeded … offset 7")
BATCH = FailureCause("batch", "ValueError: row 1", {"t-0": 500, "t-1": 20})
SETTINGS = FailureCause("configuration", "ConfigError: no file")


def play(*causes: FailureCause, ran_s: float = 1.0) -> list[Restart | GiveUp]:
    """Fail again and again, each time after having run for some seconds."""
    history, now_s, plans = History(), 0.0, []
    for cause in causes:
        plan = plan_restart(history, cause, LIMITS, now_s=now_s, chance=0.5)
        plans.append(plan)
        history = dataclasses.replace(plan.history, restarted_s=now_s)
        now_s += ran_s
    return plans


def test_the_time_before_a_restart_doubles_up_to_a_limit():
    delays = [plan.delay_s for plan in play(*[AWAY] * 5)]
    assert delays == pytest.approx([1, 2, 4, 8, 10 / 1.2])


def test_restarts_end_when_there_were_enough():
    last = play(*[AWAY] * 6)[-1]
    assert isinstance(last, GiveUp)
    assert "after 5 restarts, task.restart.max.attempts" in last.reason


def test_restarts_begin_anew_once_the_task_has_run_for_long():
    delays = [plan.delay_s for plan in play(*[AWAY] * 8, ran_s=600.0)]
    assert delays == pytest.approx([1.0] * 8)


def test_a_record_that_fails_a_second_time_ends_them():
    first, second = play(RECORD, RECORD)
    assert isinstance(first, Restart)
    assert "same record has failed it 2 times" in second.reason


def test_another_record_is_another_failure():
    other = FailureCause("record", "Tolerance exceeded … offset 8")
    assert all(isinstance(plan, Restart) for plan in play(RECORD, other, RECORD, other))


def test_records_a_sink_cannot_take_end_them_and_are_named():
    *before, last = play(BATCH, BATCH, BATCH)
    assert all(isinstance(plan, Restart) for plan in before)
    assert "the same records 3 times (t-0 from offset 500, t-1 from offset 20)" in last.reason


def test_records_are_the_same_wherever_other_partitions_are_by_then():
    later = FailureCause("batch", "ValueError: row 9", {"t-0": 500, "t-1": 90, "t-2": 1})
    assert isinstance(play(BATCH, later, later)[-1], GiveUp)


def test_a_sink_that_gets_further_is_restarted():
    further = [FailureCause("batch", "ValueError: x", {"t-0": at}) for at in range(4)]
    assert all(isinstance(plan, Restart) for plan in play(*further))


def test_a_slow_way_to_the_same_records_is_no_progress():
    assert isinstance(play(BATCH, BATCH, BATCH, ran_s=6000.0)[-1], GiveUp)


def test_wrong_settings_are_not_tried_for_long():
    assert "settings are wrong" in play(SETTINGS, SETTINGS)[-1].reason


def test_something_else_in_between_begins_counting_anew():
    assert isinstance(play(RECORD, AWAY, RECORD)[-1], Restart)


@given(st.floats(0, 1), st.integers(0, 4))
def test_chance_moves_a_restart_by_a_fifth_at_most(chance, attempts):
    plan = plan_restart(History(attempts), AWAY, LIMITS, now_s=0.0, chance=chance)
    planned_s = min(2.0**attempts, 10.0 / 1.2)
    assert planned_s * 0.799 <= plan.delay_s <= planned_s * 1.201


@given(st.floats(0, 1), st.integers(0, 2000))
def test_no_restart_takes_longer_than_the_longest_time(chance, attempts):
    limits = dataclasses.replace(LIMITS, attempts=10_000)
    assert plan_restart(History(attempts), AWAY, limits, now_s=0.0, chance=chance).delay_s <= 10.0


@pytest.mark.parametrize("attempts", [60, 2000])
def test_many_attempts_are_no_trouble(attempts):
    limits = dataclasses.replace(LIMITS, attempts=10_000)
    plan = plan_restart(History(attempts), AWAY, limits, now_s=0.0, chance=0.5)
    assert plan.delay_s == pytest.approx(10 / 1.2)
