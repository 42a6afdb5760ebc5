# SPDX-License-Identifier: Apache-2.0
"""Logs on clusters that go away, come back, compact, and give no rights."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

import pytest

from barnabas.errors import ConfigError, ConnectError, DeadlineError, RetriableError
from barnabas.runtime.model import ConnectorStatus, State, TaskId
from barnabas.runtime.stores.cluster_stores import open_cluster_stores
from barnabas.runtime.stores.kafka_configs import KafkaConfigStore
from tests.integration.runtime.stores.conftest import Listener, start, stop, topics_of, until
from tests.services.kafka import KafkaCluster

KEY = b'["c",{"filename":"a"}]'
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"


@contextlib.asynccontextmanager
async def opened(cluster, group, **settings):
    stores = open_cluster_stores(topics_of(cluster, group, **settings))
    try:
        yield stores
    finally:
        await stop(stores)


def levels(caplog, topic):
    return [
        record.levelname
        for record in caplog.records
        if record.name.startswith("barnabas.runtime.stores") and topic in record.getMessage()
    ]


@pytest.mark.timeout(180)
async def test_an_outage_is_survived(spare_kafka, name, caplog):
    """Reads go on from memory, writes fail with a reason, and afterwards all goes on by itself."""
    caplog.set_level(logging.INFO)
    async with opened(spare_kafka, name) as stores:
        listener = await start(stores)
        await stores.configs.put_connector("before", {"a": "1"}, None)
        caplog.clear()
        await asyncio.to_thread(spare_kafka.brokers[0].stop)

        impatient = KafkaConfigStore(stores.configs._log, budget_s=2.0)
        with pytest.raises(ConnectError, match="Error writing connector configuration to Kafka: "):
            await impatient.put_connector("during", {}, None)
        with pytest.raises(DeadlineError):
            await stores.configs.refresh(1.0)
        assert set(stores.configs.state.configs) == {"before"}
        stores.statuses.put_task(TaskId("before", 0), ConnectorStatus(State.FAILED, "w", 1))
        membership = iter([True, False])  # over before the brokers are there again
        stores.offsets.may_write = lambda: next(membership)
        with pytest.raises(RetriableError, match="membership of its group is not confirmed"):
            await stores.offsets.set({KEY: b'{"position":1}'})
        reading = asyncio.create_task(stores.offsets.get([KEY]))
        await until(lambda: len(levels(caplog, name)) == 3, 60)

        await asyncio.to_thread(spare_kafka.brokers[0].start)
        await asyncio.to_thread(spare_kafka.wait_until_ready)
        assert await reading == {KEY: None}
        await stores.configs.put_connector("after", {"a": "1"}, None)
        assert {"before", "after"} <= set(stores.configs.state.configs)
        assert ("on_connector_config", "after") in listener.heard
        await until(lambda: stores.statuses.task(TaskId("before", 0)), 60)
        for topic in ("configs", "offsets", "status"):
            await until(lambda topic=topic: levels(caplog, f"{name}-{topic}")[-1] == "INFO", 60)
            assert levels(caplog, f"{name}-{topic}") == ["WARNING", "INFO"]
        assert await asyncio.to_thread(spare_kafka.records, f"{name}-offsets") == []


@pytest.mark.timeout(180)
async def test_a_worker_may_start_before_the_brokers(spare_kafka, name, caplog):
    await asyncio.to_thread(spare_kafka.brokers[0].stop)
    async with opened(spare_kafka, name) as stores:
        starting = asyncio.create_task(start(stores))
        await until(lambda: len(levels(caplog, name)) == 3, 60)
        assert not starting.done()
        await asyncio.to_thread(spare_kafka.brokers[0].start)
        await starting
        await stores.configs.put_connector("c", {}, None)
        assert levels(caplog, f"{name}-configs") == ["WARNING"]


async def test_a_start_without_brokers_can_be_given_up_at_once(name):
    class Nowhere:
        bootstrap_servers = "127.0.0.1:1"

    async with opened(Nowhere, name) as stores:
        starting = asyncio.create_task(start(stores))
        await asyncio.sleep(0.5)
        began = time.monotonic()
        starting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
    assert time.monotonic() - began < 5


@pytest.mark.timeout(180)
async def test_a_compacted_log_adds_up_to_the_same(kafka_cluster, name):
    cluster = await asyncio.to_thread(
        kafka_cluster, settings={"log.cleaner.backoff.ms": "200", "log.cleaner.threads": "1"}
    )
    often = {
        "config_storage_segment_ms": "500",
        "config_storage_min_cleanable_dirty_ratio": "0.0",
        "config_storage_max_compaction_lag_ms": "500",
        "config_storage_delete_retention_ms": "0",
    }
    often = {key.replace("_", "."): value for key, value in often.items()}
    topic = f"{name}-configs"
    async with opened(cluster, name, **often) as stores:
        await start(stores)
        for number in range(40):
            await stores.configs.put_connector("c", {"n": str(number)}, None)
            await stores.configs.put_tasks("c", [{"n": str(number)}] * 2)
            await stores.configs.put_connector(f"gone{number}", {}, None)
            await stores.configs.remove_connector(f"gone{number}")

        async def left():
            # Only closed segments are compacted, and a write closes the one before it.
            await stores.configs.put_tasks("c", [{"n": "x"}, {"n": "y"}])
            return len(await asyncio.to_thread(cluster.records, topic))

        async with asyncio.timeout(120):
            while await left() > 40:  # noqa: ASYNC110 - the broker tells nobody
                await asyncio.sleep(1)
        async with opened(cluster, name, **often) as later:
            await later.configs.start(Listener())
            old, new = stores.configs.state, later.configs.state
            assert (new.configs, new.offset) == (old.configs, old.offset)
            assert new.tasks("c") == old.tasks("c")
            assert [new.task_configs[task] for task in new.tasks("c")] == [{"n": "x"}, {"n": "y"}]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A cluster where ``ann`` may do nothing that she was not allowed."""
    listener = "listener.name.guarded."
    settings = {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        f"{listener}sasl.enabled.mechanisms": "PLAIN",
        f"{listener}plain.sasl.jaas.config": f'{PLAIN} required user_ann="secret";',
    }
    cluster = KafkaCluster(
        tmp_path_factory.mktemp("guarded"),
        settings=settings,
        listeners={"GUARDED": "SASL_PLAINTEXT"},
    )
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


async def test_missing_rights_are_told_with_what_to_do(guarded, name):
    class Ann:
        bootstrap_servers = guarded.addresses("GUARDED")

    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{PLAIN} required username="ann" password="secret";',
    }
    async with opened(Ann, name, **login) as stores:
        with pytest.raises(ConfigError, match=r"kafka-acls\.sh .* --operation Write") as caught:
            await stores.configs.start(Listener())
    assert (
        f"Topic '{name}-configs' supplied via the 'config.storage.topic' " in caught.value.message
    )
    assert "secret" not in caught.value.message


async def test_a_wrong_password_ends_the_start(guarded, name):
    class Ann:
        bootstrap_servers = guarded.addresses("GUARDED")

    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{PLAIN} required username="ann" password="wrong";',
    }
    async with opened(Ann, name, **login) as stores:
        with pytest.raises(ConnectError, match=r"do not accept each other .*Authentication failed"):
            await stores.configs.start(Listener())
