# SPDX-License-Identifier: Apache-2.0
"""Fetch Apache Kafka into the cache and print the folder: ``python -m tests.services.kafka``."""

from tests.services.kafka.broker import fetch_kafka

print(fetch_kafka())  # noqa: T201  # a command prints
