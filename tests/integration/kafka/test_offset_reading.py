# SPDX-License-Identifier: Apache-2.0
"""What groups have committed; more of it in test_admin."""

from __future__ import annotations

from pathlib import Path

from barnabas.api import TopicPartition
from barnabas.kafka import layering
from barnabas.kafka.admin import Admin
from barnabas.kafka.offset_reading import read_group_offsets
from tests.services.kafka import KafkaCluster

WAIT_S = 30.0


def test_a_cluster_that_never_had_a_group_has_no_offsets(tmp_path: Path, name: str) -> None:
    fresh = KafkaCluster(tmp_path)  # its first group has no coordinator yet
    try:
        fresh.start()
        properties = layering.admin({"bootstrap.servers": fresh.bootstrap_servers}, "reader")
        assert read_group_offsets(properties, name, WAIT_S) == {}
    finally:
        fresh.stop()


def test_all_partitions_of_a_group_are_read(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    properties = layering.admin({"bootstrap.servers": kafka.bootstrap_servers}, "reader")
    offsets = {TopicPartition(name, 0): 3}
    with Admin(properties) as admin:
        admin.alter_offsets(name, offsets, WAIT_S)
    assert read_group_offsets(properties, name, WAIT_S) == offsets
