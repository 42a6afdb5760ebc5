# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from collections.abc import Callable

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


def member(kafka: KafkaCluster, topic: str, number: int) -> Consumer:
    settings = {
        **worker(kafka),
        "consumer.partition.assignment.strategy": "cooperative-sticky",
        "consumer.session.timeout.ms": "45000",
        "consumer.heartbeat.interval.ms": "500",
    }
    consumer = open_consumer(layering.task_consumer(settings, {}, topic, number)).consumer
    consumer.subscribe([topic])
    return consumer


def poll_until(is_so: Callable[[], bool], *members: Consumer) -> None:
    end = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < end
        for each in members:
            each.consume(1, 0.05)


def pair(kafka: KafkaCluster, topic: str) -> tuple[Consumer, Consumer]:
    """Two members of a group: one has the topic's only partition, the other has none."""
    kafka.create_topic(topic, partitions=1)
    busy = member(kafka, topic, 0)
    poll_until(lambda: bool(busy.assignment()), busy)
    idle = member(kafka, topic, 1)
    poll_until(lambda: is_stable(kafka, topic, 2), busy, idle)
    assert not idle.assignment()
    return busy, idle


def is_stable(kafka: KafkaCluster, topic: str, members: int) -> bool:
    group = kafka.group(f"connect-{topic}")
    return group.state == "Stable" and len(group.members) == members


def test_a_member_without_partitions_leaves_its_group(kafka: KafkaCluster, name: str) -> None:
    busy, idle = pair(kafka, name)
    leave_group(idle, 10)
    idle.close()
    began_at = time.monotonic()
    poll_until(lambda: is_stable(kafka, name, 1), busy)
    assert time.monotonic() - began_at < 20, "not when the session ends"
    busy.close()


def test_a_member_leaves_when_a_rebalance_has_ended(kafka: KafkaCluster, name: str) -> None:
    busy, idle = pair(kafka, name)
    third = member(kafka, name, 2)
    poll_until(lambda: kafka.group(f"connect-{name}").state != "Stable", third)
    leave_group(idle, 10)
    idle.close()
    began_at = time.monotonic()
    poll_until(lambda: is_stable(kafka, name, 2), busy, third)
    assert time.monotonic() - began_at < 20
    busy.close()
    third.close()
