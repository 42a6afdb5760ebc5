# SPDX-License-Identifier: Apache-2.0
"""What a runner says becomes a status, as long as its instance is the current one."""

from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import RetriableError
from barnabas.runtime.model import State, TaskId
from barnabas.runtime.runners.messages import (
    ConfigExpired,
    ConfirmTask,
    Done,
    Failure,
    FenceEarlierTasks,
    FindOffsetKeys,
    MetricsReport,
    OffsetsAnswer,
    ReadOffsets,
    ReadTopicLimits,
    ReconfigurationRequest,
    StateReport,
    TopicLimitsAnswer,
    TopicsReport,
    WriteOffsets,
)
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.worker.instances import ConnectorInstance, TaskInstance
from tests.unit.runtime.worker.doubles import FakeHost, FakeRunner, until

TASK = TaskId("s", 0)
KEY = b'["s",{"file":"a"}]'


@pytest.fixture
def host():
    return FakeHost()


@pytest.fixture
async def task(host):
    task = TaskInstance(host, TASK)
    task.runner = FakeRunner(None, task, None)
    return task


@pytest.fixture
async def connector(host):
    connector = ConnectorInstance(host, "s", {})
    connector.runner = FakeRunner(None, connector, None)
    return connector


async def test_a_state_becomes_a_status_of_this_worker(host, task):
    task.on_report(StateReport(State.RUNNING, None, "1.0"))
    [(name, status)] = host.heard
    assert (name, status.state, status.worker_id, status.generation, status.version) == (
        TASK,
        State.RUNNING,
        "here:1",
        7,
        "1.0",
    )


async def test_a_late_start_of_one_that_is_to_stop_is_not_told(host, task):
    task.leave()
    task.on_report(StateReport(State.RUNNING))
    task.on_report(StateReport(State.UNASSIGNED))
    assert host.states == [State.UNASSIGNED]


async def test_a_failure_of_one_that_is_to_stop_is_told(host, task):
    task.leave()
    task.on_report(StateReport(State.FAILED, "why"))
    assert host.states == [State.FAILED]


async def test_who_waits_for_the_first_state_wakes_when_it_comes(task):
    waiting = asyncio.create_task(task.spoken(3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    task.on_report(StateReport(State.FAILED, "why"))
    await waiting


@pytest.mark.parametrize("end", ["close", "silence"])
async def test_who_waits_for_the_first_state_wakes_at_the_end(task, end):
    waiting = asyncio.create_task(task.spoken(3600))
    await asyncio.sleep(0)
    getattr(task, end)()
    await waiting


async def test_who_waits_for_the_first_state_waits_a_bounded_time(task):
    await task.spoken(0)
    assert task.state is None


async def test_the_version_is_kept(host, task):
    task.on_report(StateReport(State.RUNNING, None, "1.0"))
    task.on_report(StateReport(State.PAUSED))
    assert host.heard[-1][1].version == "1.0"


async def test_a_death_is_a_failure(host, task):
    task.on_report(StateReport(State.RUNNING))
    task.runner.die(-11, "SIGSEGV")
    assert (host.states, host.heard[-1][1].trace) == ([State.RUNNING, State.FAILED], "SIGSEGV")
    assert task.is_over


async def test_a_death_after_a_failure_says_nothing_more(host, task):
    task.on_report(StateReport(State.FAILED, "why"))
    task.runner.die(1, "exit code 1")
    assert [status.trace for _name, status in host.heard] == ["why"]


@pytest.mark.parametrize("status", [0, -9])
async def test_an_end_that_was_asked_for_is_no_failure(host, task, status):
    task.on_report(StateReport(State.RUNNING))
    task.runner.die(status, asked=True)
    task.close()
    assert host.states == [State.RUNNING, State.UNASSIGNED]


async def test_nothing_is_heard_after_the_close(host, task):
    task.close()
    task.on_report(StateReport(State.RUNNING))
    task.on_report(TopicsReport(["t"]))
    task.report(State.FAILED, "late")
    assert host.states == [State.UNASSIGNED]
    assert task.runner.is_muted


async def test_unassigned_is_said_once(host, connector):
    connector.on_report(StateReport(State.UNASSIGNED))
    connector.close()
    assert host.states == [State.UNASSIGNED]


async def test_a_failed_one_stays_failed(host, task):
    task.on_report(StateReport(State.FAILED, "why"))
    task.close()
    assert host.states == [State.FAILED]


async def test_topics_and_metrics_of_tasks_are_taken(host, task):
    task.on_report(TopicsReport(["a"]))
    task.on_report(MetricsReport({"x": 1.0}))
    task.on_report(MetricsReport({"y": 2.0}))
    assert host.heard == [(TASK, "a")]
    assert task.metrics == {"x": 1.0, "y": 2.0}


async def test_a_request_for_reconfiguration_is_passed_on_until_the_close(host, connector):
    connector.on_report(ReconfigurationRequest(1))
    connector.close()
    connector.on_report(ReconfigurationRequest(1))
    assert [heard[1] for heard in host.heard if heard[1] == "reconfigure"] == ["reconfigure"]


async def test_expired_values_are_passed_on_until_the_close(host, connector, task):
    for instance in (connector, task):
        instance.on_report(ConfigExpired(1))
        instance.close()
        instance.on_report(ConfigExpired(1))
    told = [heard[0] for heard in host.heard if heard[1] == "expired"]
    assert told == [connector.name, task.task]


async def test_offsets_are_written_and_read(host, task):
    task.on_report(WriteOffsets(1, [(KEY, b'{"position":1}')]))
    await asyncio.sleep(0)
    task.on_report(ReadOffsets(2, [b"other", KEY]))
    await asyncio.sleep(0)
    assert task.runner.sent == [Done(1), OffsetsAnswer(2, [None, b'{"position":1}'])]


async def test_writes_of_a_task_keep_their_order(host, task):
    gate, written = asyncio.Event(), []

    async def write(values):
        if values == {KEY: b"1"}:
            await gate.wait()
        written.append(values[KEY])

    host.offset_store.set = write
    task.on_report(WriteOffsets(1, [(KEY, b"1")]))
    task.on_report(WriteOffsets(2, [(KEY, b"2")]))
    await asyncio.sleep(0)
    gate.set()
    await until(lambda: len(task.runner.sent) == 2)
    assert (written, task.runner.sent) == ([b"1", b"2"], [Done(1), Done(2)])


async def test_offsets_that_cannot_be_written_are_a_failure(host, task):
    async def fail(_values):
        text = "disk full"
        raise RetriableError(text)

    host.offset_store.set = fail
    task.on_report(WriteOffsets(1, [(KEY, b"1")]))
    await asyncio.sleep(0)
    assert task.runner.sent == [Failure(1, "RetriableError", "disk full")]


async def test_a_task_is_told_the_limits_of_its_topics(host, task):
    host.topic_limits.limits = {"t": 5000}
    task.on_report(ReadTopicLimits(1, {"bootstrap.servers": "there:1"}, ["t", "u"]))
    await until(lambda: task.runner.sent)
    assert task.runner.sent == [TopicLimitsAnswer(1, {"t": 5000})]
    assert host.topic_limits.asked == [{"bootstrap.servers": "there:1"}]


async def test_limits_that_cannot_be_read_are_a_failure(host, task):
    host.topic_limits.error = RetriableError("no broker")
    task.on_report(ReadTopicLimits(1, {}, ["t"]))
    await until(lambda: task.runner.sent)
    assert task.runner.sent == [Failure(1, "RetriableError", "no broker")]


async def test_only_a_started_connector_is_running(connector):
    assert not connector.is_running
    connector.on_report(StateReport(State.RUNNING))
    assert connector.is_running
    connector.on_report(StateReport(State.PAUSED))
    assert not connector.is_running


async def test_a_status_is_held_back_while_the_membership_is_in_doubt(host, task):
    host.is_void = True
    task.on_report(StateReport(State.RUNNING))
    assert (host.states, task.state) == ([], State.RUNNING)
    host.is_void = False
    task.make_up()
    task.make_up()
    assert host.states == [State.RUNNING]


async def test_only_the_newest_status_is_made_up_for(host, task):
    host.is_void = True
    task.on_report(StateReport(State.RUNNING))
    host.is_void = False
    task.on_report(StateReport(State.PAUSED))
    task.make_up()
    assert host.states == [State.PAUSED]


async def test_offsets_are_not_stored_while_the_membership_is_in_doubt(host, task):
    host.is_void = True
    task.on_report(WriteOffsets(1, [(KEY, b"1")]))
    await until(lambda: task.runner.sent)
    [answer] = task.runner.sent
    assert "may be no member of its group any more" in answer.message
    assert await host.offset_store.get([KEY]) == {KEY: None}


async def test_an_end_for_want_of_a_lease_is_no_failure(host, task):
    task.on_report(StateReport(State.RUNNING))
    task.runner.die(75, has_lapsed=True)
    assert host.states == [State.RUNNING]
    assert (host.has_lapsed, task.is_over) == ([task], True)


async def test_a_silenced_one_says_nothing(host, task):
    task.silence()
    task.on_report(StateReport(State.RUNNING))
    task.close()
    assert (host.states, task.runner.is_muted) == ([], True)


@pytest.mark.parametrize("state", [State.RUNNING, State.PAUSED, State.STOPPED])
async def test_a_start_succeeds_with_the_first_state(host, task, state):
    task.on_report(StateReport(state))
    task.on_report(StateReport(State.FAILED, "later"))
    assert host.starts == [True]


async def test_a_start_that_ends_in_failure_has_failed(host, task):
    task.on_report(StateReport(State.FAILED, "why"))
    assert host.starts == [False]


async def test_a_stop_before_the_end_of_a_start_counts_for_nothing(host, task):
    task.close()
    assert host.starts == []


class Guard:
    """Asked before exactly-once tasks start."""

    def __init__(self):
        self.asked = []
        self.error = None

    async def fence(self, connector):
        self.asked.append(("fence", connector))
        if self.error is not None:
            raise self.error

    async def confirm(self, task):
        self.asked.append(("confirm", task))


class Lease:
    """The use of a connector's own topic."""

    def __init__(self):
        self.store = MemoryOffsetStore()
        self.is_released = False

    async def ready(self):
        pass

    def release(self):
        self.is_released = True


@pytest.fixture
def guard(host, task):
    host.guard = Guard()
    task.is_exactly_once = True
    return host.guard


async def test_the_guard_is_asked_before_an_exactly_once_task_starts(task, guard):
    task.on_report(FenceEarlierTasks(1))
    task.on_report(ConfirmTask(2))
    await until(lambda: len(task.runner.sent) == 2)
    assert {message.id for message in task.runner.sent} == {1, 2}
    assert guard.asked == [("fence", "s"), ("confirm", TASK)]


async def test_a_task_hears_why_it_may_not_start(task, guard):
    guard.error = RetriableError("no right")
    task.on_report(FenceEarlierTasks(1))
    await until(lambda: task.runner.sent)
    assert task.runner.sent == [Failure(1, "RetriableError", "no right")]


async def test_a_task_is_not_confirmed_while_the_membership_is_in_doubt(host, task, guard):
    host.is_void = True
    task.on_report(ConfirmTask(1))
    await until(lambda: task.runner.sent)
    assert isinstance(task.runner.sent[0], Failure)
    assert guard.asked == []


async def test_offsets_are_read_from_and_written_to_the_connectors_own_topic(host, task):
    task.offsets = Lease()
    await task.offsets.store.set({KEY: b"1"})
    task.on_report(ReadOffsets(1, [KEY]))
    await until(lambda: task.runner.sent)
    assert task.runner.sent == [OffsetsAnswer(1, [b"1"])]
    task.on_report(WriteOffsets(2, [(KEY, b"2")]))
    await until(lambda: len(task.runner.sent) == 2)
    assert await task.offsets.store.get([KEY]) == {KEY: b"2"}
    assert await host.offset_store.get([KEY]) == {KEY: None}


async def test_what_an_exactly_once_task_has_written_is_a_copy_for_the_workers_topic(host, task):
    task.offsets, task.is_exactly_once = Lease(), True
    task.on_report(WriteOffsets(1, [(KEY, b"2")]))
    await until(lambda: task.runner.sent)
    assert await host.offset_store.get([KEY]) == {KEY: b"2"}
    assert await task.offsets.store.get([KEY]) == {KEY: None}


async def test_a_task_hears_under_which_key_an_offset_is_stored(host, task):
    stored, asked = b'["s",{"b":1,"a":2}]', b'["s",{"a":2,"b":1}]'
    await host.offset_store.set({stored: b"1"})
    task.on_report(FindOffsetKeys(1, [asked, KEY]))
    await until(lambda: task.runner.sent)
    assert task.runner.sent == [OffsetsAnswer(1, [stored, KEY])]


@pytest.mark.parametrize("end", ["close", "silence"])
async def test_the_own_topic_is_let_go_with_the_task(task, end):
    task.offsets = Lease()
    getattr(task, end)()
    assert task.offsets.is_released
