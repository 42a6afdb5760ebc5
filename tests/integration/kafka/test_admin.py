# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError, GroupBusyError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.admin import Admin, Creation, NewTopic
from barnabas.kafka.consumer import open_consumer
from tests.services.kafka import KafkaCluster

WAIT_S = 15.0


@pytest.fixture
def admin(kafka: KafkaCluster) -> Iterator[Admin]:
    worker = {"bootstrap.servers": kafka.bootstrap_servers}
    with Admin(layering.admin(worker, "connector-adminclient-test-0")) as admin:
        yield admin


@pytest.fixture
def topic(admin: Admin, kafka: KafkaCluster, name: str) -> str:
    assert admin.create_topics([NewTopic(name, 2, 1)], WAIT_S) == {name}
    kafka.wait_for_topic(name)
    return name


def test_the_cluster_has_an_id(admin: Admin) -> None:
    assert len(admin.cluster_id(WAIT_S)) == 22


def test_a_topic_is_created_once(admin: Admin, kafka: KafkaCluster, name: str) -> None:
    wanted = NewTopic(name, 3, 1, {"cleanup.policy": "compact"})
    assert admin.create_topics([wanted], WAIT_S) == {name}
    assert admin.create_topics([wanted], WAIT_S) == frozenset()
    assert kafka.topic_config(name)["cleanup.policy"] == "compact"
    kafka.wait_for_topic(name)
    assert admin.partition_counts([name, name + "-no"], WAIT_S) == {name: 3}
    assert name in admin.topic_names(WAIT_S)


def test_a_single_topic_is_looked_for_and_created(
    admin: Admin, kafka: KafkaCluster, name: str
) -> None:
    assert not admin.has_topic(name, WAIT_S)
    assert not admin.has_topic(name, WAIT_S)  # asking creates nothing
    assert admin.create_topic(NewTopic(name, 1, 1), WAIT_S) is Creation.CREATED
    assert admin.create_topic(NewTopic(name, 1, 1), WAIT_S) is Creation.EXISTED
    kafka.wait_for_topic(name)
    assert admin.has_topic(name, WAIT_S)
    with pytest.raises(ConnectError, match="lower the factor"):
        admin.create_topic(NewTopic(name + "-wide", 1, 7), WAIT_S)


def test_the_broker_chooses_what_is_left_open(admin: Admin, kafka: KafkaCluster, name: str) -> None:
    admin.create_topics([NewTopic(name)], WAIT_S)
    kafka.wait_for_topic(name)
    assert admin.partition_counts([name], WAIT_S)[name] >= 1


@pytest.mark.parametrize(
    ("topic", "why"),
    [
        (NewTopic("no such name"), "TOPIC_EXCEPTION"),
        (NewTopic("replicated", 1, 7), "lower the factor"),
        (NewTopic("configured", 1, 1, {"no.such.setting": "x"}), "no.such.setting"),
    ],
)
def test_a_topic_that_cannot_be_created_says_why(admin: Admin, topic: NewTopic, why: str) -> None:
    with pytest.raises(ConnectError, match=why) as caught:
        admin.create_topics([topic], WAIT_S)
    assert f"Creating topic {topic.name} failed" in caught.value.message


def test_limits_of_topics_are_read_and_others_left_out(
    admin: Admin, kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name, config={"max.message.bytes": "4321"})
    topics = [name, f"{name}-missing", "no such name!"]
    assert admin.batch_limits(topics, 10) == {name: 4321}
    assert admin.batch_limits([], 10) == {}


def test_offsets_of_a_group_are_written_read_and_deleted(admin: Admin, topic: str) -> None:
    first, second = TopicPartition(topic, 0), TopicPartition(topic, 1)
    assert admin.committed_offsets(topic, WAIT_S) == {}
    admin.alter_offsets(topic, {first: 3, second: 4}, WAIT_S)
    assert admin.committed_offsets(topic, WAIT_S) == {first: 3, second: 4}
    admin.delete_offsets(topic, [first], WAIT_S)
    assert admin.committed_offsets(topic, WAIT_S) == {second: 4}
    admin.delete_group(topic, WAIT_S)
    admin.delete_group(topic, WAIT_S)
    assert admin.committed_offsets(topic, WAIT_S) == {}


def test_offsets_nobody_has_are_deleted_without_harm(admin: Admin, topic: str) -> None:
    admin.alter_offsets(topic, {TopicPartition(topic, 0): 3}, WAIT_S)
    admin.delete_offsets(topic, [TopicPartition(topic, 1)], WAIT_S)
    assert admin.committed_offsets(topic, WAIT_S) == {TopicPartition(topic, 0): 3}


def test_offsets_of_a_missing_topic_are_told(admin: Admin, name: str) -> None:
    missing = TopicPartition(name + "-none", 0)
    with pytest.raises(ConnectError, match=f"Writing offsets of group {name}.*no such topic"):
        admin.alter_offsets(name, {missing: 1}, WAIT_S)
    admin.delete_offsets(name, [missing], WAIT_S)  # there is no such group


def test_partitions_of_topics_are_counted(admin: Admin, topic: str) -> None:
    assert admin.partition_counts([topic, topic + "-none"], WAIT_S) == {topic: 2}


def test_a_group_with_members_is_not_deleted(admin: Admin, kafka: KafkaCluster, topic: str) -> None:
    worker = {"bootstrap.servers": kafka.bootstrap_servers}
    consumer = open_consumer(layering.task_consumer(worker, {}, topic, 0)).consumer
    consumer.subscribe([topic])
    end = time.monotonic() + WAIT_S
    while not consumer.assignment() and time.monotonic() < end:
        consumer.poll(0.1)
    try:
        group, where = f"connect-{topic}", TopicPartition(topic, 0)
        with pytest.raises(GroupBusyError, match="not empty"):
            admin.delete_group(group, WAIT_S)
        with pytest.raises(GroupBusyError):
            admin.alter_offsets(group, {where: 1}, WAIT_S)
        with pytest.raises(GroupBusyError):
            admin.delete_offsets(group, [where], WAIT_S)
    finally:
        consumer.close()


CALLS: list[Callable[[Admin], object]] = [
    lambda admin: admin.cluster_id(1.0),
    lambda admin: admin.create_topics([NewTopic("t")], 1.0),
    lambda admin: admin.committed_offsets("g", 1.0),
    lambda admin: admin.alter_offsets("g", {TopicPartition("t", 0): 1}, 1.0),
    lambda admin: admin.delete_group("g", 1.0),
    lambda admin: admin.partition_counts(["t"], 1.0),
]


@pytest.mark.parametrize("call", CALLS)
def test_an_unreachable_broker_is_told_in_time_with_its_address(
    call: Callable[[Admin], object],
) -> None:
    properties = layering.admin({"bootstrap.servers": "127.0.0.1:1"}, "lost")
    start = time.monotonic()
    with pytest.raises(RetriableError, match=r"no broker answered at 127\.0\.0\.1:1") as caught:
        call(Admin(properties))
    assert "Connection refused" in caught.value.message
    assert time.monotonic() - start < 5
