# SPDX-License-Identifier: Apache-2.0
"""Restarts of failed tasks, with time that obeys the test."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.herder.task_supervision import TaskSupervision
from barnabas.runtime.model import ConnectorStatus, FailureCause, State, TaskId
from tests.unit.runtime.herder.doubles import Bench as HerderBench

TASK = TaskId("c", 0)
FAILED = ConnectorStatus(State.FAILED, "w:1", trace="Task c-0 failed: why.\nTraceback …\n")
ON = {"task.restart.enable": "true", "task.restart.backoff.initial.ms": "0"}


class Tasks:
    """One task, which is restarted in vain unless told otherwise."""

    def __init__(self, config: dict[str, str | None]) -> None:
        self.config: dict[str, str | None] | None = config
        self.cause: FailureCause | None = None
        self.is_failed = True
        self.restarted: list[TaskId] = []

    def config_of(self, task: TaskId) -> dict[str, str | None] | None:
        return self.config if task == TASK else None

    def cause_of(self, task: TaskId) -> FailureCause | None:
        return self.cause

    def restart_failed(self, task: TaskId) -> bool:
        if self.is_failed:
            self.restarted.append(task)
        return self.is_failed


class Bench:
    def __init__(self, config: dict[str, str | None], **worker: str) -> None:
        self.tasks = Tasks(config)
        self.supervision = TaskSupervision(
            {name.replace("_", "."): value for name, value in worker.items()},
            self.tasks,
            lambda: 0.5,
        )

    async def fail(self) -> str:
        """Have the task fail, and wait until what follows from it has happened."""
        status = self.supervision.on_failed(TASK, FAILED)
        for _ in range(3):
            await asyncio.sleep(0)
        return status.trace or ""


async def test_by_default_a_failed_task_stays_failed():
    bench = Bench({})
    assert await bench.fail() == FAILED.trace
    assert bench.tasks.restarted == []


async def test_a_task_is_restarted_and_its_trace_says_so():
    bench = Bench(ON)
    trace = await bench.fail()
    assert bench.tasks.restarted == [TASK]
    assert trace == (
        "Task c-0 failed: why.\nTraceback …\nIt is restarted 0.0 s later: restart 1 of 10."
    )
    assert bench.supervision.values(TASK) == {"restarts-total": 1, "restart-given-up": 0.0}


async def test_a_worker_can_switch_it_on_for_all_and_a_connector_off_for_itself():
    worker = {"task_restart_enable": "true", "task_restart_backoff_initial_ms": "0"}
    bench = Bench({}, **worker)
    await bench.fail()
    assert bench.tasks.restarted == [TASK]
    bench = Bench({"task.restart.enable": "false"}, **worker)
    await bench.fail()
    assert bench.tasks.restarted == []


async def test_the_same_record_is_not_tried_for_ever(caplog):
    bench = Bench(ON)
    bench.tasks.cause = FailureCause("record", "offset 7")
    await bench.fail()
    trace = await bench.fail()
    assert trace.endswith(
        "It is not restarted any more: the same record has failed it 2 times; a further restart "
        "reads it again."
    )
    assert bench.tasks.restarted == [TASK]
    assert bench.supervision.values(TASK)["restart-given-up"] == 1.0
    assert [each for each in caplog.messages if "not restarted any more" in each]


async def test_after_an_order_of_a_user_all_begins_anew():
    bench = Bench({**ON, "task.restart.max.attempts": "1"})
    await bench.fail()
    await bench.fail()
    bench.supervision.forget(TASK)
    assert bench.supervision.values(TASK) == {"restarts-total": 1, "restart-given-up": 0.0}
    assert "restart 1 of 1" in await bench.fail()


async def test_another_configuration_begins_anew_too():
    bench = Bench({**ON, "task.restart.max.attempts": "1"})
    await bench.fail()
    bench.tasks.config = {**(bench.tasks.config or {}), "topic": "t"}
    assert "restart 1 of 1" in await bench.fail()
    assert bench.supervision.values(TASK)["restarts-total"] == 2


async def test_a_task_that_was_restarted_meanwhile_is_left_alone():
    bench = Bench(ON)
    bench.tasks.is_failed = False
    await bench.fail()
    assert bench.supervision.values(TASK)["restarts-total"] == 0


async def test_a_task_of_another_worker_is_left_alone():
    bench = Bench(ON)
    bench.supervision.on_failed(TASK, FAILED)
    bench.tasks.config = None
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bench.tasks.restarted == []
    assert bench.supervision.on_failed(TASK, FAILED) is FAILED
    assert bench.supervision.values(TASK)["restarts-total"] == 0


async def test_nothing_is_restarted_once_the_worker_stops():
    bench = Bench(ON)
    bench.supervision.on_failed(TASK, FAILED)
    bench.supervision.stop()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert bench.tasks.restarted == []


async def test_wrong_settings_of_a_connector_leave_it_to_the_worker():
    bench = Bench({"task.restart.enable": "perhaps"})
    assert await bench.fail() == FAILED.trace


async def test_wrong_settings_of_a_worker_are_told():
    with pytest.raises(ConfigError, match=r"task\.restart\.max\.attempts"):
        Bench({}, **{"task.restart.max.attempts": "0"})


async def test_a_herder_restarts_its_task_and_shows_that():
    bench = HerderBench()
    await bench.start()
    await bench.create(**{"task.restart.enable": "true", "task.restart.backoff.initial.ms": "0"})
    bench.worker.calls.clear()
    bench.worker._report_task(TASK, State.FAILED, "why")
    assert bench.herder.task_status(TASK).trace == (
        "why\nIt is restarted 0.0 s later: restart 1 of 10."
    )
    for _ in range(3):
        await asyncio.sleep(0)
    await bench.settle()
    assert bench.herder.task_status(TASK).state == "RUNNING"
    assert bench.worker.calls == [f"stop {TASK}", f"start {TASK} STARTED"]
    assert bench.herder.metrics().tasks[TASK]["restarts-total"] == 1
    await bench.herder.stop()
