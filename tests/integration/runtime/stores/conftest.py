# SPDX-License-Identifier: Apache-2.0
"""Stores of workers of one group on a real cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from barnabas.runtime.stores.cluster_stores import ClusterStores, ClusterTopics, open_cluster_stores
from barnabas.runtime.stores.storage_topics import (
    config_topic,
    offset_topic,
    status_topic,
    topic_settings,
)
from tests.services.kafka import KafkaCluster


class Listener:
    """Counts what it hears."""

    def __init__(self):
        self.heard = []

    def __getattr__(self, name):
        return lambda *values: self.heard.append((name, *values))


def topics_of(cluster: KafkaCluster, group: str, **settings) -> ClusterTopics:
    """Describe the topics of a group; settings of workers may be given with underscores."""
    worker = {name.replace("_", "."): value for name, value in settings.items()}
    flags = {name: worker.pop(name.replace("_", "."), False) for name in FLAGS}
    return ClusterTopics(
        {"bootstrap.servers": cluster.bootstrap_servers, **worker},
        group,
        config_topic(f"{group}-configs", 1, topic_settings(worker, "config.storage.")),
        offset_topic(f"{group}-offsets", 25, 1),
        status_topic(f"{group}-status", 5, 1),
        SESSION_MS,
        **flags,
    )


SESSION_MS = 10_000
FLAGS = ("is_transactional", "reads_committed")


async def start(stores: ClusterStores) -> Listener:
    """Start all three; returns who hears of configurations."""
    listener = Listener()
    await asyncio.gather(
        stores.configs.start(listener), stores.statuses.start(), stores.offsets.start()
    )
    return listener


async def stop(stores: ClusterStores) -> None:
    await asyncio.gather(stores.configs.stop(), stores.statuses.stop(), stores.offsets.stop())


async def until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not is_so():  # noqa: ASYNC110 - what others wrote sends no events
            await asyncio.sleep(0.01)


@pytest.fixture
async def worker(kafka: KafkaCluster, name: str) -> AsyncIterator[Callable[..., object]]:
    """Start the stores of one more worker of the test's group: ``await worker()``."""
    made = []

    async def make(**settings) -> ClusterStores:
        stores = open_cluster_stores(topics_of(kafka, name, **settings))
        made.append(stores)
        await start(stores)
        return stores

    yield make
    await asyncio.gather(*map(stop, made))
