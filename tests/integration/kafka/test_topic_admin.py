# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time

import pytest

from barnabas.errors import ConfigError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.admin import NewTopic, TopicDescription
from barnabas.kafka.topic_admin import TooFewBrokersError, TopicAdmin
from tests.services.kafka import KafkaCluster

WAIT_S = 15.0


def opened(servers: str) -> TopicAdmin:
    return TopicAdmin(layering.admin({"bootstrap.servers": servers}, "test"))


@pytest.fixture
def admin(kafka: KafkaCluster) -> TopicAdmin:
    return opened(kafka.bootstrap_servers)


async def test_a_topic_is_created_once_and_described(
    admin: TopicAdmin, kafka: KafkaCluster, name: str
) -> None:
    assert await admin.describe(name, WAIT_S) is None
    wanted = NewTopic(name, 3, 1, {"cleanup.policy": "compact"})
    assert await admin.create(wanted, WAIT_S)
    assert not await admin.create(wanted, WAIT_S)
    kafka.wait_for_topic(name)
    assert await admin.describe(name, WAIT_S) == TopicDescription(name, 3, 1)
    assert (await admin.settings(name, WAIT_S))["cleanup.policy"] == "compact"


async def test_looking_for_a_topic_does_not_create_it(
    admin: TopicAdmin, kafka: KafkaCluster, name: str
) -> None:
    assert await admin.describe(name, WAIT_S) is None
    assert name not in kafka.topics()


@pytest.mark.parametrize(
    ("topic", "kind", "why"),
    [
        (NewTopic("no such name"), ConfigError, "TOPIC_EXCEPTION"),
        (NewTopic("replicated", 1, 7), TooFewBrokersError, "7"),
        (NewTopic("configured", 1, 1, {"no.such": "x"}), ConfigError, r"no\.such"),
    ],
)
async def test_a_topic_that_cannot_be_created_says_why(
    admin: TopicAdmin, topic: NewTopic, kind: type[Exception], why: str
) -> None:
    with pytest.raises(kind, match=f"Creating topic {topic.name} failed.*{why}"):
        await admin.create(topic, WAIT_S)


async def test_both_ends_of_all_partitions_are_told(
    admin: TopicAdmin, kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name, partitions=2)
    kafka.produce(name, [b"a", b"b", b"c"], partition=1)
    assert await admin.first_offsets(name, [0, 1], WAIT_S) == {0: 0, 1: 0}
    assert await admin.end_offsets(name, [0, 1], WAIT_S) == {0: 0, 1: 3}


async def test_an_unreachable_broker_is_told_in_time_with_its_address() -> None:
    admin, began = opened("127.0.0.1:1"), time.monotonic()
    for call in (admin.describe("t", 0.5), admin.end_offsets("t", [0], 0.5)):
        with pytest.raises(RetriableError, match=r"no broker answered at 127\.0\.0\.1:1"):
            await call
    assert time.monotonic() - began < 5
