# SPDX-License-Identifier: Apache-2.0
"""Reading a topic from its beginning to its present end."""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Iterator

import confluent_kafka
from confluent_kafka import TopicPartition

__all__ = ["read_topic"]

_READ_S = 120.0
_CALL_S = 30.0


def read_topic(bootstrap_servers: str, topic: str) -> Iterator[confluent_kafka.Message]:
    """All records there are now, those of a partition in order; what is added meanwhile may come.

    Raises:
        RuntimeError: The end was not reached within two minutes.
    """
    consumer = confluent_kafka.Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": f"bench-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "isolation.level": "read_uncommitted",
            "enable.partition.eof": True,
        }
    )
    with contextlib.closing(consumer):
        numbers = consumer.list_topics(topic, timeout=_CALL_S).topics[topic].partitions
        partitions = [TopicPartition(topic, number, 0) for number in numbers]
        ends = {p.partition: consumer.get_watermark_offsets(p, _CALL_S)[1] for p in partitions}
        consumer.assign(partitions)
        unfinished, deadline = set(ends), time.monotonic() + _READ_S
        while unfinished:
            if time.monotonic() > deadline:
                msg = f"{topic} could not be read to its end in {_READ_S:.0f} s"
                raise RuntimeError(msg)
            for message in consumer.consume(10_000, 0.2):
                error, number, offset = message.error(), message.partition(), message.offset()
                if number is None or offset is None:
                    continue
                if error is None:
                    yield message
                    offset += 1
                if offset >= ends[number] and (error is None or error.name() == "_PARTITION_EOF"):
                    unfinished.discard(number)
