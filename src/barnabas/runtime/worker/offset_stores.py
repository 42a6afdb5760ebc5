# SPDX-License-Identifier: Apache-2.0
"""Which topic a source connector's offsets are in, and the store for it.

Mostly it is the worker's. A connector may name one of its own (``offsets.storage.topic``), on the
cluster its producer writes to; it is opened when a task or connector of it starts on this worker,
or a user asks for its offsets, and closed when nobody needs it any more. All on the event loop.

Source:
    KIP-618; Apache Kafka ``Worker.offsetStoreFor…``; reference pages *internal topics*, 5.1, and
    *Worker and connector configuration*, 4.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Final

from barnabas.errors import DeadlineError
from barnabas.kafka.layering import (
    ClientProperties,
    admin,
    offsets_consumer,
    offsets_producer,
    task_producer,
)
from barnabas.runtime.model import TaskId
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores.connector_offsets import (
    ConnectorOffsetStore,
    TransactionalOffsetStore,
)
from barnabas.runtime.stores.offsets import OffsetStore, delivery_timeout_ms
from barnabas.runtime.stores.privileged_writer import PrivilegedWriter
from barnabas.runtime.stores.storage_topics import StorageTopic, offset_topic, topic_settings
from barnabas.runtime.tasks.link import ExactlyOnce

if TYPE_CHECKING:
    from barnabas.runtime.stores.kafka_offsets import KafkaOffsetStore

__all__ = ["OffsetStores", "OffsetsLease", "OwnOffsets"]

Config = Mapping[str, str | None]
_START_S: Final = 300.0
_USERS_S: Final = 60.0

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class OwnOffsets:
    """A connector's own offsets topic, and the clients for it."""

    topic: StorageTopic
    producer: ClientProperties
    consumer: ClientProperties
    admin: ClientProperties

    @property
    def key(self) -> object:
        """Equal for those that can share a store."""
        clients = (self.producer, self.consumer, self.admin)
        return (self.topic.name, *(frozenset(client.values.items()) for client in clients))


class OffsetsLease:
    """The use of a store by one task, connector or request; let go of it when that ends."""

    def __init__(
        self,
        store: OffsetStore,
        starting: asyncio.Task[None] | None = None,
        on_release: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        """Where offsets are read, and written unless a task does that itself."""
        self._starting = starting
        self._on_release = on_release
        self._is_released = False

    @property
    def is_own(self) -> bool:
        """Whether the connector has a topic of its own."""
        return self._starting is not None

    async def ready(self, timeout_s: float = _START_S) -> None:
        """Wait until the store has been read.

        Raises:
            ConnectError: Its topic cannot be used; says why.
            DeadlineError: That took too long.
        """
        if self._starting is None:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.shield(self._starting)
        except TimeoutError:
            text = f"The connector's own offsets topic was not read within {timeout_s:g} s"
            raise DeadlineError(text) from None

    def release(self) -> None:
        """Need it no more; may be called again."""
        if not self._is_released:
            self._is_released = True
            self._on_release()


class _Opened:
    """A store that is open, and by how many it is used."""

    def __init__(self, store: KafkaOffsetStore) -> None:
        self.store = store
        self.users = 0
        self.starting = asyncio.create_task(store.start())
        self.starting.add_done_callback(lambda done: done.cancelled() or done.exception())

    @property
    def has_failed(self) -> bool:
        """Whether its topic could not be used; it is not tried again."""
        done = self.starting
        return done.done() and (done.cancelled() or done.exception() is not None)


def _open(own: OwnOffsets) -> KafkaOffsetStore:
    from barnabas.kafka.topic_admin import TopicAdmin
    from barnabas.runtime.stores.kafka_offsets import KafkaOffsetStore
    from barnabas.runtime.stores.topic_log import TopicLog

    log = TopicLog(
        own.topic, producer=own.producer, consumer=own.consumer, admin=TopicAdmin(own.admin)
    )
    return KafkaOffsetStore(log)


class OffsetStores:
    """The stores of one worker's source connectors.

    Args:
        config: The worker's settings.
        shared: The worker's own store; started and stopped by its owner.
        open_store: Makes the store of a connector's own topic.
        may_write: Whether this worker is surely a member of its group for a while yet.
    """

    def __init__(
        self,
        config: WorkerConfig,
        shared: OffsetStore,
        open_store: Callable[[OwnOffsets], KafkaOffsetStore] = _open,
        may_write: Callable[[], bool] = lambda: True,
    ) -> None:
        self._config = config if isinstance(config, DistributedConfig) else None
        self._originals = {
            key: str(value) for key, value in config.originals.items() if value is not None
        }
        self._shared = shared
        self._open_store = open_store
        self._may_write = may_write
        shared.may_write = may_write
        self._opened: dict[object, _Opened] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def looks_at_clients(self, config: Config) -> bool:
        """Whether it matters here how the connector's own clients reach brokers.

        Then :meth:`lease` and :meth:`exactly_once` are to be given a configuration whose overrides
        hold values, no references.
        """
        if self._config is None:
            return False
        return bool(config.get("offsets.storage.topic")) or self._config.is_exactly_once_enabled

    def own(self, connector: str, config: Config) -> OwnOffsets | None:
        """Describe a connector's own topic; None when its offsets are in the worker's."""
        if self._config is None or not self.looks_at_clients(config):
            return None
        given = config.get("offsets.storage.topic")
        texts = {key: value for key, value in config.items() if value is not None}
        delivery_ms = delivery_timeout_ms(self._config.session_timeout_ms)
        producer = offsets_producer(self._originals, texts, connector, delivery_ms)
        name = given or self._config.offset_storage_topic
        servers = self._originals.get("bootstrap.servers", "")
        if name == self._config.offset_storage_topic and producer.bootstrap_servers == servers:
            return None
        topic = offset_topic(
            name,
            self._config.offset_storage_partitions,
            self._config.offset_storage_replication_factor,
            topic_settings(self._originals, "offset.storage."),
        )
        consumer = offsets_consumer(
            self._originals,
            texts,
            connector,
            must_be_committed=self._config.is_exactly_once_enabled,
        )
        client_id = f"connector-worker-adminclient-{connector}"
        return OwnOffsets(topic, producer, consumer, admin(self._originals, client_id, texts))

    def exactly_once(self, task: TaskId, config: Config) -> ExactlyOnce | None:
        """Say how a source task delivers exactly once; None where that is not enabled."""
        if self._config is None or not self._config.is_exactly_once_enabled:
            return None
        own = self.own(task.connector, config)
        topic = self._config.offset_storage_topic if own is None else own.topic.name
        return ExactlyOnce(self._transactional_id(task), topic, own is not None)

    def lease(self, connector: str, config: Config) -> OffsetsLease:
        """Give the store of a source connector; begins to read its own topic if it has one."""
        own = self.own(connector, config)
        if own is None:
            return OffsetsLease(self._shared)
        opened = self._use(own)
        return OffsetsLease(
            ConnectorOffsetStore(opened.store, self._shared),
            opened.starting,
            lambda: self._let_go(own.key, opened),
        )

    @contextlib.asynccontextmanager
    async def for_users(self, connector: str, config: Config) -> AsyncIterator[OffsetStore]:
        """Give the store of a source connector to whom users have look at or change offsets.

        Changes are transactions, under the id of the first task, where exactly-once delivery is
        enabled.

        Raises:
            ConnectError: The connector's own topic cannot be used; says why.
        """
        lease = self.lease(connector, config)
        try:
            await lease.ready(_USERS_S)
            yield self._changeable(connector, config, lease.store)
        finally:
            lease.release()

    async def close(self) -> None:
        """Close the stores that are open."""
        for key in list(self._opened):
            self._close(key)
        await asyncio.gather(*self._closing, return_exceptions=True)

    # -- details -----------------------------------------------------------------------------------

    def _changeable(self, connector: str, config: Config, store: OffsetStore) -> OffsetStore:
        settings = self.exactly_once(TaskId(connector, 0), config)
        if settings is None:
            return store
        texts = {key: value for key, value in config.items() if value is not None}
        properties = task_producer(
            self._originals, texts, connector, 0, transactional_id=settings.transactional_id
        )
        writer = PrivilegedWriter(settings.offsets_topic, properties)
        own = self.own(connector, config)
        if own is None:
            return TransactionalOffsetStore(store, writer)
        opened = self._opened[own.key].store
        return ConnectorOffsetStore(TransactionalOffsetStore(opened, writer), self._shared)

    def _transactional_id(self, task: TaskId) -> str:
        assert self._config is not None
        return f"{self._config.group_id}-{task.connector}-{task.task}"

    def _use(self, own: OwnOffsets) -> _Opened:
        opened = self._opened.get(own.key)
        if opened is not None and opened.has_failed:  # some may still use it, in vain
            self._close(own.key)
            opened = None
        if opened is None:
            store = self._open_store(own)
            store.may_write = self._may_write
            opened = self._opened[own.key] = _Opened(store)
        opened.users += 1
        return opened

    def _let_go(self, key: object, opened: _Opened) -> None:
        opened.users -= 1
        if opened.users == 0 and self._opened.get(key) is opened:
            self._close(key)

    def _close(self, key: object) -> None:
        opened = self._opened.pop(key)
        opened.starting.cancel()
        closing = asyncio.create_task(opened.store.stop())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)
