# SPDX-License-Identifier: Apache-2.0
"""After a round of fencing no earlier task of the connector can produce."""

from __future__ import annotations

import pytest

from barnabas.kafka import layering
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.kafka.producer import Producer, open_producer
from barnabas.runtime.herder.fencing import fence_with
from tests.services.kafka import KafkaCluster


def begun(kafka: KafkaCluster, group: str, task: int) -> Producer:
    """The producer of a task that is in the midst of a transaction."""
    worker = {"bootstrap.servers": kafka.bootstrap_servers}
    properties = layering.task_producer(
        worker, {}, "clock", task, transactional_id=f"{group}-clock-{task}"
    )
    producer = open_producer(properties).producer
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(group, b"from the past")
    return producer


async def test_tasks_of_the_set_before_are_fenced_and_no_others(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    tasks = [begun(kafka, name, task) for task in range(3)]
    worker = {"bootstrap.servers": kafka.bootstrap_servers}

    async def config(_name: str) -> dict[str, str]:
        return {}

    await fence_with(worker, name, config)("clock", 2)

    for task in tasks[:2]:
        with pytest.raises(KafkaException) as raised:
            task.commit_transaction(30)
        assert raised.value.args[0].code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED)
    tasks[2].commit_transaction(30)
    assert [record.value for record in kafka.consume(name, 1)] == [b"from the past"]
