# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import time

from barnabas.kafka import layering
from barnabas.kafka.producer import open_producer
from tests.services.kafka import KafkaCluster


def worker(kafka: KafkaCluster) -> dict[str, str]:
    return {"bootstrap.servers": kafka.bootstrap_servers}


def test_records_arrive_in_order_with_the_defaults(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    producer = open_producer(layering.task_producer(worker(kafka), {}, name, 0)).producer
    for number in range(1000):
        producer.produce(name, str(number).encode())
    assert producer.flush(15) == 0
    values = [record.value for record in kafka.consume(name, 1000)]
    assert values == [str(number).encode() for number in range(1000)]


def test_a_key_goes_where_java_puts_it(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=8)
    producer = open_producer(layering.task_producer(worker(kafka), {}, name, 0)).producer
    partitions: dict[bytes, int] = {}

    def on_delivery(error: object, message: object) -> None:
        assert error is None
        partitions[message.key()] = message.partition()  # type: ignore[attr-defined]

    for key in (b"21", b"foobar", b"a-little-bit-long-string", b"abc"):
        producer.produce(name, b"", key, on_delivery=on_delivery)
    assert producer.flush(15) == 0
    hashes = {  # murmur2 of these keys, as tested in Java's UtilsTest
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"abc": 479470107,
    }
    assert partitions == {key: (value & 0x7FFFFFFF) % 8 for key, value in hashes.items()}


def test_opening_does_not_wait_for_a_broker() -> None:
    lost = {"bootstrap.servers": "127.0.0.1:1"}
    opened = open_producer(layering.task_producer(lost, {}, "o", 0))
    assert opened.max_block_ms == 9223372036854775807
    opened.producer.produce("t", b"")
    assert opened.producer.flush(0.5) == 1
    assert "Connection refused" in opened.last_error.text
    opened.producer.purge()
    opened.producer.flush(1)


def test_waiting_for_a_slow_broker_costs_no_cpu(spare_kafka: KafkaCluster) -> None:
    spare_kafka.create_topic("t")
    producer = open_producer(layering.task_producer(worker(spare_kafka), {}, "o", 0)).producer
    producer.produce("t", b"")
    assert producer.flush(15) == 0
    spare_kafka.brokers[0].pause()
    used_s = time.process_time()
    for _ in range(40):
        producer.produce("t", b"")
        producer.poll(0.05)
    used_s = time.process_time() - used_s
    spare_kafka.brokers[0].resume()

    assert producer.flush(15) == 0
    assert used_s < 0.5, "of 2 s"
