# SPDX-License-Identifier: Apache-2.0
"""Single offsets of groups, deleted by a request of our own; more of it in test_admin."""

from __future__ import annotations

import time

import pytest

from barnabas.api import TopicPartition
from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.admin import Admin
from barnabas.kafka.offset_deletion import delete_group_offsets
from tests.services.kafka import KafkaCluster

WAIT_S = 15.0


def test_a_partition_that_does_not_exist_is_named(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    properties = layering.admin({"bootstrap.servers": kafka.bootstrap_servers}, "deleter")
    first, missing = TopicPartition(name, 0), TopicPartition(name, 9)
    with Admin(properties) as admin:
        admin.alter_offsets(name, {first: 3}, WAIT_S)
        with pytest.raises(ConnectError, match=f"for {name}-9 failed: .*no such topic or part"):
            delete_group_offsets(properties, name, [missing], WAIT_S)
        delete_group_offsets(properties, name, [], WAIT_S)
        assert admin.committed_offsets(name, WAIT_S) == {first: 3}


def test_an_unreachable_broker_is_told_in_time() -> None:
    properties = layering.admin({"bootstrap.servers": "127.0.0.1:1"}, "lost")
    start = time.monotonic()
    with pytest.raises(RetriableError, match=r"no broker answered at 127\.0\.0\.1:1 within 1 s"):
        delete_group_offsets(properties, "g", [TopicPartition("t", 0)], 1.0)
    assert time.monotonic() - start < WAIT_S
