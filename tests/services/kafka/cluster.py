# SPDX-License-Identifier: Apache-2.0
"""A cluster of brokers, and the few things tests do with one: topics, records in, records out."""

from __future__ import annotations

import base64
import contextlib
import logging
import time
import uuid
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

import confluent_kafka
from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AdminClient,
    ConfigEntry,
    ConfigResource,
    NewTopic,
)

from tests.services.child import tail
from tests.services.kafka.broker import TEST_JVM, Broker
from tests.services.ports import free_port

__all__ = ["Group", "KafkaCluster", "KafkaClusterFactory", "Record"]

_START_TIMEOUT_S = 60
_CALL_TIMEOUT_S = 30
_SOON = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._DESTROY_BROKER,
        KafkaError._NOENT,
        KafkaError._TRANSPORT,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
    }
)
"""What brokers answer that are only starting, or have not heard yet of something new."""

Answer = TypeVar("Answer")
Setting = str | int | float | bool
_quiet = logging.getLogger("tests.services.kafka")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class Record(NamedTuple):
    """One record as a consumer sees it; ``timestamp`` in ms, ``headers`` in order."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, str | bytes | None]]
    timestamp: int


class Group(NamedTuple):
    """A group as its coordinator sees it; ``members`` leads from member ids to assignments."""

    state: str
    protocol: str
    members: dict[str, bytes]


class KafkaCluster:
    """Kafka brokers on free loopback ports: ``KafkaCluster(folder, brokers=3)``, then `start`.

    ``settings`` are added to every broker's ``server.properties``. ``listeners`` adds client
    listeners (name to security protocol, ``{"SECURE": "SASL_PLAINTEXT"}``), whose addresses
    `addresses` tells; ``advertised`` has one broker send the clients of a listener to another
    ``host:port``. Replication factors of internal topics are the number of brokers, at most 3.
    Groups may have sessions of a second. ``jvm`` are options of Java; the default suits short
    lives, not measurements.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int = 1,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
        advertised: Mapping[str, str] | None = None,
        jvm: Sequence[str] = TEST_JVM,
    ) -> None:
        self._protocols = {"PLAINTEXT": "PLAINTEXT", **(listeners or {})}
        self._ports = [{name: free_port() for name in self._protocols} for _ in range(brokers)]
        self._controllers = [free_port() for _ in range(brokers)]
        self._extra = dict(settings or {})
        self._advertised = dict(advertised or {})
        # The first byte is 0: an id that began with "-" would be taken for an option.
        identity = b"\0" + uuid.uuid4().bytes[1:]
        self._cluster_id = base64.urlsafe_b64encode(identity).decode().rstrip("=")
        self.brokers = [
            Broker(node + 1, folder / f"node-{node + 1}", self._settings(node, folder), jvm)
            for node in range(brokers)
        ]
        self._is_formatted = False
        self._admin: AdminClient | None = None

    # --- the cluster as a whole ---

    @property
    def bootstrap_servers(self) -> str:
        """Addresses of all brokers, plaintext."""
        return self.addresses("PLAINTEXT")

    def addresses(self, listener: str) -> str:
        """Return the addresses of all brokers on one listener."""
        return ",".join(f"127.0.0.1:{ports[listener]}" for ports in self._ports)

    def start(self) -> None:
        """Start the brokers that do not run and wait until all of them serve (60 s at most).

        Raises:
            RuntimeError: One ended or did not answer in time; the message carries its log.
        """
        if not self._is_formatted:
            formats = [(broker, broker.format(self._cluster_id)) for broker in self.brokers]
            for broker, process in formats:
                broker.finish_format(process)
            self._is_formatted = True
        for broker in self.brokers:
            if not broker.is_running:
                broker.start()
        self.wait_until_ready()

    def stop(self) -> None:
        """End all brokers at once; nobody needs their data any more."""
        self._admin = None
        for broker in self.brokers:
            broker.kill()

    def restart(self, broker: Broker | None = None) -> None:
        """Shut down and start again one broker (or all) with the same data and ports."""
        chosen = self.brokers if broker is None else [broker]
        for one in chosen:
            one.stop()
        for one in chosen:
            one.start()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """Wait until every broker that was started is known to the others (60 s at most)."""
        deadline = time.monotonic() + _START_TIMEOUT_S
        wanted = sum(broker.is_running for broker in self.brokers)
        while self._count_serving() < wanted:
            dead = [broker for broker in self.brokers if not broker.is_running]
            if len(self.brokers) - len(dead) < wanted or time.monotonic() > deadline:
                raise RuntimeError(self._why_not_ready(dead or self.brokers))
            time.sleep(0.1)

    # --- what tests do with it ---

    @property
    def admin(self) -> AdminClient:
        """A client for everything that has no method here."""
        if self._admin is None:
            self._admin = AdminClient(self._client(), logger=_quiet)
        return self._admin

    def create_topic(
        self,
        topic: str,
        *,
        partitions: int = 1,
        replication_factor: int | None = None,
        config: Mapping[str, str] | None = None,
    ) -> None:
        """Create a topic (replicated on all brokers, at most 3) and wait until it is there.

        The controller answers before its brokers have heard of the topic.
        """
        replicas = replication_factor or min(3, len(self.brokers))
        new = NewTopic(topic, partitions, replicas, config=dict(config or {}))
        self.admin.create_topics([new], operation_timeout=_CALL_TIMEOUT_S)[topic].result()
        self.wait_for_topic(topic)

    def wait_for_topic(self, topic: str) -> None:
        """Wait until the brokers know of a topic that a controller has agreed to create."""
        self._partitions(topic)

    def delete_topic(self, topic: str) -> None:
        """Delete a topic."""
        self.admin.delete_topics([topic], operation_timeout=_CALL_TIMEOUT_S)[topic].result()

    def topics(self) -> set[str]:
        """Return the names of all topics."""
        return set(self.admin.list_topics(timeout=_CALL_TIMEOUT_S).topics)

    def topic_config(self, topic: str) -> dict[str, str]:
        """Return the settings of a topic, defaults included."""
        resource = ConfigResource("topic", topic)
        admin = self.admin

        def described() -> dict[str, ConfigEntry]:
            found: dict[str, ConfigEntry] = admin.describe_configs([resource])[resource].result()
            return found

        entries = _once_ready(f"topic {topic}", described)
        return {name: entry.value or "" for name, entry in entries.items()}

    def produce(
        self,
        topic: str,
        values: Iterable[bytes | str | None],
        *,
        keys: Sequence[bytes | str | None] | None = None,
        partition: int = -1,
        headers: list[tuple[str, str | bytes | None]] | None = None,
    ) -> None:
        """Write records, one per value, and wait until all replicas in sync have them.

        Raises:
            RuntimeError: A record was not acknowledged within 30 s.
        """
        refused: list[object] = []
        deadline_ms = _CALL_TIMEOUT_S * 1000
        settings = {**self._client(), "acks": "all", "delivery.timeout.ms": deadline_ms}
        producer = confluent_kafka.Producer(settings, logger=_quiet)
        for index, value in enumerate(values):
            producer.produce(
                topic,
                value,
                key=keys[index] if keys is not None else None,
                partition=partition,
                headers=headers,
                on_delivery=lambda error, _: refused.append(error) if error else None,
            )
            producer.poll(0)
        if producer.flush(_CALL_TIMEOUT_S + 5) or refused:
            msg = f"Kafka did not take all records for {topic}: {refused or 'no answer'}"
            raise RuntimeError(msg)

    def consume(
        self, topic: str, count: int, *, timeout_s: float = 30, isolation: str = "read_committed"
    ) -> list[Record]:
        """Return the first ``count`` records of a topic, those of each partition in order.

        A topic that a producer is about to create is waited for.

        Raises:
            TimeoutError: Fewer came in time; the message says how many.
        """
        deadline = time.monotonic() + timeout_s
        partitions = self._partitions(topic, timeout_s)
        consumer = self._consumer(f"tests-{uuid.uuid4()}", isolation)
        with contextlib.closing(consumer):
            consumer.assign([TopicPartition(topic, each, OFFSET_BEGINNING) for each in partitions])
            return _read(consumer, topic, count, deadline)

    def records(self, topic: str) -> list[Record]:
        """Return all committed records a topic has now, those of each partition in order.

        The topic may grow meanwhile; what comes later is left out.
        """
        ends = {number: end for number, end in self.end_offsets(topic).items() if end > 0}
        settings = {"enable.partition.eof": True}
        consumer = self._consumer(f"tests-{uuid.uuid4()}", "read_committed", settings)
        with contextlib.closing(consumer):
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in ends])
            return _read_until(consumer, topic, ends, time.monotonic() + _CALL_TIMEOUT_S)

    def end_offsets(self, topic: str) -> dict[int, int]:
        """Return the offset after the last record of each partition."""
        consumer = self._consumer("tests-end-offsets")
        with contextlib.closing(consumer):
            return {
                partition: self._end_offset(consumer, TopicPartition(topic, partition))
                for partition in self._partitions(topic)
            }

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Return the offsets a consumer group committed, for partitions that have one."""
        consumer = self._consumer(group)
        with contextlib.closing(consumer):
            asked = [TopicPartition(topic, number) for number in self._partitions(topic)]
            found = _once_ready(
                f"group {group}", lambda: consumer.committed(asked, timeout=_CALL_TIMEOUT_S)
            )
        return {answer.partition: answer.offset for answer in found if answer.offset >= 0}

    def group(self, name: str) -> Group:
        """Return a group of any protocol type, consumers' or another.

        A coordinator that is only starting is waited for.
        """
        return _once_ready(f"group {name}", lambda: self._group(name))

    def _group(self, name: str) -> Group:
        with warnings.catch_warnings():
            # What is to be used instead knows groups of consumers only.
            warnings.simplefilter("ignore", DeprecationWarning)
            found = self.admin.list_groups(name, timeout=_CALL_TIMEOUT_S)
        if not found:
            msg = f"no broker knows of group {name} yet"
            raise _NotReadyError(msg)
        if found[0].error is not None:
            raise confluent_kafka.KafkaException(found[0].error)
        members = {str(member.id): member.assignment or b"" for member in found[0].members}
        return Group(str(found[0].state), str(found[0].protocol), members)

    # --- inside ---

    def _partitions(self, topic: str, timeout_s: float = _CALL_TIMEOUT_S) -> list[int]:
        """Return the partitions of a topic, waiting for one that somebody is about to create.

        A consumer asks, because the question of an admin client would create the topic.
        """

        def found() -> list[int]:
            topics = consumer.list_topics(topic, timeout=_CALL_TIMEOUT_S).topics
            if topics[topic].error is not None:
                raise confluent_kafka.KafkaException(topics[topic].error)
            return sorted(topics[topic].partitions)

        consumer = self._consumer("tests-partitions")
        with contextlib.closing(consumer):
            return _once_ready(f"topic {topic}", found, timeout_s)

    def _end_offset(self, consumer: confluent_kafka.Consumer, where: TopicPartition) -> int:
        def offsets() -> tuple[int, int]:
            return consumer.get_watermark_offsets(where, timeout=_CALL_TIMEOUT_S)

        return _once_ready(f"the end of {where.topic}-{where.partition}", offsets)[1]

    def _client(self) -> dict[str, Setting]:
        return {"bootstrap.servers": self.bootstrap_servers, "reconnect.backoff.max.ms": 500}

    def _consumer(
        self,
        group: str,
        isolation: str = "read_committed",
        more: Mapping[str, Setting] | None = None,
    ) -> confluent_kafka.Consumer:
        settings = {"group.id": group, "isolation.level": isolation, "enable.auto.commit": False}
        return confluent_kafka.Consumer(
            {**self._client(), **settings, **(more or {})}, logger=_quiet
        )

    def _count_serving(self) -> int:
        with contextlib.suppress(confluent_kafka.KafkaException):
            return len(self.admin.list_topics(timeout=2).brokers)
        return 0

    def _why_not_ready(self, brokers: list[Broker]) -> str:
        logs = [f"--- {broker.log}\n{tail(broker.log)}" for broker in brokers]
        return "\n".join(["Kafka did not get ready", *logs])

    def _settings(self, node: int, folder: Path) -> dict[str, str]:
        controller = self._controllers[node]
        addresses = {name: f"127.0.0.1:{port}" for name, port in self._ports[node].items()}
        own = [f"{name}://{address}" for name, address in addresses.items()]
        told = [f"{name}://{at}" for name, at in {**addresses, **self._advertised}.items()]
        protocols = {"CONTROLLER": "PLAINTEXT", **self._protocols}
        replicas = str(min(3, len(self._ports)))
        in_sync = "2" if replicas == "3" else "1"
        voters = [f"{i}@127.0.0.1:{port}" for i, port in enumerate(self._controllers, 1)]
        return {
            "process.roles": "broker,controller",
            "node.id": str(node + 1),
            "controller.quorum.voters": ",".join(voters),
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join([*own, f"CONTROLLER://127.0.0.1:{controller}"]),
            "advertised.listeners": ",".join(told),
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": ",".join(f"{k}:{v}" for k, v in protocols.items()),
            "log.dirs": str(folder / f"node-{node + 1}" / "data"),
            "default.replication.factor": replicas,
            "min.insync.replicas": in_sync,
            "offsets.topic.replication.factor": replicas,
            "offsets.topic.num.partitions": "5",
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": in_sync,
            "transaction.state.log.num.partitions": "5",
            "share.coordinator.state.topic.replication.factor": replicas,
            "share.coordinator.state.topic.min.isr": in_sync,
            "share.coordinator.state.topic.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
            "broker.session.timeout.ms": "6000",
            **self._extra,
        }


class KafkaClusterFactory(Protocol):
    """The fixture ``kafka_cluster``: starts a cluster that ends with the test."""

    def __call__(
        self,
        *,
        brokers: int = 1,
        settings: Mapping[str, str] | None = None,
        listeners: Mapping[str, str] | None = None,
    ) -> KafkaCluster: ...


class _NotReadyError(Exception):
    """What was asked for is not there yet."""


def _once_ready(what: str, ask: Callable[[], Answer], timeout_s: float = _CALL_TIMEOUT_S) -> Answer:
    """Ask of something again until brokers that are only starting, or hear of it late, can answer.

    Raises:
        TimeoutError: They could not in time; the cause is the last answer.
    """
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            return ask()
        except (confluent_kafka.KafkaException, _NotReadyError) as error:
            is_soon = isinstance(error, _NotReadyError) or error.args[0].code() in _SOON
            if not is_soon:
                raise
            if time.monotonic() > deadline:
                msg = f"{what} was not there within {timeout_s} s: {error}"
                raise TimeoutError(msg) from error
        time.sleep(0.1)


def _read(
    consumer: confluent_kafka.Consumer, topic: str, count: int, deadline: float
) -> list[Record]:
    records: list[Record] = []
    while len(records) < count:
        left = deadline - time.monotonic()
        if left <= 0:
            msg = f"{topic} gave {len(records)} records in time, {count} were expected"
            raise TimeoutError(msg)
        messages = consumer.consume(min(count - len(records), 10_000), timeout=min(left, 0.5))
        records.extend(_record(message) for message in messages if _is_record(message))
    return records


def _read_until(
    consumer: confluent_kafka.Consumer, topic: str, ends: Mapping[int, int], deadline: float
) -> list[Record]:
    """Read all before the end of each partition; an end may also be a transaction's mark."""
    records: list[Record] = []
    waiting = set(ends)
    while waiting:
        if time.monotonic() > deadline:
            msg = f"{topic} was not read to the end in time, {len(records)} records were"
            raise TimeoutError(msg)
        for message in consumer.consume(10_000, timeout=0.1):
            error, partition = message.error(), message.partition() or 0
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                waiting.discard(partition)
            elif _is_record(message):
                record = _record(message)
                if record.offset < ends[partition]:
                    records.append(record)
                if record.offset + 1 >= ends[partition]:
                    waiting.discard(partition)
    return records


def _is_record(message: confluent_kafka.Message) -> bool:
    error = message.error()
    if error is not None and error.fatal():
        raise confluent_kafka.KafkaException(error)
    return error is None


def _record(message: confluent_kafka.Message) -> Record:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None
    assert partition is not None
    assert offset is not None
    headers = message.headers() or []
    pairs = list(headers.items()) if isinstance(headers, dict) else headers
    value = message.value()
    return Record(topic, partition, offset, message.key(), value, pairs, message.timestamp()[1])
