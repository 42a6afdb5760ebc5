# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

import pytest

from barnabas.errors import RetriableError
from barnabas.kafka import layering
from barnabas.kafka.consumer import (
    Consumer,
    leave_group,
    matching_topics,
    open_consumer,
    partition_count,
)
from tests.services.kafka import KafkaCluster


def worker(kafka: KafkaCluster) -> dict[str, str]:
    return {"bootstrap.servers": kafka.bootstrap_servers, "consumer.max.poll.records": "7"}


def test_a_task_reads_a_topic_from_its_beginning(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    kafka.produce(name, [b"a", b"b"])
    opened = open_consumer(layering.task_consumer(worker(kafka), {}, name, 0))
    assert opened.max_poll_records == 7
    opened.consumer.subscribe([name])
    got: list[bytes | None] = []
    end = time.monotonic() + 20
    while len(got) < 2 and time.monotonic() < end:
        got += [message.value() for message in opened.consumer.consume(10, 0.5)]
    opened.consumer.close()
    assert got == [b"a", b"b"]


def test_a_pattern_means_whole_names_and_no_internal_topic(kafka: KafkaCluster, name: str) -> None:
    for topic in (name, f"{name}-x"):
        kafka.create_topic(topic)
    opened = open_consumer(layering.task_consumer(worker(kafka), {}, name, 0))
    assert matching_topics(opened, name, 10) == [name]
    assert matching_topics(opened, f"{name}.*", 10) == [name, f"{name}-x"]
    assert "__consumer_offsets" not in matching_topics(opened, ".*", 10)
    opened.consumer.close()


def test_a_lost_broker_is_told_in_time() -> None:
    lost = {"bootstrap.servers": "127.0.0.1:1"}
    opened = open_consumer(layering.task_consumer(lost, {}, "o", 0))
    with pytest.raises(RetriableError, match="Listing topics failed"):
        matching_topics(opened, ".*", 0.5)
    with pytest.raises(RetriableError, match="Counting partitions failed"):
        partition_count(opened, ["t"], 0.5)
    opened.consumer.close()


@pytest.mark.parametrize("count", [2, 30], ids=["topic by topic", "all at once"])
def test_partitions_of_topics_are_counted(kafka: KafkaCluster, name: str, count: int) -> None:
    kafka.create_topic(name, partitions=3)
    properties = layering.task_consumer(worker(kafka), {}, name, 0)
    opened = open_consumer(properties.with_values(allow_auto_create_topics="false"))
    missing = [f"{name}-missing-{number}" for number in range(count - 1)]
    assert partition_count(opened, [name, *missing], 10) == 3
    opened.consumer.close()


# -- leaving a group -------------------------------------------------------------------------------


class Group:
    """Members that read a topic of one partition: the first has it, the second has none.

    Its sessions are so long that a member that does not leave is missed too late.
    """

    def __init__(self, kafka: KafkaCluster, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._opened: list[Consumer] = []
        kafka.create_topic(topic, partitions=1)
        self.busy = self.join()
        self.poll_until(lambda: bool(self.busy.assignment()), self.busy)
        self.idle = self.join()
        self.poll_until(lambda: self.is_settled(2), self.busy, self.idle)
        assert not self.idle.assignment()

    def join(self) -> Consumer:
        settings = {
            **worker(self._kafka),
            "consumer.partition.assignment.strategy": "cooperative-sticky",
            "consumer.session.timeout.ms": "45000",
            "consumer.heartbeat.interval.ms": "500",
        }
        properties = layering.task_consumer(settings, {}, self._topic, len(self._opened))
        consumer = open_consumer(properties).consumer
        self._opened.append(consumer)
        consumer.subscribe([self._topic])
        return consumer

    def poll_until(self, is_so: Callable[[], bool], *members: Consumer) -> None:
        end = time.monotonic() + 25
        while not is_so():
            assert time.monotonic() < end
            for each in members:
                each.consume(1, 0.05)

    def is_settled(self, members: int) -> bool:
        found = self._kafka.group(f"connect-{self._topic}")
        return found.state == "Stable" and len(found.members) == members

    def close(self) -> None:
        for each in self._opened:
            each.close()


@pytest.fixture
def group(kafka: KafkaCluster, name: str) -> Iterator[Group]:
    with contextlib.closing(Group(kafka, name)) as group:
        yield group


def test_a_member_without_partitions_leaves_its_group(group: Group) -> None:
    leave_group(group.idle, 10)
    group.idle.close()
    group.poll_until(lambda: group.is_settled(1), group.busy)


def test_a_member_leaves_when_a_rebalance_has_ended(group: Group) -> None:
    third = group.join()
    group.poll_until(lambda: not group.is_settled(2), third)
    leave_group(group.idle, 10)
    group.idle.close()
    group.poll_until(lambda: group.is_settled(2), group.busy, third)
