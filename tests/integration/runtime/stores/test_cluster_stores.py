# SPDX-License-Identifier: Apache-2.0
"""The three stores on a real cluster: what workers of a group write and read."""

from __future__ import annotations

import asyncio
import statistics
import time

import pytest

from barnabas.errors import ConfigError, PrivilegedWriteError
from barnabas.runtime.model import ConnectorStatus, SessionKey, State, TargetState, TaskId
from barnabas.runtime.stores import config_log
from barnabas.runtime.stores.cluster_stores import open_cluster_stores
from tests.compat.test_internal_topics import recorded
from tests.integration.runtime.stores.conftest import start, stop, topics_of, until

CONFIG = {"connector.class": "FileStreamSource", "name": "c"}
KEY = b'["c",{"filename":"a"}]'


async def test_topics_are_created_as_java_does(worker, kafka, name):
    await worker(config_storage_segment_bytes="1048576")
    for topic, partitions in (("configs", 1), ("offsets", 25), ("status", 5)):
        assert len(kafka.end_offsets(f"{name}-{topic}")) == partitions
        assert kafka.topic_config(f"{name}-{topic}")["cleanup.policy"] == "compact"
    assert kafka.topic_config(f"{name}-configs")["segment.bytes"] == "1048576"


async def test_what_the_leader_writes_all_workers_see(worker, kafka, name):
    leader, other = await worker(), await worker()
    await leader.configs.put_connector("c", CONFIG, TargetState.PAUSED)
    await leader.configs.put_tasks("c", [{"a": "0"}, {"a": "1"}])
    state = await other.configs.refresh(10.0)
    assert state == leader.configs.state
    assert state.configs == {"c": CONFIG}
    assert state.tasks("c") == [TaskId("c", 0), TaskId("c", 1)]
    assert state.offset == 5
    assert [record.key.decode() for record in kafka.records(f"{name}-configs")] == [
        "target-state-c",
        "connector-c",
        "task-c-0",
        "task-c-1",
        "commit-c",
    ]


async def test_a_worker_that_comes_later_knows_what_was_written(worker):
    first = await worker()
    await first.configs.put_connector("c", CONFIG, None)
    await first.configs.put_session_key(SessionKey(bytes(32), "HmacSHA256", 7))
    first.statuses.put_task(TaskId("c", 0), ConnectorStatus(State.RUNNING, "w:1", 3))
    await first.statuses.flush(10.0)
    await first.offsets.set({KEY: b'{"position":7}'})
    later = await worker()
    assert later.configs.state == first.configs.state
    assert later.statuses.task(TaskId("c", 0)) == ConnectorStatus(State.RUNNING, "w:1", 3)
    assert await later.offsets.items() == [(KEY, b'{"position":7}')]


async def test_offsets_one_worker_stored_another_reads_at_once(worker):
    one, other = await worker(), await worker()
    for position in range(20):
        value = b'{"position":%d}' % position
        await one.offsets.set({KEY: value})
        assert await other.offsets.get([KEY]) == {KEY: value}


async def test_statuses_are_seen_everywhere(worker):
    one, other = await worker(), await worker()
    one.statuses.put_connector("c", ConnectorStatus(State.RUNNING, "w:1", 3))
    one.statuses.add_topic(TaskId("c", 0), "t")
    await until(lambda: other.statuses.connector("c") and other.statuses.topics("c") == ["t"])
    other.statuses.remove_connector("c")
    await until(lambda: one.statuses.connectors() == set() and one.statuses.topics("c") == [])


@pytest.mark.parametrize(("topic", "partitions"), [("status", 5), ("offsets", 25)])
async def test_records_go_to_the_partitions_java_chose(worker, kafka, name, topic, partitions):
    # Paths were shortened to /data/ when the offsets had been recorded: other keys by now.
    chosen = {item.key: item.partition for item in recorded(topic) if b"/data/" not in item.key}
    kafka.create_topic(
        f"{name}-offsets", partitions=partitions, config={"cleanup.policy": "compact"}
    )
    stores = await worker()
    await stores.offsets.set(dict.fromkeys(chosen, b"{}"))
    found = {record.key: record.partition for record in kafka.records(f"{name}-offsets")}
    assert found == chosen


@pytest.mark.parametrize(
    ("topic", "settings", "why"),
    [
        ("status", {"config": {"cleanup.policy": "delete"}}, r"cleanup\.policy=delete"),
        ("configs", {"config": {"cleanup.policy": "compact"}, "partitions": 3}, "found 3 part"),
    ],
)
async def test_a_topic_that_loses_records_stops_the_start(kafka, name, topic, settings, why):
    kafka.create_topic(f"{name}-{topic}", **settings)
    stores = open_cluster_stores(topics_of(kafka, name))
    try:
        with pytest.raises(ConfigError, match=why):
            await start(stores)
    finally:
        await stop(stores)


async def test_garbage_in_all_topics_is_named_and_survived(worker, kafka, name, caplog):
    for topic in ("configs", "status", "offsets"):
        kafka.create_topic(f"{name}-{topic}", config={"cleanup.policy": "compact"})
        kafka.produce(f"{name}-{topic}", [b"junk", b"\x00"], keys=[b"junk", b"connector-c"])
    stores = await worker()
    await stores.configs.put_connector("c", CONFIG, None)
    assert stores.configs.state.configs == {"c": CONFIG}
    for topic in ("configs", "status", "offsets"):
        place = f"Ignoring a record of topic {name}-{topic}, partition 0, offset 1, key 'connector"
        assert sum(place in message for message in caplog.messages) == 1


# -- transactions ---------------------------------------------------------------------------------


async def test_a_new_leader_fences_the_old_one(worker):
    flags = {"is_transactional": True, "reads_committed": True}
    old, new = await worker(**flags), await worker(**flags)
    await old.configs.claim_write_privileges()
    await old.configs.put_connector("c", CONFIG, TargetState.PAUSED)
    await new.configs.claim_write_privileges()
    with pytest.raises(PrivilegedWriteError):
        await old.configs.put_connector("d", CONFIG, None)
    await new.configs.put_tasks("c", [{"a": "1"}])
    for stores in (old, new):
        state = await stores.configs.refresh(10.0)
        assert (set(state.configs), state.tasks("c")) == ({"c"}, [TaskId("c", 0)])


async def test_who_was_fenced_may_claim_again(worker):
    one, other = await worker(is_transactional=True), await worker(is_transactional=True)
    for stores in (one, other, one):
        await stores.configs.claim_write_privileges()
        await stores.configs.put_connector("c", CONFIG, None)
    await other.configs.refresh(10.0)
    assert other.configs.state == one.configs.state


async def test_a_log_that_ends_with_a_mark_of_a_transaction_is_read_to_its_end(worker):
    leader = await worker(is_transactional=True)
    await leader.configs.claim_write_privileges()
    await leader.configs.put_connector("c", CONFIG, None)
    later = await worker()
    assert later.configs.state.configs == {"c": CONFIG}


# -- speed ----------------------------------------------------------------------------------------


async def test_a_write_is_read_back_in_a_few_milliseconds(worker):
    stores, times = await worker(), []
    await stores.configs.put_connector("warm", CONFIG, None)
    for number in range(30):
        began = time.perf_counter()
        await stores.configs.put_connector(f"c{number}", CONFIG, None)
        times.append((time.perf_counter() - began) * 1000)
    assert statistics.median(times) < 15 * SLOWNESS, sorted(times)


async def test_a_thousand_connectors_are_loaded_in_less_than_a_second(worker, kafka, name):
    kafka.create_topic(f"{name}-configs", config={"cleanup.policy": "compact"})
    records = []
    for number in range(1000):
        records.append(config_log.connector_record(f"c{number}", CONFIG))
        records += config_log.task_records(f"c{number}", [CONFIG] * 3)
        records.append(config_log.task_commit_record(f"c{number}", 3))
    await asyncio.to_thread(
        kafka.produce,
        f"{name}-configs",
        [value for _key, value in records],
        keys=[key for key, _value in records],
    )
    stores = open_cluster_stores(topics_of(kafka, name))
    began = time.perf_counter()
    try:
        await start(stores)
        took = time.perf_counter() - began
        assert len(stores.configs.state.task_configs) == 3000
    finally:
        await stop(stores)
    assert took < 1.0 * SLOWNESS


SLOWNESS = 4
"""How much slower than an idle machine the one that tests may be."""
