# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import UnsupportedError
from barnabas.runtime.model import RestartRequest, TargetState, TaskId
from barnabas.runtime.stores.configs import ConfigState, MemoryConfigStore


async def test_an_older_state_does_not_change():
    store = MemoryConfigStore()
    before = store.state
    await store.put_connector("c", {"a": "1"}, None)
    assert "c" not in before
    assert "c" in store.state


async def test_a_new_configuration_keeps_the_target_state():
    store = MemoryConfigStore()
    await store.put_connector("c", {}, TargetState.STOPPED)
    await store.put_connector("c", {"a": "1"}, None)
    assert store.state.target_state("c") is TargetState.STOPPED


async def test_fewer_tasks_leave_the_configurations_of_the_others_known():
    store = MemoryConfigStore()
    await store.put_connector("c", {"a": "1"}, None)
    await store.put_tasks("c", [{"n": "0"}, {"n": "1"}])
    await store.put_tasks("c", [{"n": "x"}])
    assert store.state.tasks("c") == [TaskId("c", 0)]
    assert store.state.task_configs == {TaskId("c", 0): {"n": "x"}, TaskId("c", 1): {"n": "1"}}
    assert store.state.applied_configs == {"c": {"a": "1"}}


async def test_a_removed_connector_leaves_nothing():
    store = MemoryConfigStore()
    await store.put_connector("c", {}, TargetState.PAUSED)
    await store.put_tasks("c", [{}])
    await store.remove_connector("c")
    assert store.state == MemoryConfigStore().state


async def test_the_target_state_of_a_connector_can_change():
    store = MemoryConfigStore()
    await store.put_connector("c", {}, None)
    assert store.state.target_state("c") is TargetState.STARTED
    await store.put_target_state("c", TargetState.PAUSED)
    assert store.state.target_state("c") is TargetState.PAUSED


async def test_a_refresh_gives_the_state():
    store = MemoryConfigStore()
    await store.put_connector("c", {}, None)
    assert await store.refresh(1.0) is store.state


async def test_what_needs_other_workers_is_refused():
    store = MemoryConfigStore()
    with pytest.raises(UnsupportedError):
        await store.put_restart(RestartRequest("c"))
    with pytest.raises(UnsupportedError):
        await store.put_task_count("c", 1)


def test_a_connector_with_an_incomplete_set_of_tasks_has_none():
    state = ConfigState(task_counts={"c": 2, "d": 1}, inconsistent=frozenset({"c"}))
    assert (state.tasks("c"), state.tasks("d")) == ([], [TaskId("d", 0)])
