# SPDX-License-Identifier: Apache-2.0
"""Tasks share the clients that ask brokers for the limits of topics, and what they were told."""

from __future__ import annotations

import asyncio
import threading

import pytest

from barnabas.errors import ConfigError, ConnectError, DeadlineError, RetriableError
from barnabas.kafka.client_settings import ClientKind
from barnabas.runtime.worker.topic_limits import TopicLimits
from tests.unit.runtime.worker.doubles import until

HERE = {"bootstrap.servers": "here:1", "client.id": "connector-producer-c-0"}
THERE = {"bootstrap.servers": "there:1", "client.id": "connector-producer-c-0"}


class Bench:
    """Limits that are read from clusters the test makes up."""

    def __init__(self, **how):
        self.limits = {}
        self.error = None
        self.open_error = None
        self.opened = []
        self.asked = []
        self.closed = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.time = 1000.0
        self.subject = TopicLimits(self.open, now=lambda: self.time, **how)

    def open(self, properties):
        if self.open_error is not None:
            raise self.open_error
        self.opened.append(properties)
        return FakeAdmin(self, properties.bootstrap_servers)

    async def get(self, *topics, properties=HERE):
        return await self.subject.get(properties, topics)


class FakeAdmin:
    def __init__(self, bench, servers):
        self._bench = bench
        self._servers = servers

    def batch_limits(self, topics, timeout_s):
        self._bench.asked.append(topics)
        assert 0 < timeout_s <= 5
        assert threading.current_thread() is not threading.main_thread()
        assert self._bench.may_answer.wait(10)
        if self._bench.error is not None:
            raise self._bench.error
        limits = self._bench.limits
        return {topic: limits[topic] for topic in topics if topic in limits}

    def close(self):
        self._bench.closed.append(self._servers)


@pytest.fixture
async def make():
    benches = []

    def make(**how):
        benches.append(Bench(**how))
        return benches[-1]

    yield make
    for bench in benches:
        bench.may_answer.set()
        bench.subject.close()


async def test_limits_are_told_and_unknown_topics_left_out(make):
    bench = make()
    bench.limits = {"a": 1000, "b": 2000, "c": 3000}
    assert await bench.get("a", "b", "nowhere") == {"a": 1000, "b": 2000}
    assert await bench.get() == {}


async def test_an_answer_counts_for_some_seconds(make):
    bench = make()
    bench.limits = {"a": 1000}
    await bench.get("a")
    bench.limits = {"a": 500}
    bench.time += 9
    assert await bench.get("a") == {"a": 1000}
    bench.time += 2
    assert await bench.get("a") == {"a": 500}


async def test_a_topic_that_was_not_there_is_asked_for_again(make):
    bench = make()
    assert await bench.get("a") == {}
    bench.limits = {"a": 1000}
    bench.time += 0.1
    assert await bench.get("a") == {"a": 1000}


async def test_questions_of_many_tasks_go_into_one_request(make):
    bench = make()
    bench.limits = {f"t{number}": 1000 + number for number in range(50)}
    bench.may_answer.clear()
    first = asyncio.create_task(bench.get("first"))
    await until(lambda: bench.asked == [["first"]])
    others = [
        asyncio.create_task(
            bench.get(f"t{number}", "none", properties={**HERE, "client.id": f"{number}"})
        )
        for number in range(50)
    ]
    await asyncio.sleep(0)
    bench.may_answer.set()
    assert await asyncio.gather(first, *others) == [
        {},
        *({f"t{number}": 1000 + number} for number in range(50)),
    ]
    assert bench.asked == [["first"], sorted(["none", *bench.limits])]
    assert len(bench.opened) == 1


async def test_clusters_are_kept_apart(make):
    bench = make()
    bench.limits = {"a": 1000}
    await bench.get("a")
    await bench.get("a", properties=THERE)
    assert [each.bootstrap_servers for each in bench.opened] == ["here:1", "there:1"]
    assert {each.kind for each in bench.opened} == {ClientKind.ADMIN}


@pytest.mark.parametrize("error", [RetriableError("no broker"), ConnectError("wrong password")])
async def test_all_who_wait_hear_of_an_error_and_the_next_asks_again(make, error):
    bench = make()
    bench.error = error
    answers = await asyncio.gather(bench.get("a"), bench.get("b"), return_exceptions=True)
    assert answers == [error, error]
    bench.error = None
    bench.limits = {"a": 1000}
    assert await bench.get("a") == {"a": 1000}


async def test_wrong_settings_are_told(make):
    bench = make()
    bench.open_error = ConfigError("sasl.mechanism is wrong")
    with pytest.raises(ConfigError, match=r"sasl\.mechanism"):
        await bench.get("a")


async def test_brokers_that_do_not_answer_are_not_waited_for(make):
    bench = make(timeout_s=0.01)
    bench.may_answer.clear()
    with pytest.raises(DeadlineError, match=r"within 0\.01 s"):
        await bench.get("a")


async def test_a_question_that_found_no_thread_in_time_is_not_asked(make):
    bench = make()
    bench.may_answer.clear()
    hanging = [
        asyncio.create_task(bench.get("a", properties={"bootstrap.servers": f"dead{number}:1"}))
        for number in range(4)
    ]
    await until(lambda: len(bench.asked) == 4)
    late = asyncio.create_task(bench.get("b", properties=THERE))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    bench.time += 6
    bench.may_answer.set()
    with pytest.raises(DeadlineError, match="Too many clusters"):
        await late
    await asyncio.gather(*hanging)
    assert ["b"] not in bench.asked


async def test_a_client_without_work_is_closed_and_opened_anew(make):
    bench = make(idle_s=0.0)
    await bench.get("a")
    await until(lambda: bench.closed == ["here:1"])
    await bench.get("a")
    assert len(bench.opened) == 2


async def test_a_client_at_work_is_not_closed(make):
    bench = make(idle_s=0.0, timeout_s=0.01)
    bench.may_answer.clear()
    with pytest.raises(DeadlineError):
        await bench.get("a")
    await asyncio.sleep(0)
    assert bench.closed == []


async def test_of_many_clusters_only_some_keep_their_clients(make):
    bench = make()
    for number in range(10):
        await bench.get("a", properties={"bootstrap.servers": f"h{number}:1"})
    await until(lambda: len(bench.closed) == 2)
    assert bench.closed == ["h8:1", "h9:1"]


async def test_clients_are_closed_at_the_end(make):
    bench = make()
    await bench.get("a")
    bench.subject.close()
    await until(lambda: bench.closed == ["here:1"])
