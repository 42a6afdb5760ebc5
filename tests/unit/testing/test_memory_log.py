# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConnectError, DeadlineError, RetriableError
from barnabas.testing import MemoryLog, MemoryTopic


async def started(topic):
    log, seen = MemoryLog(topic), []
    await log.start(lambda records: seen.extend(record.value for record in records))
    return log, seen


async def test_a_log_begins_with_what_is_there():
    _log, seen = await started(MemoryTopic(items=[(b"k", b"1"), (b"k", None)]))
    assert seen == [b"1", None]


async def test_what_one_writes_all_read():
    topic = MemoryTopic("t")
    (one, _), (other, seen) = await started(topic), await started(topic)
    assert await one.send([(b"k", b"1"), (b"k", b"2")], 1.0) == {0: 2}
    assert seen == []
    await other.read_to_end(1.0)
    assert seen == [b"1", b"2"]
    assert topic.items == [("k", "1"), ("k", "2")]


async def test_a_log_reads_until_an_offset():
    topic = MemoryTopic()
    log, seen = await started(topic)
    topic.append([(b"k", b"1")])
    await log.read_until({0: 1}, 1.0)
    assert seen == [b"1"]


async def test_a_stopped_log_reads_no_more():
    topic = MemoryTopic()
    log, seen = await started(topic)
    await log.stop()
    topic.append([(b"k", b"1")])
    with pytest.raises(DeadlineError):
        await log.read_until({0: 1}, 0.0)
    assert seen == []


async def test_a_topic_that_is_away_fails_writes_and_holds_reads():
    topic = MemoryTopic()
    log, _ = await started(topic)
    topic.is_away = True
    with pytest.raises(RetriableError):
        await log.send([(b"k", b"1")], 1.0)
    with pytest.raises(DeadlineError, match="not read to its end within 0 s"):
        await log.read_to_end(0.0)
    await log.read_until({0: 0}, 1.0)


async def test_writes_fail_as_the_test_wants():
    topic = MemoryTopic()
    log, _ = await started(topic)
    topic.error = ConnectError("refused")
    with pytest.raises(ConnectError, match="refused"):
        await log.post([(b"k", b"1")])


def test_a_log_notes_that_it_let_go():
    log = MemoryLog(MemoryTopic())
    assert not log.has_let_go
    log.let_go()
    assert log.has_let_go
