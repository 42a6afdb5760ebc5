# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import threading

import pytest

from barnabas import errors
from barnabas.runtime.herder import notices, standalone
from barnabas.runtime.model import (
    ConnectorOffset,
    ConnectorStatus,
    RestartRequest,
    State,
    TargetState,
    TaskId,
)
from tests.unit.runtime.herder.doubles import SINK, Bench, config, until

T0, T1 = TaskId("c", 0), TaskId("c", 1)


# -- life


async def test_the_cluster_id_is_known_once_a_broker_answers(bench: Bench):
    assert bench.herder.server_info().kafka_cluster_id == "cluster-1"
    assert bench.herder.is_ready
    await bench.herder.health_check()


async def test_ready_means_connected_and_told_so():
    bench = Bench()
    await bench.herder.start()
    assert not bench.herder.is_ready
    await bench.herder.wait_until_connected()
    assert not bench.herder.is_ready
    bench.herder.set_ready()
    assert bench.herder.is_ready
    await bench.herder.stop()


async def test_changes_are_refused_while_no_broker_answers(monkeypatch):
    release = threading.Event()

    def ask() -> str:
        release.wait(10)
        raise errors.RetriableError("no broker of broker:9092 answered")

    bench = Bench(patience_s=0.01, ask=ask)
    await bench.herder.start()
    with pytest.raises(errors.UnavailableError, match=r"connecting to .* at broker:9092"):
        await bench.herder.create_connector("c", config(), replace=False)
    assert bench.herder.connectors() == []
    release.set()
    await bench.herder.stop()


async def test_stopping_ends_what_runs_and_refuses_more(bench: Bench):
    await bench.create()
    await bench.herder.stop()
    assert bench.worker.calls[-1] == "stop"
    with pytest.raises(errors.ConnectError, match="shutting down"):
        await bench.herder.delete_connector("c")


# -- creating


async def test_a_created_connector_answers_before_its_tasks_are_made(bench: Bench):
    created, info = await bench.herder.create_connector("c", config(), replace=False)
    assert (created, info.name, info.tasks, info.type) == (True, "c", [], "source")
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]
    assert [task.config for task in bench.herder.task_infos("c")] == [{"task.class": "T", "n": "0"}]


async def test_a_name_can_be_used_once(bench: Bench):
    await bench.create()
    with pytest.raises(errors.AlreadyExistsError, match="Connector c already exists"):
        await bench.herder.create_connector("c", config(), replace=False)


async def test_a_wrong_configuration_creates_nothing(bench: Bench):
    with pytest.raises(errors.BadRequestError, match=r"following 1 error\(s\)"):
        await bench.herder.create_connector("c", config(tasks_max="0"), replace=False)
    assert bench.herder.connectors() == []


@pytest.mark.parametrize(
    ("target", "states"), [(TargetState.PAUSED, ["PAUSED"]), (TargetState.STOPPED, ["STOPPED"])]
)
async def test_a_connector_can_begin_in_another_state(bench: Bench, target, states):
    await bench.herder.create_connector("c", config(), target_state=target, replace=False)
    await bench.settle()
    assert bench.states() == states
    await bench.herder.resume_connector("c")
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]


async def test_a_connector_that_cannot_start_is_failed_and_stays(bench: Bench):
    bench.worker.broken.add("c")
    await bench.create()
    assert bench.states() == ["FAILED"]
    assert bench.herder.connectors() == ["c"]


async def test_the_command_line_hears_that_a_connector_cannot_start(bench: Bench):
    bench.worker.broken.add("c")
    with pytest.raises(errors.ConnectError, match="broken"):
        await bench.herder.create_and_start("c", config(), None)


async def test_a_task_that_cannot_start_holds_up_none_of_the_others(bench: Bench):
    bench.worker.broken.add("c-0")
    await bench.create(tasks_max="3")
    assert bench.states() == ["RUNNING", "FAILED", "RUNNING", "RUNNING"]


async def test_a_connector_that_makes_no_task_configurations_is_failed(bench: Bench):
    await bench.create(refuses="yes")
    info = bench.herder.connector_status("c")
    assert (info.connector.state, info.connector.trace) == ("FAILED", "no tasks today")


async def test_what_the_worker_told_of_a_connector_that_died_making_tasks_stays(bench: Bench):
    await bench.create(refuses="and dies")
    info = bench.herder.connector_status("c")
    assert info.connector.trace == "no tasks today\nits stack"


# -- reconfiguring


async def test_an_unchanged_configuration_leaves_tasks_alone(bench: Bench):
    await bench.create()
    bench.worker.calls.clear()
    await bench.create()
    assert bench.worker.calls == ["stop c", "start c STARTED", "task configs c"]


async def test_a_changed_configuration_restarts_its_tasks(bench: Bench):
    await bench.create()
    bench.worker.calls.clear()
    await bench.create(linger="5")
    assert bench.worker.calls[-2:] == ["stop c-0", "start c-0 STARTED"]


async def test_tasks_that_are_gone_have_no_status(bench: Bench):
    await bench.create(tasks_max="2")
    created, info = await bench.herder.create_connector("c", config(tasks_max="1"), replace=True)
    assert (created, len(info.tasks)) == (False, 2)
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]
    with pytest.raises(errors.NotFoundError, match="No status found for task c-1"):
        bench.herder.task_status(T1)


async def test_a_paused_connector_keeps_its_tasks_as_they_are(bench: Bench):
    await bench.create()
    await bench.herder.pause_connector("c")
    await bench.create(linger="5")
    assert bench.states() == ["PAUSED", "PAUSED"]
    assert "linger" in bench.herder.connector_config("c")


async def test_a_patch_sets_and_removes(bench: Bench):
    await bench.create(a="1", b="2")
    info = await bench.herder.patch_connector("c", {"a": None, "b": "3"})
    assert info.config == config(b="3")
    with pytest.raises(errors.NotFoundError, match="Connector x not found"):
        await bench.herder.patch_connector("x", {})


async def test_a_user_hears_of_offsets_a_new_connector_goes_on_with(bench: Bench, caplog):
    with notices.collect() as told:
        await bench.create()
    (sentence,) = told
    assert "Connector c goes on where an earlier connector" in sentence
    assert "offsets of 1 partition. " in sentence
    assert sentence in caplog.text
    with notices.collect() as told:
        await bench.create(a="2")
    assert not told


async def test_at_the_start_of_a_worker_offsets_are_no_news(bench: Bench, caplog):
    await bench.create()
    assert "earlier connector" not in caplog.text


async def test_only_tasks_that_changed_are_restarted_when_the_connector_asks(bench: Bench):
    await bench.create(tasks_max="2")
    bench.worker.configs["c"] = config(tasks_max="3")
    bench.worker.calls.clear()
    bench.herder.on_task_reconfiguration_requested("c")
    await bench.settle()
    assert bench.worker.calls == ["task configs c", "start c-2 STARTED"]


async def test_what_has_expired_is_started_again(bench: Bench):
    await bench.create(tasks_max="2")
    bench.worker.calls.clear()
    bench.herder.on_config_expired(TaskId("c", 1))
    await bench.settle()
    assert bench.worker.calls == ["stop c-1", "start c-1 STARTED"]
    bench.herder.on_config_expired("c")
    await bench.settle()
    assert "start c STARTED" in bench.worker.calls


async def test_tasks_that_change_all_end_before_the_first_starts(bench: Bench):
    await bench.create(tasks_max="3")
    bench.worker.calls.clear()
    await bench.create(tasks_max="3", linger="5")
    kinds = [call.split()[0] for call in bench.worker.calls if "c-" in call]
    assert kinds == ["stop"] * 3 + ["start"] * 3


async def test_tasks_made_for_an_older_configuration_are_not_used(bench: Bench):
    gate = bench.worker.task_configs_gate = asyncio.Event()
    await bench.herder.create_connector("c", config(tasks_max="3"), replace=False)
    await until(lambda: "task configs c" in bench.worker.calls)
    await bench.herder.create_connector("c", config(tasks_max="1"), replace=True)
    gate.set()
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]
    assert "start c-1 STARTED" not in bench.worker.calls


async def test_a_connector_stopped_while_it_makes_tasks_gets_none(bench: Bench):
    gate = bench.worker.task_configs_gate = asyncio.Event()
    await bench.herder.create_connector("c", config(), replace=False)
    await until(lambda: "task configs c" in bench.worker.calls)
    await bench.herder.stop_connector("c")
    gate.set()
    await bench.settle()
    assert (bench.states(), bench.herder.task_infos("c")) == (["STOPPED"], [])


async def test_a_connector_stopped_while_its_tasks_change_gets_none(bench: Bench):
    await bench.create()
    gate = bench.worker.stop_gate = asyncio.Event()
    await bench.herder.create_connector("c", config(linger="5"), replace=True)
    await until(lambda: "stop c-0" in bench.worker.calls)
    stopping = asyncio.create_task(bench.herder.stop_connector("c"))
    await until(lambda: bench.herder.task_infos("c") == [])
    gate.set()
    await stopping
    await bench.settle()
    assert (bench.states(), bench.worker.tasks) == (["STOPPED"], {})


async def test_a_failure_to_make_tasks_is_not_that_of_the_connector_started_since(bench: Bench):
    gate = bench.worker.task_configs_gate = asyncio.Event()
    await bench.herder.create_connector("c", config(refuses="yes"), replace=False)
    await until(lambda: "task configs c" in bench.worker.calls)
    bench.worker.gate = asyncio.Event()
    restarting = asyncio.create_task(bench.herder.restart_connector("c"))
    await until(lambda: bench.worker.calls.count("start c STARTED") == 2)
    gate.set()
    while bench.herder._publisher._runs:
        await asyncio.gather(*bench.herder._publisher._runs.values())
    assert bench.states() == ["RUNNING"]
    bench.worker.configs["c"] = config()
    bench.worker.gate.set()
    await restarting
    await bench.settle()


# -- deleting


async def test_a_deleted_connector_leaves_nothing(bench: Bench):
    await bench.create()
    bench.herder.on_active_topics(T0, ["t"])
    await bench.herder.delete_connector("c")
    assert bench.herder.connectors() == []
    assert bench.herder.active_topics("c") == []
    assert bench.worker.connectors == {}
    assert bench.worker.tasks == {}
    for ask in (bench.herder.connector_status, bench.herder.connector_info):
        with pytest.raises(errors.NotFoundError):
            ask("c")


async def test_a_late_status_of_a_deleted_connector_is_dropped(bench: Bench):
    await bench.create()
    await bench.herder.delete_connector("c")
    late = ConnectorStatus(State.UNASSIGNED, "w:8083")
    bench.herder.on_connector_status("c", late)
    bench.herder.on_task_status(T0, late)
    bench.herder.on_active_topics(T0, ["t"])
    with pytest.raises(errors.NotFoundError, match="No status found for connector c"):
        bench.herder.connector_status("c")
    assert bench.herder.active_topics("c") == []


async def test_what_is_only_restarted_is_never_unassigned(bench: Bench):
    await bench.create()
    between = ConnectorStatus(State.UNASSIGNED, "w:8083")
    bench.herder.on_connector_status("c", between)
    bench.herder.on_task_status(T0, between)
    assert bench.states() == ["RUNNING", "RUNNING"]


async def test_a_connector_that_hangs_at_its_start_can_be_deleted(bench: Bench):
    bench.worker.gate = asyncio.Event()
    await bench.herder.create_connector("c", config(), replace=False)
    await asyncio.sleep(0)
    await bench.herder.delete_connector("c")
    assert bench.worker.connectors == {}


async def test_a_restart_of_a_connector_that_is_deleted_meanwhile_fails(bench: Bench):
    await bench.create()
    bench.worker.gate = asyncio.Event()
    restarting = asyncio.create_task(bench.herder.restart_connector("c"))
    await until(lambda: bench.worker.calls.count("start c STARTED") == 2)
    await bench.herder.delete_connector("c")
    with pytest.raises(errors.ConnectError, match="Failed to start connector: c"):
        await restarting


async def test_a_deleted_connector_may_come_back_at_once(bench: Bench):
    await bench.create()
    gate = bench.worker.stop_gate = asyncio.Event()
    deleting = asyncio.create_task(bench.herder.delete_connector("c"))
    await until(lambda: bench.herder.connectors() == [])
    await bench.herder.create_connector("c", config(), replace=False)
    gate.set()
    await deleting
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]


async def test_a_connector_that_hangs_at_its_start_can_be_stopped(bench: Bench):
    bench.be_impatient()
    bench.worker.gate = asyncio.Event()
    await bench.herder.create_connector("c", config(), replace=False)
    await asyncio.sleep(0)
    stopping = asyncio.create_task(bench.herder.stop_connector("c"))
    await until(lambda: "start c STOPPED" in bench.worker.calls)
    bench.worker.gate.set()
    await stopping
    assert bench.states() == ["STOPPED"]


async def test_other_connectors_do_not_wait_for_one_that_hangs(bench: Bench):
    bench.worker.gate = asyncio.Event()
    await bench.herder.create_connector("c", config(), replace=False)
    await asyncio.sleep(0)
    bench.worker.gate = None
    await bench.herder.create_connector("d", config(name="d"), replace=False)
    await until(lambda: "start d-0 STARTED" in bench.worker.calls)
    assert bench.states("d") == ["RUNNING", "RUNNING"]


# -- target states


async def test_pause_and_resume_reach_connector_and_tasks(bench: Bench):
    await bench.create()
    await bench.herder.pause_connector("c")
    await bench.settle()
    assert bench.states() == ["PAUSED", "PAUSED"]
    await bench.herder.resume_connector("c")
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]


async def test_a_stopped_connector_has_no_tasks_until_it_is_resumed(bench: Bench):
    await bench.create()
    await bench.herder.stop_connector("c")
    assert (bench.states(), bench.herder.task_infos("c")) == (["STOPPED"], [])
    await bench.herder.stop_connector("c")
    await bench.herder.resume_connector("c")
    await bench.settle()
    assert bench.states() == ["RUNNING", "RUNNING"]


async def test_target_states_of_unknown_connectors_are_not_found(bench: Bench):
    for change in (
        bench.herder.pause_connector,
        bench.herder.resume_connector,
        bench.herder.stop_connector,
    ):
        with pytest.raises(errors.NotFoundError, match="Unknown connector x"):
            await change("x")


# -- restarts


async def test_a_plain_restart_leaves_tasks_alone(bench: Bench):
    await bench.create()
    bench.worker.calls.clear()
    await bench.herder.restart_connector("c")
    await bench.settle()
    assert bench.worker.calls == ["stop c", "start c STARTED", "task configs c"]


async def test_a_restart_that_fails_says_so(bench: Bench):
    await bench.create()
    bench.worker.broken.add("c")
    with pytest.raises(errors.ConnectError, match="Failed to start connector: c"):
        await bench.herder.restart_connector("c")


async def test_restarts_of_unknown_things_are_not_found(bench: Bench):
    await bench.create()
    with pytest.raises(errors.NotFoundError, match="Unknown connector: x"):
        await bench.herder.restart_connector("x")
    with pytest.raises(errors.NotFoundError, match="Unknown connector: x"):
        await bench.herder.restart_connector_and_tasks(RestartRequest("x", include_tasks=True))
    with pytest.raises(errors.NotFoundError, match="Unknown connector: x"):
        await bench.herder.restart_task(TaskId("x", 0))
    with pytest.raises(errors.NotFoundError, match="Unknown task: c-7"):
        await bench.herder.restart_task(TaskId("c", 7))


async def test_a_task_the_connector_no_longer_has_cannot_be_restarted(bench: Bench):
    await bench.create(tasks_max="2")
    await bench.create(tasks_max="1")
    with pytest.raises(errors.ConflictError, match="no longer has task 1"):
        await bench.herder.restart_task(T1)


async def test_a_task_is_restarted_alone(bench: Bench):
    await bench.create(tasks_max="2")
    bench.worker.calls.clear()
    await bench.herder.restart_task(T1)
    assert bench.worker.calls == ["stop c-1", "start c-1 STARTED"]


async def test_a_task_restart_that_fails_says_so(bench: Bench):
    await bench.create()
    bench.worker.broken.add("c-0")
    with pytest.raises(errors.ConnectError, match="Failed to start task: c-0"):
        await bench.herder.restart_task(T0)


async def test_a_restart_with_tasks_answers_with_the_plan(bench: Bench):
    await bench.create(tasks_max="2")
    bench.worker.calls.clear()
    plan = await bench.herder.restart_connector_and_tasks(RestartRequest("c", include_tasks=True))
    assert plan.connector.state == "RESTARTING"
    assert [task.state for task in plan.tasks] == ["RESTARTING"] * 2
    assert bench.states() == ["RESTARTING"] * 3
    await bench.settle()
    assert bench.states() == ["RUNNING"] * 3


async def test_a_restart_of_what_failed_leaves_the_rest_alone(bench: Bench):
    await bench.create(tasks_max="2")
    bench.worker._report_task(T1, State.FAILED, "lost")
    bench.worker.calls.clear()
    request = RestartRequest("c", only_failed=True, include_tasks=True)
    plan = await bench.herder.restart_connector_and_tasks(request)
    assert [task.state for task in plan.tasks] == ["RUNNING", "RESTARTING"]
    assert plan.tasks[1].trace == "lost"
    await bench.settle()
    assert bench.worker.calls == ["stop c-1", "start c-1 STARTED"]


async def test_tasks_are_restarted_even_when_their_connector_cannot(bench: Bench):
    await bench.create()
    bench.worker.broken.add("c")
    await bench.herder.restart_connector_and_tasks(RestartRequest("c", include_tasks=True))
    await bench.settle()
    assert bench.states() == ["FAILED", "RUNNING"]


async def test_a_restart_needs_a_status(bench: Bench):
    bench.worker.gate = asyncio.Event()
    await bench.herder.create_connector("c", config(), replace=False)
    bench.herder._statuses.remove_connector("c")
    with pytest.raises(errors.NotFoundError, match="Status for connector c not found"):
        await bench.herder.restart_connector_and_tasks(RestartRequest("c", include_tasks=True))
    bench.worker.gate.set()


# -- offsets


async def test_offsets_change_only_while_stopped(bench: Bench):
    await bench.create()
    with pytest.raises(errors.BadRequestError, match="'/connectors/c/stop'"):
        await bench.herder.reset_offsets("c")
    await bench.herder.stop_connector("c")
    offsets = [ConnectorOffset({"p": 1}, None)]
    assert await bench.herder.alter_offsets("c", offsets) == "done"
    assert await bench.herder.reset_offsets("c") == "done"
    assert bench.worker.offset_calls == [("c", offsets), ("c", None)]


async def test_offsets_change_only_when_all_has_stopped(bench: Bench):
    await bench.create()
    gate = bench.worker.stop_gate = asyncio.Event()
    stopping = asyncio.create_task(bench.herder.stop_connector("c"))
    await until(lambda: "stop c-0" in bench.worker.calls)
    resetting = asyncio.create_task(bench.herder.reset_offsets("c"))
    for _ in range(50):
        await asyncio.sleep(0)
    asked_for = list(bench.worker.offset_calls)
    gate.set()
    assert asked_for == []
    await stopping
    assert await resetting == "done"


async def test_offsets_of_unknown_connectors_are_not_found(bench: Bench):
    for ask in (bench.herder.reset_offsets, bench.herder.connector_offsets):
        with pytest.raises(errors.NotFoundError, match="Connector x not found"):
            await ask("x")


# -- between workers


async def test_requests_between_workers_are_refused(bench: Bench):
    with pytest.raises(errors.BadRequestError, match="missing required signature"):
        await bench.herder.fence_zombies("c", headers={})
    signed = dict.fromkeys(standalone._SIGNATURE_HEADERS, "x")
    with pytest.raises(errors.UnsupportedError, match="does not support exactly-once"):
        await bench.herder.fence_zombies("c", headers=signed)
    with pytest.raises(errors.UnsupportedError, match="externally setting task"):
        await bench.herder.put_task_configs("c", [], body=b"[]", headers=signed)


async def test_the_kind_of_a_connector_follows_from_its_class(bench: Bench):
    await bench.herder.create_connector("c", {**config(), "connector.class": SINK}, replace=False)
    assert bench.herder.connector_info("c").type == "sink"
    assert bench.herder.stage is not None


async def test_an_error_of_ours_while_connecting_is_logged(caplog):
    def ask() -> str:
        raise ValueError("ours")

    bench = Bench(ask=ask)
    await bench.herder.start()
    await until(lambda: "Unexpected error while connecting" in caplog.text)
    assert not bench.herder.is_ready
    await bench.herder.stop()
