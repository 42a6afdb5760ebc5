# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import threading
import time

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.fencing import fence_producers
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.producer import Producer, open_producer
from tests.services.kafka import KafkaCluster


def admin(servers: str) -> ClientProperties:
    worker = {
        "bootstrap.servers": servers,
        "admin.retries": "0",
        "admin.request.timeout.ms": "9000",
    }
    return layering.admin(worker, "connector-worker-adminclient-c")


def begun(kafka: KafkaCluster, name: str, task: int) -> Producer:
    """A producer of a task with an open transaction that holds one record."""
    worker = {"bootstrap.servers": kafka.bootstrap_servers}
    properties = layering.task_producer(worker, {}, name, task, transactional_id=f"{name}-{task}")
    producer = open_producer(properties).producer
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(name, b"from the past")
    producer.flush(30)
    return producer


def test_earlier_producers_can_neither_send_nor_commit(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    zombies = [begun(kafka, name, task) for task in range(3)]

    fence_producers(admin(kafka.bootstrap_servers), [f"{name}-{task}" for task in range(2)], 30)

    for zombie in zombies[:2]:
        with pytest.raises(KafkaException) as raised:
            zombie.commit_transaction(30)
        assert raised.value.args[0].code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED)
    zombies[2].commit_transaction(30)


def test_many_ids_are_taken_and_later_producers_work(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    fence_producers(
        admin(kafka.bootstrap_servers), [f"{name}-{task}" for task in range(30)], timeout_s=60
    )
    begun(kafka, name, 29).commit_transaction(30)
    assert [record.value for record in kafka.consume(name, 1)] == [b"from the past"]


def test_no_ids_need_no_broker() -> None:
    fence_producers(admin("127.0.0.1:1"), [], 30)


def test_without_a_broker_it_ends_in_time() -> None:
    with pytest.raises(RetriableError, match=r"transactional id g-c-\d.*127\.0\.0\.1:1"):
        fence_producers(admin("127.0.0.1:1"), [f"g-c-{task}" for task in range(20)], 0.5)


def test_it_can_be_given_up() -> None:
    stopped = threading.Event()
    threading.Timer(0.2, stopped.set).start()
    began = time.monotonic()
    with pytest.raises(ConnectError, match="was given up"):
        fence_producers(admin("127.0.0.1:1"), ["g-c-0"], 60, stopped)
    assert time.monotonic() - began < 10
