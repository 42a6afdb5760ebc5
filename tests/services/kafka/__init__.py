# SPDX-License-Identifier: Apache-2.0
"""Real Apache Kafka for the tests: KRaft brokers on free loopback ports."""

from tests.services.kafka.broker import Broker, fetch_kafka
from tests.services.kafka.cluster import Group, KafkaCluster, KafkaClusterFactory, Record

__all__ = ["Broker", "Group", "KafkaCluster", "KafkaClusterFactory", "Record", "fetch_kafka"]
