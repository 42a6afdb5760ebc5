# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import httpx
import pytest

from barnabas.cli import distributed_worker
from barnabas.cli.distributed_worker import DistributedWorker
from barnabas.errors import ConfigError, RetriableError
from barnabas.kafka import admin
from barnabas.runtime.settings.distributed import DistributedConfig
from tests.unit.runtime.herder.cluster_doubles import SETTINGS
from tests.unit.runtime.herder.doubles import FakeWorker


class NoCluster:
    """A cluster that does not answer."""

    def __init__(self, properties) -> None:
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def cluster_id(self, timeout_s: float) -> str:
        raise RetriableError("no broker answered at broker:9092")


@pytest.fixture
def settings(monkeypatch) -> dict[str, str]:
    """Settings of a worker without processes and brokers."""

    def make_worker(_, *, worker_id, plugins, offset_store, listener) -> FakeWorker:
        made = FakeWorker(listener)
        made.worker_id, made.offset_store = worker_id, offset_store
        return made

    monkeypatch.setattr(distributed_worker, "Worker", make_worker)
    monkeypatch.setattr(admin, "Admin", NoCluster)
    return {**SETTINGS, "listeners": "http://127.0.0.1:0"}


async def test_without_a_broker_it_answers_that_it_is_starting(settings):
    worker = DistributedWorker(DistributedConfig(settings), {})
    await worker.start()
    try:
        async with asyncio.timeout(10), httpx.AsyncClient() as client:
            health = await client.get(worker.rest.urls[0] + "/health")
            connectors = await client.get(worker.rest.urls[0] + "/connectors")
        assert (health.status_code, health.json()["status"]) == (503, "starting")
        assert "broker:9092" in health.json()["message"]
        assert connectors.status_code == 503
        assert not worker.over.done()
    finally:
        await worker.stop()


async def test_an_unknown_converter_ends_the_start_and_leaves_nothing_open(settings):
    worker = DistributedWorker(DistributedConfig({**settings, "key.converter": "No"}), {})
    with pytest.raises(ConfigError, match=r"key\.converter"):
        await worker.start()
    again = DistributedWorker(DistributedConfig({**settings, "listeners": worker.rest.urls[0]}), {})
    again.rest.open()  # the port is free
    again.rest.close()
