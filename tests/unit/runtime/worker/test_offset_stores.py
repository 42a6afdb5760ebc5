# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.errors import ConfigError, DeadlineError
from barnabas.runtime.model import TaskId
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.stores.connector_offsets import (
    ConnectorOffsetStore,
    TransactionalOffsetStore,
)
from barnabas.runtime.tasks.link import ExactlyOnce
from barnabas.runtime.worker.offset_stores import OffsetStores
from tests.unit.runtime.herder.cluster_doubles import SETTINGS

OWN = {"name": "c", "offsets.storage.topic": "mine"}
ELSEWHERE = {"name": "c", "producer.override.bootstrap.servers": "other:9092"}


class Store(MemoryOffsetStore):
    """A topic that takes as long to read as the test says."""

    def __init__(self) -> None:
        super().__init__()
        self.read = asyncio.Event()
        self.read.set()
        self.error: ConfigError | None = None
        self.is_stopped = False

    async def start(self) -> None:
        await self.read.wait()
        if self.error is not None:
            raise self.error

    async def stop(self) -> None:
        self.is_stopped = True


class Bench:
    def __init__(self, **settings: str) -> None:
        self.shared = MemoryOffsetStore()
        self.made: list[Store] = []
        self.next = Store()
        config = {**SETTINGS, **{key.replace("_", "."): value for key, value in settings.items()}}
        self.stores = OffsetStores(DistributedConfig(config), self.shared, self._open)

    def _open(self, own) -> Store:
        self.made.append(self.next)
        self.next = Store()
        return self.made[-1]


@pytest.fixture
async def bench() -> Bench:
    return Bench()


@pytest.fixture
async def once() -> Bench:
    return Bench(exactly_once_source_support="enabled")


async def test_offsets_are_in_the_workers_topic_unless_the_connector_names_one(bench) -> None:
    lease = bench.stores.lease("c", {"name": "c"})
    assert lease.store is bench.shared
    await lease.ready()
    assert not lease.is_own


async def test_the_workers_topic_named_again_is_no_topic_of_its_own(bench) -> None:
    assert bench.stores.own("c", {"offsets.storage.topic": "offsets"}) is None


@pytest.mark.parametrize(
    ("settings", "config", "looks"),
    [
        ({}, {"name": "c"}, False),
        ({}, OWN, True),
        ({"exactly_once_source_support": "enabled"}, {"name": "c"}, True),
    ],
)
async def test_references_of_clients_matter_where_the_worker_reaches_an_own_topic(
    settings: dict[str, str], config: dict[str, str], *, looks: bool
) -> None:
    assert Bench(**settings).stores.looks_at_clients(config) is looks


async def test_references_of_clients_do_not_matter_to_a_standalone_worker() -> None:
    stores = OffsetStores(WorkerConfig(SETTINGS), MemoryOffsetStore())
    assert not stores.looks_at_clients(OWN)


async def test_an_own_topic_is_shared_by_those_of_a_connector_and_closed_after_the_last(bench):
    first, second = bench.stores.lease("c", OWN), bench.stores.lease("c", OWN)
    assert first.is_own
    assert isinstance(first.store, ConnectorOffsetStore)
    await second.ready()
    first.release()
    first.release()
    await asyncio.sleep(0)
    assert [store.is_stopped for store in bench.made] == [False]
    second.release()
    await bench.stores.close()
    assert [store.is_stopped for store in bench.made] == [True]


async def test_a_topic_that_cannot_be_used_is_told_to_all_who_wait(bench) -> None:
    bench.next.error = ConfigError("not compacted")
    leases = [bench.stores.lease("c", OWN) for _ in range(2)]
    for lease in leases:
        with pytest.raises(ConfigError, match="not compacted"):
            await lease.ready()
        lease.release()
    await bench.stores.lease("c", OWN).ready()
    assert len(bench.made) == 2, "the next one tries anew"


async def test_a_topic_that_was_mended_is_tried_anew_while_others_hold_on_to_the_failure(bench):
    bench.next.error = ConfigError("not compacted")
    connector = bench.stores.lease("c", OWN)
    with pytest.raises(ConfigError, match="not compacted"):
        await connector.ready()
    task = bench.stores.lease("c", OWN)
    await task.ready()
    connector.release()
    await asyncio.sleep(0)
    assert [store.is_stopped for store in bench.made] == [True, False]
    task.release()
    await bench.stores.close()
    assert [store.is_stopped for store in bench.made] == [True, True]


async def test_waiting_for_a_topic_is_bounded(bench) -> None:
    bench.next.read.clear()
    with pytest.raises(DeadlineError, match="own offsets topic"):
        await bench.stores.lease("c", OWN).ready(0.0)


async def test_without_exactly_once_delivery_a_cluster_elsewhere_changes_nothing(bench) -> None:
    assert bench.stores.own("c", ELSEWHERE) is None
    assert bench.stores.exactly_once(TaskId("c", 0), {}) is None


async def test_exactly_once_offsets_are_where_the_records_are(once) -> None:
    own = once.stores.own("c", ELSEWHERE)
    assert (own.topic.name, own.producer.bootstrap_servers) == ("offsets", "other:9092")
    assert once.stores.own("c", {"name": "c"}) is None


async def test_transactional_ids_are_javas(once) -> None:
    task = TaskId("my-c", 3)
    assert once.stores.exactly_once(task, {}) == ExactlyOnce("g-my-c-3", "offsets", False)
    assert once.stores.exactly_once(task, OWN) == ExactlyOnce("g-my-c-3", "mine", True)


async def test_only_committed_offsets_count_where_delivery_is_exactly_once(bench, once) -> None:
    wish = {**OWN, "consumer.override.isolation.level": "read_uncommitted"}
    assert bench.stores.own("c", OWN).consumer.values["isolation.level"] == "read_committed"
    assert bench.stores.own("c", wish).consumer.values["isolation.level"] == "read_uncommitted"
    assert once.stores.own("c", wish).consumer.values["isolation.level"] == "read_committed"


async def test_an_own_topic_is_created_as_the_workers_is() -> None:
    bench = Bench(offset_storage_partitions="7", offset_storage_replication_factor="2")
    topic = bench.stores.own("c", OWN).topic
    assert (topic.name, topic.partitions, topic.replication_factor) == ("mine", 7, 2)


async def test_users_change_exactly_once_offsets_in_transactions(bench, once) -> None:
    async with bench.stores.for_users("c", {"name": "c"}) as store:
        assert store is bench.shared
    async with once.stores.for_users("c", {"name": "c"}) as store:
        assert isinstance(store, TransactionalOffsetStore)
    async with once.stores.for_users("c", OWN) as store:
        assert isinstance(store, ConnectorOffsetStore)
    await once.stores.close()
    assert [made.is_stopped for made in once.made] == [True]
