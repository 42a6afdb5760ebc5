# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.stores.kafka_offsets import KafkaOffsetStore
from barnabas.testing import MemoryLog, MemoryTopic

JAVAS = b'["c",{"b":1,"a":2}]'
OURS = b'["c",{"a":2,"b":1}]'


@pytest.fixture
def topic():
    return MemoryTopic("offsets")


async def started(topic, **settings):
    store = KafkaOffsetStore(MemoryLog(topic), **settings)
    await store.start()
    return store


@pytest.fixture
async def store(topic):
    return await started(topic)


async def test_what_one_worker_stored_another_reads(topic, store):
    other = await started(topic)
    await store.set({b'["c",{"f":1}]': b'{"p":1}'})
    assert await other.get([b'["c",{"f":1}]', b"new"]) == {
        b'["c",{"f":1}]': b'{"p":1}',
        b"new": None,
    }
    assert topic.items == [('["c",{"f":1}]', '{"p":1}')]


async def test_what_was_there_at_the_start_is_known(topic, store):
    topic.append([(JAVAS, b"{}")])
    assert await (await started(topic)).items() == [(JAVAS, b"{}")]


async def test_a_key_java_wrote_in_another_order_is_found_and_written_again(topic, store):
    topic.append([(JAVAS, b'{"p":1}')])
    assert await store.get([OURS]) == {OURS: b'{"p":1}'}
    await store.set({OURS: b'{"p":2}'})
    await store.set({OURS: None})
    assert topic.items[1:] == [(JAVAS.decode(), '{"p":2}'), (JAVAS.decode(), None)]


async def test_a_reset_offset_is_forgotten(topic, store):
    topic.append([(JAVAS, b"{}"), (JAVAS, None), (OURS, b"{}")])
    assert await store.items() == [(OURS, b"{}")]
    await store.set({JAVAS: None})
    assert await store.items() == []
    assert topic.records[-1].key == OURS


async def test_nothing_is_written_for_nothing(topic, store):
    topic.error = ConnectError("would fail")
    await store.set({})


async def test_writes_and_reads_that_cannot_be_done_are_retriable(topic):
    store = await started(topic, patience_s=0.0, list_s=0.0, write_s=0.0)
    topic.is_away = True
    with pytest.raises(RetriableError):
        await store.set({OURS: b"{}"})
    with pytest.raises(RetriableError, match="Source offsets cannot be read: Topic offsets was"):
        await store.get([OURS])
    with pytest.raises(RetriableError):
        await store.items()


async def test_a_write_that_was_given_up_is_begun_again_for_as_long_as_there_is_time(topic):
    pauses = []

    async def sleep(seconds):
        pauses.append(seconds)
        topic.is_away = len(pauses) < 3

    store = await started(topic, sleep=sleep)
    topic.is_away = True
    await store.set({OURS: b"{}"})
    assert (len(pauses), topic.items) == (3, [(OURS.decode(), "{}")])


async def test_a_write_is_not_begun_again_when_the_membership_is_in_doubt(topic):
    async def sleep(_seconds):
        store.may_write = lambda: False
        topic.is_away = False

    store = await started(topic, sleep=sleep)
    topic.is_away = True
    with pytest.raises(RetriableError, match="while this worker's membership of its group is not"):
        await store.set({OURS: b"{}"})
    with pytest.raises(RetriableError, match="Nothing is written to topic offsets"):
        await store.set({OURS: b"{}"})
    assert topic.items == []


async def test_a_write_is_not_begun_again_in_the_next_membership(topic):
    async def sleep(_seconds):
        store.let_go()  # it ended; by the time of the next try there is another
        topic.is_away = False

    store = await started(topic, sleep=sleep)
    topic.is_away = True
    with pytest.raises(RetriableError, match="while this worker's membership of its group is not"):
        await store.set({OURS: b"{}"})
    assert topic.items == []
    await store.set({OURS: b"{}"})
    assert topic.items == [(OURS.decode(), "{}")]


async def test_an_offset_does_not_follow_a_newer_one_of_its_partition(topic):
    async def sleep(_seconds):
        topic.is_away = False
        await store.set({OURS: b'{"p":2}'})

    store = await started(topic, sleep=sleep)
    topic.is_away = True
    await store.set({OURS: b'{"p":1}', b'["c",{"f":1}]': b'{"p":1}'})
    assert topic.items == [(OURS.decode(), '{"p":2}'), ('["c",{"f":1}]', '{"p":1}')]


async def test_garbage_is_named_and_kept(topic, store, caplog):
    topic.append([(b"junk", b"{}"), (None, b"{}"), (JAVAS, b"junk"), (b"junk", None), (OURS, b"1")])
    assert await store.items() == [(JAVAS, b"junk"), (OURS, b"1")]
    junk, keyless, damaged, number = caplog.messages
    assert junk.endswith("its key is not of a connector's partition")
    assert keyless.endswith("it has no key")
    assert damaged.startswith("Damaged record of topic offsets, partition 0, offset 2, key ")
    assert (
        'The stored source offset of partition {"b":1,"a":2} of connector c is not JSON: JSON is '
        "malformed: invalid character (byte 0). To mend it, stop the connector (PUT "
        "/connectors/c/stop), then set this offset or remove all (PATCH or DELETE "
        "/connectors/c/offsets) and resume it"
    ) in damaged
    assert "is not a JSON object but int" in number


async def test_a_stopped_store_reads_no_more(topic):
    store = await started(topic, list_s=0.0)
    await store.stop()
    topic.append([(OURS, b"{}")])
    with pytest.raises(RetriableError):
        await store.items()


async def test_what_waits_is_let_go():
    log = MemoryLog(MemoryTopic())
    KafkaOffsetStore(log).let_go()
    assert log.has_let_go
