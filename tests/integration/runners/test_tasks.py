# SPDX-License-Identifier: Apache-2.0
"""Tasks run against a real broker; those that misbehave harm themselves only."""

from __future__ import annotations

import asyncio
import time

import psutil
import pytest

from barnabas.errors import ConfigError, ConnectError, IllegalStateError
from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.stores import offset_format
from tests.integration.runners.conftest import SINK, SOURCE, until

STARTED, PAUSED = TargetState.STARTED, TargetState.PAUSED
MOON = TaskId("moon", 0)


@pytest.fixture
def settings(settings, kafka):
    """Settings of a worker that reaches the broker."""
    return {**settings, "bootstrap.servers": kafka.bootstrap_servers}


@pytest.fixture
def topic(kafka, name):
    """A topic of the test's own."""
    kafka.create_topic(name)
    return name


def config(connector, **extra):
    return {"name": connector, "connector.class": SOURCE, "tasks.max": "30", **extra}


def task_config(**extra):
    return {"task.class": "org.example.MisbehavingSourceTask", **extra}


async def start(worker, topic, task=MOON, state=STARTED, **extra):
    misdeeds = {key.replace("_", "."): value for key, value in extra.items()}
    properties = task_config(topic=topic, number=str(task.task), **misdeeds)
    await worker.start_task(task, config(task.connector), properties, state)


def pid(worker, task=MOON):
    return next(use.pid for use in worker.runner_usage() if use.what == f"task {task}")


async def moves(worker, kafka, topic):
    """Say that records go on arriving."""
    before = sum(kafka.end_offsets(topic).values())
    await until(lambda: sum(kafka.end_offsets(topic).values()) > before + 2, 20)


async def test_batches_of_tasks_fit_a_topic_with_a_low_limit(worker, kafka, name, tmp_path):
    kafka.create_topic(name, config={"max.message.bytes": "5000"})
    path = tmp_path / "in.txt"
    path.write_bytes(b"and some more text to make it a line\n" * 20_000)
    props = {"file": str(path), "topic": name}
    connector = config("moon", **props) | {"connector.class": "FileStreamSource"}
    task_class = "org.apache.kafka.connect.file.FileStreamSourceTask"
    for number in range(2):
        properties = {"task.class": task_class, **props}
        await worker.start_task(TaskId("moon", number), connector, properties, STARTED)
    await until(lambda: sum(kafka.end_offsets(name).values()) == 40_000, 30)


async def test_a_source_task_moves_records_and_says_so(worker, listener, kafka, topic):
    await start(worker, topic)
    status = await listener.status(MOON, State.RUNNING)
    await moves(worker, kafka, topic)
    await until(lambda: listener.topics)
    assert status.version == "4.5.6"
    assert listener.topics == [(MOON, topic)]


async def test_offsets_of_acknowledged_records_are_stored(worker, listener, topic):
    await start(worker, topic)
    key = offset_format.offset_key("moon", {"number": "0"})
    async with asyncio.timeout(20):
        while (await worker.offset_store.get([key]))[key] is None:  # noqa: ASYNC110 - as in until
            await asyncio.sleep(0.01)
    await worker.stop_tasks([MOON])
    stored = await worker.offset_store.get([key])
    assert offset_format.decode_value(stored[key])["count"] > 0
    assert listener.states(MOON) == [State.RUNNING, State.UNASSIGNED]


async def test_pause_and_resume(worker, listener, kafka, topic):
    await start(worker, topic)
    await listener.status(MOON, State.RUNNING)
    await worker.set_task_target_state(MOON, PAUSED)
    await listener.status(MOON, State.PAUSED)
    await worker.set_task_target_state(MOON, STARTED)
    await until(lambda: listener.states(MOON)[-1] is State.RUNNING)
    await moves(worker, kafka, topic)
    assert listener.states(MOON) == [State.RUNNING, State.PAUSED, State.RUNNING]


async def test_a_task_that_begins_paused_is_not_started(worker, listener, topic):
    await start(worker, topic, state=PAUSED, misbehave_start="fail")
    await listener.status(MOON, State.PAUSED)
    assert listener.states(MOON) == [State.PAUSED]


@pytest.mark.parametrize("method", ["start", "poll"])
async def test_an_error_fails_the_task_with_a_readable_trace(worker, listener, topic, method):
    await start(worker, topic, **{f"misbehave_{method}": "fail"})
    status = await listener.status(MOON, State.FAILED)
    first = status.trace.splitlines()[0]
    assert first.startswith(
        f"Task moon-0 failed in SourceTask.{method}(): ValueError: the moon is not full — in "
        "plugin misbehaving.MisbehavingTask ("
    )
    assert first.endswith("Restart it with POST /connectors/moon/tasks/0/restart after mending.")


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        ("crash", "was killed by signal 11 (SIGSEGV)"),
        ("die", "ended with exit code 3"),
        ("leave", "SystemExit: 4"),
    ],
)
async def test_a_death_in_poll_fails_only_that_task(worker, listener, kafka, topic, misdeed, said):
    neighbour = TaskId("moon", 1)
    await start(worker, topic, neighbour)
    await start(worker, topic, misbehave_poll=misdeed)
    status = await listener.status(MOON, State.FAILED)
    assert said in status.trace.splitlines()[0]
    await moves(worker, kafka, topic)
    assert listener.states(neighbour) == [State.RUNNING]


@pytest.mark.parametrize("method", ["start", "poll"])
@pytest.mark.parametrize("misdeed", ["spin", "spin_in_c", "sleep"])
async def test_a_hung_task_harms_nobody_and_is_killed_by_its_stop(
    worker, listener, kafka, topic, method, misdeed
):
    neighbour = TaskId("moon", 1)
    await start(worker, topic, **{f"misbehave_{method}": misdeed})
    await start(worker, topic, neighbour)
    await moves(worker, kafka, topic)
    process = psutil.Process(pid(worker))
    async with asyncio.timeout(5):
        await worker.stop_tasks([MOON])
    assert not process.is_running()
    assert listener.states(MOON)[-1] is State.UNASSIGNED
    assert listener.states(neighbour) == [State.RUNNING]


@pytest.mark.parametrize("misdeed", ["spin_in_c", "sleep", "die", "fail"])
async def test_a_task_that_misbehaves_in_stop_is_gone_all_the_same(
    worker, listener, topic, misdeed
):
    await start(worker, topic, misbehave_stop=misdeed)
    await listener.status(MOON, State.RUNNING)
    process = psutil.Process(pid(worker))
    async with asyncio.timeout(5):
        await worker.stop_tasks([MOON])
    assert not process.is_running()
    assert listener.states(MOON) == [State.RUNNING, State.UNASSIGNED]


async def test_stops_share_their_deadline(worker, listener, topic):
    tasks = [TaskId("moon", number) for number in range(3)]
    for task in tasks:
        await start(worker, topic, task, misbehave_poll="sleep")
        await listener.status(task, State.RUNNING)
    began = time.monotonic()
    await worker.stop_tasks(tasks)
    assert 2.0 <= time.monotonic() - began < 5.9  # one after the other they take six seconds


async def test_a_leaking_task_is_seen_and_others_are_not_touched(worker, listener, kafka, topic):
    neighbour = TaskId("moon", 1)
    await start(worker, topic, neighbour)
    await listener.status(neighbour, State.RUNNING)
    await start(worker, topic, misbehave_poll="leak")

    def memory(task):
        return next(use.rss_bytes for use in worker.runner_usage() if use.what == f"task {task}")

    before, beside = memory(MOON), memory(neighbour)
    await until(lambda: memory(MOON) > before + 50_000_000, 30)
    assert memory(neighbour) < beside + 20_000_000
    await moves(worker, kafka, topic)


async def test_the_memory_of_a_dead_task_is_free(worker, listener, topic):
    await start(worker, topic, misbehave_poll="die")
    await listener.status(MOON, State.FAILED)
    assert [use.what for use in worker.runner_usage()] == ["forkserver"]


async def test_a_failed_task_can_be_started_again(worker, listener, topic):
    await start(worker, topic, misbehave_start="fail")
    await listener.status(MOON, State.FAILED)
    await until(lambda: worker._tasks[MOON].is_over)  # its process is gone a moment later
    await start(worker, topic)
    await listener.status(MOON, State.RUNNING)


async def test_a_failed_task_stays_failed_when_it_is_stopped(worker, listener, topic):
    await start(worker, topic, misbehave_start="fail")
    await listener.status(MOON, State.FAILED)
    await worker.stop_tasks([MOON])
    assert listener.states(MOON) == [State.FAILED]


async def test_nothing_is_heard_of_a_task_after_its_stop(worker, listener, topic):
    await start(worker, topic)
    await worker.stop_tasks([MOON])
    states = listener.states(MOON)
    await start(worker, topic)
    await listener.status(MOON, State.RUNNING)
    assert states[-1] is State.UNASSIGNED
    assert listener.states(MOON)[len(states) :] == [State.RUNNING]


async def test_a_running_task_cannot_be_started_twice(worker, topic):
    await start(worker, topic)
    with pytest.raises(IllegalStateError, match="already exists"):
        await start(worker, topic)


async def test_more_tasks_than_allowed_fail(worker, listener, topic):
    properties = {**config("moon"), "tasks.max": "1"}
    with pytest.raises(ConfigError, match="has generated 2 tasks, which is greater than 1"):
        await worker.start_task(MOON, properties, task_config(topic=topic), STARTED, task_count=2)
    assert listener.states(MOON) == [State.FAILED]


async def test_a_task_class_that_is_not_there_is_named(worker, listener, topic):
    properties = {"task.class": "nowhere:Nothing", "topic": topic}
    await worker.start_task(MOON, config("moon"), properties, STARTED)
    status = await listener.status(MOON, State.FAILED)
    assert "task.class nowhere:Nothing" in status.trace.splitlines()[0]


async def test_a_converter_that_is_not_there_is_named(worker, listener, topic):
    properties = {**config("moon"), "value.converter": "org.example.NoConverter"}
    await worker.start_task(MOON, properties, task_config(topic=topic), STARTED)
    status = await listener.status(MOON, State.FAILED)
    assert "org.example.NoConverter" in status.trace.splitlines()[0]


async def test_an_unknown_connector_class_fails_the_task(worker, listener):
    properties = {**config("moon"), "connector.class": "org.example.Nothing"}
    with pytest.raises(ConnectError, match="Nothing"):
        await worker.start_task(MOON, properties, task_config(), STARTED)
    assert listener.states(MOON) == [State.FAILED]


# -- sinks -----------------------------------------------------------------------------------------


async def start_sink(worker, topic, connector, **extra):
    task = TaskId(connector, 0)
    properties = {
        "name": connector,
        "connector.class": SINK,
        "topics": topic,
        "consumer.override.auto.offset.reset": "earliest",
    }
    own = {"task.class": "org.example.MisbehavingSinkTask", "topics": topic, **extra}
    await worker.start_task(task, properties, own, STARTED)
    return task


async def test_a_sink_task_reads_and_commits(worker, listener, kafka, topic, name):
    kafka.produce(topic, [b"one", b"two"])
    task = await start_sink(worker, topic, name)
    await until(lambda: listener.topics, 30)
    await worker.stop_tasks([task])
    offsets = await worker.questions.connector_offsets(
        name, {"connector.class": SINK, "name": name}
    )
    assert offsets.offsets[0].offset == {"kafka_offset": 2}


@pytest.mark.parametrize("misdeed", ["spin_in_c", "sleep"])
async def test_a_sink_that_hangs_in_put_is_killed_by_its_stop(
    worker, listener, topic, name, misdeed
):
    task = await start_sink(worker, topic, name, **{"misbehave.put": misdeed})
    await listener.status(task, State.RUNNING)
    process = psutil.Process(pid(worker, task))
    async with asyncio.timeout(5):
        await worker.stop_tasks([task])
    assert not process.is_running()
    assert listener.states(task) == [State.RUNNING, State.UNASSIGNED]


async def test_a_sink_that_crashes_in_put_fails(worker, listener, topic, name):
    task = await start_sink(worker, topic, name, **{"misbehave.put": "crash"})
    status = await listener.status(task, State.FAILED)
    assert "SIGSEGV" in status.trace.splitlines()[0]
    assert "misbehaving.py" in status.trace
