# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import json

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.model import ConnectorStatus, State, TaskId
from barnabas.runtime.stores.kafka_statuses import KafkaStatusStore
from barnabas.testing import MemoryLog, MemoryTopic

TASK = TaskId("c", 0)


def status(state=State.RUNNING, worker="me", generation=3, **more):
    return ConnectorStatus(state, worker, generation, **more)


@pytest.fixture
def topic():
    return MemoryTopic("statuses")


async def started(topic):
    log = MemoryLog(topic)
    store = KafkaStatusStore(log, now_ms=lambda: 7, pause_s=0.0)
    await store.start()
    return store, log


async def test_statuses_read_after_the_start_are_told_whoever_wrote_them(topic):
    other, _ = await started(topic)
    other.put_connector("old", status(State.RUNNING))
    await other.flush(1.0)
    store, log = await started(topic)
    told = []
    store.on_read = lambda what, read: told.append((what, read.state))
    other.put_connector("c", status(State.RUNNING))
    store.put_task(TASK, status(State.FAILED))
    other.put_task(TASK, status(State.DESTROYED))
    for one in (other, store):
        await one.flush(1.0)
    await log.read_to_end(1.0)
    assert told == [("c", State.RUNNING), (TASK, State.FAILED)]
    for one in (other, store):
        await one.stop()


async def test_topics_another_worker_forgets_are_told(topic):
    other, _ = await started(topic)
    store, log = await started(topic)
    told = []
    store.on_topic_forgotten = told.append
    other.add_topic(TASK, "orders")
    await other.flush(1.0)
    await log.read_to_end(1.0)
    assert told == []
    other.remove_topics(TASK.connector)
    await other.flush(1.0)
    await log.read_to_end(1.0)
    assert told == [TASK.connector]
    for one in (other, store):
        await one.stop()


@pytest.fixture
async def store(topic):
    store, _ = await started(topic)
    yield store
    await store.stop()


async def settled(store):
    """Let records come back and tries be made."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_status_is_seen_at_once_where_it_was_put_elsewhere_when_read(topic, store):
    other, _ = await started(topic)
    store.put_connector("c", status(version="1.0"))
    store.put_task(TASK, status(State.FAILED, trace="why"))
    assert store.connector("c") == status(version="1.0")
    assert other.connector("c") is None
    await settled(store)
    assert other.connector("c") == status(version="1.0")
    assert store.connector("c") == status(version="1.0")
    assert store.tasks("c") == {TASK: status(State.FAILED, trace="why")}
    assert (store.task(TASK), store.connectors()) == (store.tasks("c")[TASK], {"c"})
    assert topic.items[0] == (
        "status-connector-c",
        '{"state":"RUNNING","trace":null,"worker_id":"me","generation":3,"version":"1.0"}',
    )


async def test_what_was_put_is_shown_until_all_of_it_was_read_though_values_come_again(topic):
    store, log = await started(topic)
    shown = []
    store.on_read = lambda what, _: shown.append(store.task(what).state)
    for state in (State.RUNNING, State.RESTARTING, State.RUNNING):
        store.put_task(TASK, status(state))
    await settled(store)
    await log.read_to_end(1.0)
    assert shown == [State.RUNNING] * 3


async def test_what_others_write_is_shown_after_a_write_that_failed_and_was_replaced(topic):
    store, _ = await started(topic)
    other, _ = await started(topic)
    topic.error = RetriableError("away")
    store.put_task(TASK, status(State.RUNNING))
    store.put_task(TASK, status(State.RESTARTING))
    store.put_task(TASK, status(State.RUNNING))
    await settled(store)
    topic.error = None
    await settled(store)
    other.put_task(TASK, status(State.PAUSED, worker="you", generation=4))
    await settled(store)
    assert store.task(TASK) == status(State.PAUSED, worker="you", generation=4)


async def test_a_status_the_broker_refuses_is_shown_no_longer(topic):
    store, _ = await started(topic)
    store.put_connector("c", status())
    await settled(store)
    topic.error = ConnectError("too large")
    store.put_connector("c", status(State.FAILED))
    assert store.connector("c") == status(State.FAILED)
    await settled(store)
    assert store.connector("c") == status()


async def test_every_worker_sees_it(topic, store):
    other, _ = await started(topic)
    store.put_connector("c", status())
    await settled(store)
    assert other.connector("c") == status()


async def test_what_was_there_at_the_start_is_known(topic, store):
    store.put_connector("c", status())
    later, _ = await started(topic)
    assert later.connector("c") == status()


async def test_a_removed_status_has_a_tombstone(topic, store):
    store.put_connector("c", status())
    store.put_task(TASK, status())
    store.remove_connector("c")
    await settled(store)
    assert (store.connector("c"), topic.items[-1]) == (None, ("status-connector-c", None))


async def test_the_tombstone_of_a_connector_takes_its_tasks_and_topics_along(topic, store):
    store.put_task(TASK, status())
    store.add_topic(TASK, "t")
    await settled(store)
    topic.append([(b"status-connector-c", None)])
    await settled(store)
    assert (store.tasks("c"), store.topics("c")) == ({}, [])


async def test_nothing_is_removed_twice_nor_what_was_never_there(topic, store):
    store.remove_connector("c")
    store.remove_task(TASK)
    store.put_task(TASK, status())
    await settled(store)
    store.remove_task(TASK)
    store.remove_task(TASK)
    await settled(store)
    store.remove_task(TASK)
    assert [value is None for _key, value in topic.items] == [False, True]


async def test_something_destroyed_is_a_tombstone(topic, store):
    store.put_connector("c", status(State.DESTROYED))
    assert topic.items == [("status-connector-c", None)]


@pytest.mark.parametrize(
    ("known", "is_written"),
    [
        (None, True),
        (status(worker="me", generation=9), True),
        (status(worker="other", generation=2), True),
        (status(worker="other", generation=3), True),
        (status(worker="other", generation=4), False),
    ],
)
async def test_a_safe_write_gives_way_to_a_newer_owner(topic, store, known, is_written):
    if known is not None:
        (await started(topic))[0].put_task(TASK, known)
        (await started(topic))[0].put_connector("c", known)
        await settled(store)
    before = len(topic.items)
    store.put_task(TASK, status(State.FAILED), safe=True)
    store.put_connector("c", status(State.FAILED), safe=True)
    assert len(topic.items) - before == 2 * is_written


async def test_other_writes_give_way_to_nobody(topic, store):
    (await started(topic))[0].put_task(TASK, status(worker="other", generation=9))
    await settled(store)
    store.put_task(TASK, status(State.FAILED))
    await settled(store)
    assert store.task(TASK).state is State.FAILED


@pytest.mark.parametrize(
    ("generation", "seen"), [(2, State.RUNNING), (3, State.RUNNING), (4, State.UNASSIGNED)]
)
async def test_the_last_word_of_a_former_owner_does_not_hide_its_successor(
    topic, store, generation, seen
):
    store.put_task(TASK, status(generation=3))
    store.put_connector("c", status(generation=3))
    await settled(store)
    other, _ = await started(topic)
    other.put_task(TASK, status(State.UNASSIGNED, "other", generation))
    other.put_connector("c", status(State.UNASSIGNED, "other", generation))
    await settled(store)
    for one in (store, other):
        assert one.task(TASK).state is seen
        assert one.connector("c").state is seen


async def test_a_successor_repeats_its_word_after_the_last_of_a_former_owner(topic, store):
    store.put_task(TASK, status(generation=3))
    store.put_connector("c", status(generation=3, version="1.0"))
    await settled(store)
    other, _ = await started(topic)
    other.put_task(TASK, status(State.UNASSIGNED, "other", 2))
    other.put_connector("c", status(State.UNASSIGNED, "other", 2))
    await settled(store)
    last = dict(topic.items)
    assert [json.loads(value)["worker_id"] for value in last.values()] == ["me", "me"]
    assert len(topic.items) == 6


async def test_its_own_last_word_in_the_same_generation_is_shown(topic, store):
    store.put_connector("c", status(generation=3))
    await settled(store)
    store.put_connector("c", status(State.UNASSIGNED, generation=3), safe=True)
    await settled(store)
    assert store.connector("c").state is State.UNASSIGNED


# -- topics ---------------------------------------------------------------------------------------


async def test_topics_are_written_once_until_reset(topic, store):
    for task, name in ((0, "t"), (1, "t"), (1, "u")):
        store.add_topic(TaskId("c", task), name)
    await settled(store)
    store.add_topic(TASK, "t")
    assert store.topics("c") == ["t", "u"]
    assert topic.items[0] == (
        "status-topic-t:connector-c",
        '{"topic":{"name":"t","connector":"c","task":0,"discoverTimestamp":7}}',
    )
    assert len(topic.items) == 2
    store.remove_topics("c")
    await settled(store)
    assert store.topics("c") == []
    assert topic.items[2:] == [
        ("status-topic-t:connector-c", None),
        ("status-topic-u:connector-c", None),
    ]
    store.add_topic(TASK, "t")
    await settled(store)
    assert store.topics("c") == ["t"]


async def test_topics_that_are_still_on_their_way_are_reset_too(topic, store):
    store.add_topic(TASK, "t")
    store.remove_topics("c")
    await settled(store)
    assert store.topics("c") == []


# -- trouble --------------------------------------------------------------------------------------


async def test_a_status_the_broker_could_not_take_is_sent_again(topic, store):
    topic.error = RetriableError("later")
    store.put_task(TASK, status())
    await settled(store)
    topic.error = None
    await store.flush(5.0)
    await settled(store)
    assert store.task(TASK) == status()


async def test_it_is_not_sent_again_after_a_newer_one(topic, store):
    topic.error = RetriableError("later")
    store.put_task(TASK, status(State.RUNNING))
    store.put_task(TASK, status(State.FAILED))
    topic.error = None
    await store.flush(5.0)
    assert [value.split('"')[3] for _key, value in topic.items] == ["FAILED"]


async def test_it_is_not_sent_again_in_a_later_generation(topic, store):
    topic.error = RetriableError("later")
    store.put_task(TASK, status(generation=3))
    topic.error = None
    store.put_connector("d", status(generation=4))
    await store.flush(5.0)
    assert [key for key, _value in topic.items] == ["status-connector-d"]


async def test_nothing_put_before_is_sent_again_once_it_was_let_go(topic):
    store, log = await started(topic)
    topic.error = RetriableError("later")
    store.put_task(TASK, status())
    store.let_go()
    topic.error = None
    await store.flush(5.0)
    assert log.has_let_go
    assert (topic.items, store.task(TASK)) == ([], None)
    store.put_task(TASK, status())
    await store.stop()
    assert store.task(TASK) == status()


async def test_a_safe_one_is_not_sent_again_when_a_newer_owner_has_spoken(topic, store):
    topic.error = RetriableError("later")
    store.put_task(TASK, status(State.UNASSIGNED), safe=True)
    topic.error = None
    (await started(topic))[0].put_task(TASK, status(worker="other", generation=4))
    await settled(store)
    await store.flush(5.0)
    assert store.task(TASK).worker_id == "other"
    assert len(topic.items) == 1


async def test_topics_are_sent_again_whatever_happens(topic, store):
    topic.error = RetriableError("later")
    store.add_topic(TASK, "t")
    store.put_connector("d", status(generation=9))
    topic.error = None
    await store.flush(5.0)
    await settled(store)
    assert store.topics("c") == ["t"]


async def test_what_the_broker_refuses_is_told_and_let_go(topic, store, caplog):
    topic.error = ConnectError("no right")
    store.add_topic(TASK, "t")
    await store.flush(5.0)
    assert caplog.messages == ["Failed to write status update: no right"]
    topic.error = None
    store.add_topic(TASK, "t")
    assert len(topic.items) == 1


async def test_a_flush_ends_in_time(topic, store):
    topic.is_away = True
    store.put_task(TASK, status())
    await store.flush(0.0)
    assert topic.items == []
    topic.is_away = False


async def test_garbage_is_named_and_the_rest_is_read(topic, store, caplog):
    topic.append(
        [
            (b"status-unknown", b"{}"),
            (b"status-task-foo-source-#", b"{}"),
            (b"status-topic-foo-topic:", b"{}"),
            (b"status-connector-c", b"junk"),
            (b"status-connector-d", b'{"state":"RUNNING","worker_id":"w","generation":1}'),
        ]
    )
    await settled(store)
    assert store.connectors() == {"d"}
    assert len(caplog.messages) == 4
    assert "offset 1, key 'status-task-foo-source-#'" in caplog.messages[1]
