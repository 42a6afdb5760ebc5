# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import logging

import pytest

from barnabas.errors import ConfigError, ConnectError, DeadlineError, RetriableError
from barnabas.kafka.admin import TopicDescription
from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.topic_admin import AccessDeniedError
from barnabas.runtime.stores import topic_log
from barnabas.runtime.stores.log_reader import LogRecord
from barnabas.runtime.stores.storage_topics import config_topic
from barnabas.runtime.stores.topic_log import TopicLog

NONE = ClientProperties(ClientKind.ADMIN, {}, {})
AWAY = RetriableError("no broker answered")


class Admin:
    """Answers as the test wants: each answer once, the last one for ever."""

    servers = "kafka:9092"

    def __init__(self):
        self.first = {0: 0, 1: 5}
        self.ends = [{0: 0, 1: 5}]
        self.asked = 0
        self.gate = None

    async def first_offsets(self, topic, partitions, timeout_s):
        return self.first

    async def end_offsets(self, topic, partitions, timeout_s):
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        answer = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Reader:
    """Delivers what the test gives it."""

    def __init__(self, topic, properties, deliver, on_trouble):
        self.deliver = deliver
        self.on_trouble = on_trouble
        self.began = None
        self.is_asked_to_stop = False

    def start(self, offsets):
        self.began = offsets

    def ask_to_stop(self):
        self.is_asked_to_stop = True

    def join(self, timeout_s):
        pass


class Writer:
    """Keeps batches until the test answers."""

    def __init__(self, topic, properties):
        self.batches = []
        self.trouble = "refused"
        self.is_open = False

    def open(self):
        self.is_open = True

    def post(self, items, stored):
        self.batches.append((items, stored))

    def let_go(self):
        for _, stored in self.batches:
            stored(RetriableError("let go"), {})

    def close(self, timeout_s):
        self.is_open = False


@pytest.fixture
def parts(monkeypatch):
    made = {}
    for name, kind in (("reader", Reader), ("writer", Writer)):

        def make(*args, name=name, kind=kind):
            made[name] = kind(*args)
            return made[name]

        monkeypatch.setattr(topic_log, f"Log{kind.__name__}", make)

    async def prepare(admin, topic):
        answers = made.setdefault("prepared", [])
        if answers:
            raise answers.pop(0)
        return TopicDescription(topic.name, 2, 1)

    monkeypatch.setattr(topic_log, "prepare_topic", prepare)
    monkeypatch.setattr(topic_log, "_FIRST_PAUSE_S", 0.0)
    return made


@pytest.fixture
def admin():
    return Admin()


@pytest.fixture
async def log(parts, admin):
    log = TopicLog(config_topic("t", 1), producer=NONE, consumer=NONE, admin=admin)
    yield log
    await log.stop()


@pytest.fixture
def seen():
    return []


def record(offset, partition=0):
    return LogRecord(partition, offset, b"k", b"v")


async def until(is_so):
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - a round of the loop is enough
            await asyncio.sleep(0)


async def test_the_start_reads_from_the_first_offset_to_the_end(log, parts, admin, seen):
    admin.ends = [{0: 2, 1: 5}]
    start = asyncio.create_task(log.start(seen.extend))
    await until(lambda: parts["reader"].began)
    assert parts["reader"].began == {0: 0, 1: 5}
    parts["reader"].deliver([record(0)], {0: 1})
    await asyncio.sleep(0)
    assert not start.done()
    parts["reader"].deliver([record(1)], {0: 2})
    await start
    assert seen == [record(0), record(1)]
    assert parts["writer"].is_open


async def test_an_empty_topic_is_read_without_a_record(log, seen):
    await log.start(seen.extend)
    assert seen == []


async def test_the_start_waits_for_brokers_and_warns_once(log, parts, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("barnabas.runtime.stores.outage._GRACE_S", 0.0)
    parts["prepared"] = [AWAY, AWAY, AWAY]
    await log.start(lambda records: None)
    levels = [item.levelname for item in caplog.records]
    assert levels == ["WARNING", "INFO", "INFO"]
    assert "can be reached again" in caplog.messages[1]
    assert caplog.messages[2].startswith("Read topic t (connector configurations) to its end: 0")


async def test_a_topic_that_cannot_be_used_ends_the_start(log, parts):
    parts["prepared"] = [ConfigError("not compacted")]
    with pytest.raises(ConfigError, match="not compacted"):
        await log.start(lambda records: None)


async def test_what_is_posted_is_done_when_it_is_stored(log, parts):
    await log.start(lambda records: None)
    done = log.post([(b"k", b"v")])
    ((items, stored),) = parts["writer"].batches
    assert items == [(b"k", b"v")]
    await asyncio.to_thread(stored, None, {0: 1})
    assert await done == {0: 1}


async def test_what_could_not_be_stored_says_why(log, parts):
    await log.start(lambda records: None)
    sent = asyncio.create_task(log.send([(b"k", b"v")], 10.0))
    await until(lambda: parts["writer"].batches)
    parts["writer"].batches[0][1](ConnectError("no right"), {})
    with pytest.raises(ConnectError, match="no right"):
        await sent


async def test_a_record_that_is_not_taken_in_time_is_told_with_its_reason(log, parts):
    await log.start(lambda records: None)
    why = r"t at kafka:9092 did not take .* within 0 s: refused"
    with pytest.raises(RetriableError, match=why):
        await log.send([(b"k", b"v")], 0.0)
    parts["writer"].batches[0][1](None, {0: 1})
    await asyncio.sleep(0)


async def test_what_is_let_go_is_told_to_who_posted_it(log, parts):
    await log.start(lambda records: None)
    posted = log.post([(b"k", b"v")])
    log.let_go()
    with pytest.raises(RetriableError, match="let go"):
        await posted


async def test_reading_to_the_end_waits_for_what_was_there_before(log, parts, admin, seen):
    await log.start(seen.extend)
    admin.ends = [{0: 1, 1: 5}]
    read = asyncio.create_task(log.read_to_end(10.0))
    await until(lambda: admin.asked == 2)
    parts["reader"].deliver([], {1: 5})
    await asyncio.sleep(0)
    assert not read.done()
    parts["reader"].deliver([], {0: 1})
    await read


async def test_reading_until_an_offset_asks_nobody(log, parts, admin):
    await log.start(lambda records: None)
    read = asyncio.create_task(log.read_until({0: 3}, 10.0))
    await asyncio.sleep(0)
    parts["reader"].deliver([record(2)], {0: 3})
    await read
    assert admin.asked == 1


async def test_those_who_ask_while_one_asks_share_the_next_answer(log, admin):
    await log.start(lambda records: None)
    admin.gate = asyncio.Event()
    first = asyncio.create_task(log.read_to_end(10.0))
    await until(lambda: admin.asked == 2)
    others = [asyncio.create_task(log.read_to_end(10.0)) for _ in range(5)]
    await asyncio.sleep(0)
    assert admin.asked == 2
    admin.gate.set()
    await asyncio.gather(first, *others)
    assert admin.asked == 3


async def test_a_deadline_is_kept_and_the_reason_told(log, admin):
    await log.start(lambda records: None)
    admin.ends = [AWAY]
    with pytest.raises(DeadlineError, match=r"t was not read to its end within 0\.05 s \(no broke"):
        await log.read_to_end(0.05)


async def test_an_outage_while_asking_is_survived(log, admin):
    await log.start(lambda records: None)
    admin.ends = [AWAY, AWAY, {0: 0, 1: 5}]
    await log.read_to_end(10.0)


async def test_a_refusal_fails_those_who_ask(log, admin):
    await log.start(lambda records: None)
    admin.ends = [ConnectError("no right to describe")]
    with pytest.raises(ConnectError, match="no right to describe"):
        await log.read_to_end(10.0)


async def test_troubles_of_the_reader_are_looked_into(log, parts, admin, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    await log.start(lambda records: None)
    caplog.clear()
    monkeypatch.setattr("barnabas.runtime.stores.outage._GRACE_S", 0.0)
    admin.ends = [AWAY, AWAY, ConnectError("no right"), {0: 0, 1: 5}]
    parts["reader"].on_trouble(ConnectError("refused"))
    parts["reader"].on_trouble(ConnectError("refused"))
    await until(lambda: admin.asked == 4)
    await asyncio.sleep(0)
    await log.read_to_end(10.0)
    assert [item.levelname for item in caplog.records] == ["WARNING", "INFO"]


async def test_who_may_not_read_is_told_until_it_may(log, parts, admin, caplog):
    await log.start(lambda records: None)
    caplog.clear()
    admin.ends = [{0: 1, 1: 5}]
    waiting = asyncio.create_task(log.read_to_end(10.0))
    await until(lambda: admin.asked == 2)
    await asyncio.sleep(0)
    for _ in range(2):
        parts["reader"].on_trouble(AccessDeniedError("no right to read"))
    with pytest.raises(ConnectError, match="no right to read"):
        await waiting
    with pytest.raises(ConnectError, match="no right to read"):
        await log.read_until({0: 1}, 10.0)
    await log.read_until({1: 5}, 10.0)
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [
        "no right to read. What was read before stays in use; trying again"
    ]
    parts["reader"].deliver([record(0)], {0: 1})
    await asyncio.sleep(0)
    read = asyncio.create_task(log.read_until({0: 2}, 10.0))
    await asyncio.sleep(0)
    parts["reader"].deliver([record(1)], {0: 2})
    await read


async def test_records_that_make_their_taker_fail_hold_up_nobody(log, parts):
    def fail(records):
        text = "bug"
        raise ValueError(text)

    loop, told = asyncio.get_running_loop(), []
    loop.set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    await log.start(fail)
    parts["reader"].deliver([record(0)], {0: 1})
    await log.read_until({0: 1}, 10.0)
    assert [str(error) for error in told] == ["bug"]


async def test_the_stop_ends_those_who_wait(log, parts, admin):
    await log.start(lambda records: None)
    admin.gate = asyncio.Event()
    waits = [
        asyncio.create_task(log.read_to_end(10.0)),
        asyncio.create_task(log.read_until({0: 9}, 10.0)),
    ]
    await until(lambda: admin.asked == 2)
    await log.stop()
    for wait in waits:
        with pytest.raises(RetriableError, match="not read any more"):
            await wait
    assert parts["reader"].is_asked_to_stop


async def test_what_comes_after_the_stop_is_not_told(log, parts, seen):
    await log.start(seen.extend)
    await log.stop()
    parts["reader"].deliver([record(0)], {0: 1})
    parts["reader"].on_trouble(ConnectError("refused"))
    await asyncio.sleep(0)
    assert seen == []
