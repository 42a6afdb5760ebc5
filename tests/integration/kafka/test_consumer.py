# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time

import pytest

from barnabas.errors import RetriableError
from barnabas.kafka import layering
from barnabas.kafka.consumer import matching_topics, open_consumer, partition_count
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
