# SPDX-License-Identifier: Apache-2.0
"""Fetch Apache Kafka into the cache: ``python -m tests.services.kafka`` prints the folder of jars."""

from tests.services.kafka.broker import fetch_kafka

print(fetch_kafka())
