# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import pytest

from barnabas.runtime.herder.assigned_work import AssignedWork
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.stores import ConfigState
from tests.unit.runtime.herder.local_doubles import WatchfulWorker

T0, T1 = TaskId("c", 0), TaskId("c", 1)


class Configs:
    """A store whose state the test sets."""

    def __init__(self) -> None:
        self.write("a", "a", offset=5)

    def write(self, *revisions: str, offset: int, target=TargetState.STARTED) -> None:
        config = {"name": "c"}
        self.state = ConfigState(
            offset=offset,
            configs={"c": config},
            target_states={"c": target},
            task_counts={"c": len(revisions)},
            task_configs={TaskId("c", n): {"r": each} for n, each in enumerate(revisions)},
            applied_configs={"c": config},
        )


class Bench:
    def __init__(self) -> None:
        self.worker = WatchfulWorker()
        self.local = LocalWork(self.worker, on_connector_started=lambda _: None)
        self.configs = Configs()
        self.rejoins: list[str] = []
        self.work = AssignedWork(self.local, self.configs, self.rejoins.append)
        self.work.begin()

    async def assign(self, *tasks: TaskId, offset: int) -> None:
        await self.work.restrict(frozenset({"c"}), frozenset(tasks))
        self.work.run(offset)
        await self.local.settled()

    def running(self) -> dict[object, str]:
        return {
            item: given[1]["r"]
            for item, given in self.worker.running.items()
            if isinstance(item, TaskId)
        }


@pytest.fixture
async def bench() -> Bench:
    made = Bench()
    await made.assign(T0, T1, offset=5)
    made.worker.calls.clear()
    return made


async def test_what_is_assigned_and_configured_runs(bench: Bench):
    assert bench.running() == {T0: "a", T1: "a"}
    assert "c" in bench.worker.running


async def test_tasks_start_before_connectors():
    made = Bench()
    await made.assign(T0, T1, offset=5)
    *tasks, last = made.worker.calls
    assert sorted(tasks) == ["start c-0 STARTED", "start c-1 STARTED"]
    assert last == "start c STARTED"


async def test_what_is_no_longer_assigned_has_stopped_when_restrict_returns(bench: Bench):
    await bench.work.restrict(frozenset({"c"}), frozenset({T0}))
    assert bench.running() == {T0: "a"}


async def test_only_tasks_that_change_stop_and_start_with_a_newer_assignment(bench: Bench):
    bench.configs.write("a", "b", offset=9)
    bench.work.on_task_configs("c")
    await bench.work.given_up()
    assert bench.running() == {T0: "a"}
    assert bench.rejoins == ["the tasks of connector c were written"]
    await bench.assign(T0, T1, offset=8)  # made before the tasks were written
    assert bench.running() == {T0: "a"}
    await bench.assign(T0, T1, offset=9)
    assert bench.running() == {T0: "a", T1: "b"}
    assert [call for call in bench.worker.calls if "c-0" in str(call)] == []


async def test_a_deleted_connector_stops_and_the_group_is_asked(bench: Bench):
    bench.configs.state = ConfigState(offset=10)
    bench.work.on_connector_removed("c")
    await bench.work.given_up()
    assert bench.worker.running == {}
    assert bench.rejoins == ["connector c was deleted"]


async def test_a_new_connector_is_the_groups_a_known_one_starts_anew(bench: Bench):
    bench.work.on_connector_config("d")
    assert bench.rejoins == ["connector d was created"]
    bench.work.on_connector_config("c")
    await bench.local.settled()
    assert [call for call in bench.worker.calls if "start c " in str(call)] == ["start c STARTED"]


async def test_a_target_state_reaches_connector_and_tasks(bench: Bench):
    bench.configs.write("a", "a", offset=6, target=TargetState.PAUSED)
    bench.work.on_target_state("c")
    await bench.local.settled()
    assert {given[-1] for given in bench.worker.running.values()} == {TargetState.PAUSED}
    assert bench.rejoins == []


async def test_all_tasks_start_anew_where_fencing_would_end_the_producers_of_all(bench) -> None:
    bench.work.restarts_all = lambda name: name == "c"
    bench.configs.write("a", "b", offset=8)
    bench.work.on_task_configs("c")
    await bench.work.given_up()
    assert bench.running() == {}
    await bench.assign(T0, T1, offset=8)
    assert bench.running() == {T0: "a", T1: "b"}


async def test_a_task_is_of_the_newest_set_until_tasks_are_written_again(bench) -> None:
    assert bench.work.is_newest(T0)
    state = bench.configs.state
    bench.configs.state = dataclasses.replace(state, task_config_generations={"c": 3})
    assert not bench.work.is_newest(T0)
    assert not bench.work.is_newest(TaskId("unknown", 0))
