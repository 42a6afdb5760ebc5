# SPDX-License-Identifier: Apache-2.0
"""The three stores of a distributed worker, with the clients Java's worker would open for them.

Source:
    Apache Kafka ``cli/ConnectDistributed``, ``storage/Kafka*BackingStore``; reference page
    *internal topics*, 2.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from barnabas.kafka.client_settings import ClientKind
from barnabas.kafka.layering import ClientProperties, internal_client
from barnabas.kafka.topic_admin import TopicAdmin
from barnabas.runtime.stores.kafka_configs import KafkaConfigStore
from barnabas.runtime.stores.kafka_offsets import KafkaOffsetStore
from barnabas.runtime.stores.kafka_statuses import KafkaStatusStore
from barnabas.runtime.stores.offsets import delivery_timeout_ms
from barnabas.runtime.stores.privileged_writer import PrivilegedWriter
from barnabas.runtime.stores.storage_topics import StorageTopic
from barnabas.runtime.stores.topic_log import TopicLog

__all__ = ["ClusterStores", "ClusterTopics", "open_cluster_stores"]

_BUDGET_MS: Final = 30_000
_FETCH_MS: Final = "250"
"""How long a broker waits for records; a partition that is new to the consumer waits with it."""
_QUICK_FETCH_MS: Final = "100"
"""The same where transactions are used: their end is seen only after that time."""


@dataclasses.dataclass(frozen=True, slots=True)
class ClusterTopics:
    """Where a group of workers keeps its state.

    Clients begin with all of ``worker``, the settings as given; those with a prefix such as
    ``producer.`` do not count.
    """

    worker: Mapping[str, str] = dataclasses.field(repr=False)
    group_id: str
    configs: StorageTopic
    offsets: StorageTopic
    statuses: StorageTopic
    session_timeout_ms: int
    """How long the group waits for a sign of life of a member."""
    is_transactional: bool = False
    """Whether the leader writes configurations in transactions: ``exactly.once.source.support`` is
    preparing or enabled."""
    reads_committed: bool = False
    """Whether only committed records count: ``exactly.once.source.support`` is enabled."""

    @property
    def client_id_base(self) -> str:
        """What the ids of the worker's own clients begin with."""
        client_id = self.worker.get("client.id") or ""
        return f"{self.group_id}-{client_id}-" if client_id else f"{self.group_id}-"

    def admin(self) -> ClientProperties:
        """Properties of the admin client the stores share."""
        return self._client(ClientKind.ADMIN, "shared-admin", {})

    def producer(self, name: str, delivery_ms: int = _BUDGET_MS) -> ClientProperties:
        """Properties of the producer of one log.

        Args:
            name: Of the log.
            delivery_ms: How long it may try to deliver a record.
        """
        own = {
            "acks": "all",
            "delivery.timeout.ms": str(delivery_ms),
            "enable.idempotence": "false",
            "linger.ms": "0",
            "max.in.flight.requests.per.connection": "1",
        }
        return self._client(ClientKind.PRODUCER, name, own)

    def leader(self) -> ClientProperties:
        """Properties of the producer that only the leader has."""
        own = {
            "acks": "all",
            "delivery.timeout.ms": str(_BUDGET_MS),
            "enable.idempotence": "true",
            "linger.ms": "0",
            "max.in.flight.requests.per.connection": "5",
            "transactional.id": f"connect-cluster-{self.group_id}",
        }
        return self._client(ClientKind.PRODUCER, "configs-leader", own)

    def consumer(self, name: str, *, may_commit: bool) -> ClientProperties:
        """Properties of the consumer of one log; it never joins the group it names."""
        own = {
            "allow.auto.create.topics": "false",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": "false",
            "fetch.max.wait.ms": _QUICK_FETCH_MS if self.is_transactional else _FETCH_MS,
            "group.id": self.group_id,
        }
        if self.reads_committed and may_commit:
            own["isolation.level"] = "read_committed"
        return self._client(ClientKind.CONSUMER, name, own)

    def _client(self, kind: ClientKind, name: str, own: Mapping[str, str]) -> ClientProperties:
        named = {**own, "client.id": f"{self.client_id_base}{name}"}
        return internal_client(self.worker, kind, named)


@dataclasses.dataclass(frozen=True, slots=True)
class ClusterStores:
    """The stores of one worker; each is started and stopped by itself."""

    configs: KafkaConfigStore
    statuses: KafkaStatusStore
    offsets: KafkaOffsetStore

    def let_go(self) -> None:
        """Drop all that was to be written and is not stored: this worker's membership is over."""
        for store in (self.configs, self.statuses, self.offsets):
            store.let_go()


def open_cluster_stores(topics: ClusterTopics) -> ClusterStores:
    """Make the stores; nothing is connected before they are started.

    Raises:
        ConfigError: A setting of the clients is wrong or contradicts another.
    """
    admin = TopicAdmin(topics.admin())

    def log(
        topic: StorageTopic, name: str, *, may_commit: bool, delivery_ms: int = _BUDGET_MS
    ) -> TopicLog:
        return TopicLog(
            topic,
            producer=topics.producer(name, delivery_ms),
            consumer=topics.consumer(name, may_commit=may_commit),
            admin=admin,
        )

    in_time_ms = delivery_timeout_ms(topics.session_timeout_ms)
    leader = None
    if topics.is_transactional:
        leader = PrivilegedWriter(topics.configs.name, topics.leader())
    return ClusterStores(
        KafkaConfigStore(log(topics.configs, "configs", may_commit=True), leader),
        KafkaStatusStore(log(topics.statuses, "statuses", may_commit=False)),
        KafkaOffsetStore(
            log(topics.offsets, "offsets", may_commit=True, delivery_ms=in_time_ms),
        ),
    )
