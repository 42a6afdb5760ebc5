# SPDX-License-Identifier: Apache-2.0
"""Tasks whose code does not return."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.model import Stall, State, TaskId
from barnabas.runtime.runners.messages import MetricsReport, StateReport
from barnabas.runtime.worker.instances import TaskInstance
from barnabas.runtime.worker.watchdog import Watchdog, called_by_loop, is_stuck, make_stall
from tests.unit.runtime.worker.doubles import FakeHost, FakeRunner

STACK = """\
Its main thread was here (most recent call first):
  File "/plugins/lines.py", line 9 in read_line
  File "/plugins/lines.py", line 5 in poll
  File "/lib/barnabas/runtime/tasks/source.py", line 150 in _poll
  File "/lib/barnabas/runtime/tasks/source.py", line 120 in _loop
"""


class Bench:
    """A running task, its worker's watchdog, and time that obeys the test."""

    def __init__(self, **settings: str) -> None:
        self.host = FakeHost()
        self.task = TaskInstance(self.host, TaskId("c", 0))
        self.task.runner = FakeRunner(None, self.task, None)
        self.task.runner.stack = self.stack
        self.task.on_report(StateReport(State.RUNNING))
        self.began_s = self.task.returned_s
        self.later_s = 0.0
        self.watchdog = Watchdog(settings, lambda: [self.task], lambda: self.began_s + self.later_s)

    async def stack(self) -> str:
        return STACK

    async def look(self, later_s: float) -> None:
        self.later_s = later_s
        await self.watchdog.look()

    @property
    def stalls(self) -> list[Stall | None]:
        return [status.stalled for _, status in self.host.heard]


@pytest.fixture
async def bench() -> Bench:
    return Bench(**{"task.stalled.after.ms": "60000"})


async def test_a_task_that_returns_in_time_is_not_stalled(bench):
    await bench.look(59.0)
    assert bench.stalls == [None]


async def test_a_task_that_does_not_return_stays_running_and_says_where_it_is(bench, caplog):
    await bench.look(61.0)
    await bench.look(90.0)
    _, status = bench.host.heard[-1]
    assert (status.state, status.stalled.call) == (State.RUNNING, "poll")
    assert len(bench.host.heard) == 2
    [line] = [each for each in caplog.messages if "stalled" in each]
    assert "poll() has not returned for 61 s" in line
    assert "lines.py" in line


async def test_the_status_forgets_it_once_the_code_has_returned(bench):
    await bench.look(61.0)
    bench.task.on_report(MetricsReport({}))
    bench.task.returned_s = bench.began_s + 61.5
    await bench.look(62.0)
    assert [stall is not None for stall in bench.stalls] == [False, True, False]


async def test_a_new_state_says_that_the_code_has_returned(bench):
    await bench.look(61.0)
    bench.task.on_report(StateReport(State.PAUSED))
    assert bench.stalls[-1] is None


async def test_a_task_that_returned_while_it_was_asked_is_not_stalled(bench):
    async def stack() -> str:
        bench.task.returned_s += 60
        return STACK

    bench.task.runner.stack = stack
    await bench.look(61.0)
    assert bench.stalls == [None]


async def test_a_busy_machine_may_need_several_tries_for_a_stack(bench):
    answers = ["", "", STACK]

    async def stack() -> str:
        return answers.pop(0)

    bench.task.runner.stack = stack
    await bench.look(61.0)
    assert bench.stalls[-1].call == "poll"


async def test_a_task_without_a_stack_is_stalled_all_the_same(bench, caplog):
    async def stack() -> str:
        return ""

    bench.task.runner.stack = stack
    await bench.look(61.0)
    assert bench.stalls[-1].call == ""
    assert "its code has not returned for 61 s" in caplog.text


@pytest.mark.parametrize("state", [State.PAUSED, State.FAILED])
async def test_only_tasks_that_are_to_run_are_looked_at(bench, state):
    bench.task.on_report(StateReport(state))
    assert not is_stuck(bench.task, bench.task.returned_s + 1e6, 60.0)


async def test_a_task_without_a_process_is_not_looked_at(bench):
    bench.task.runner.is_alive = False
    assert not is_stuck(bench.task, bench.began_s + 1e6, 60.0)


async def test_a_stall_tells_what_is_known_of_the_task(bench):
    task = bench.task
    task.metrics = {"last-record-seconds-ago": 4.0, "record-lag": 12.0}
    task.measured_s = task.returned_s = 100.0
    stall = make_stall(task, "put", 160.0, 1_000_000)
    assert stall == Stall(940_000, "put", last_record=936_000, last_commit=None, lag=12)


@pytest.mark.parametrize("stack", ["", "nothing like a stack", '  File "/x.py", line 1 in poll'])
def test_a_stack_that_does_not_tell_names_no_call(stack):
    assert called_by_loop(stack) == ""


def test_a_loop_that_is_not_in_a_call_names_none():
    assert called_by_loop('  File "/lib/barnabas/runtime/tasks/sink.py", line 1 in _loop') == ""


async def test_nobody_is_watched_when_it_is_switched_off():
    watchdog = Watchdog({"task.stalled.after.ms": "0"}, lambda: pytest.fail("looked"))
    watchdog.start()
    assert watchdog.limit_s == 0
    watchdog.stop()


async def test_short_limits_leave_tasks_the_time_to_report():
    assert Watchdog({"task.stalled.after.ms": "1"}, list).limit_s == 7.5
    assert Watchdog({}, list).limit_s == 300.0


def test_a_wrong_setting_is_told():
    with pytest.raises(ConfigError, match=r"task\.stalled\.after\.ms"):
        Watchdog({"task.stalled.after.ms": "soon"}, list)
