# SPDX-License-Identifier: Apache-2.0
"""Which properties a Kafka client of the framework gets. Pure: mappings in, values out.

From weak to strong: tuning (:data:`TUNING`) < Connect's own settings < worker keys with the
client's prefix (``producer.`` …) < connector keys with ``producer.override.`` …. Worker keys
without a prefix reach admin clients and the clients of the internal topics only.

Differs:
    Clients push no metrics to brokers unless ``enable.metrics.push`` says so; Java's do when a
    broker asks (KIP-714).

    Java's task producers are not idempotent and send one request at a time, to keep the order of
    records. Here they are idempotent with four requests under way, which keeps the order too and is
    faster. A user's setting that rules out idempotence (``enable.idempotence=false``, ``acks=1``,
    ``retries=0``, more than five requests under way) gives Java's way back, one request at a time
    unless the user said how many.

Source:
    Reference page *Worker and connector configuration*, section 4; KIP-458.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from barnabas.kafka.client_settings import ClientKind, Translation, is_client_setting, translate

__all__ = [
    "TUNING",
    "ClientProperties",
    "admin",
    "dead_letter_producer",
    "internal_client",
    "offsets_consumer",
    "offsets_producer",
    "task_consumer",
    "task_producer",
]

_IN_FLIGHT = "max.in.flight.requests.per.connection"
_IDEMPOTENCE = "enable.idempotence"
_CLIENT_PREFIXES = ("admin.", "consumer.", "producer.")
_FOR_EVERY_CLIENT = {
    # What brokers may ask clients to measure (KIP-714) costs each of them a quarter of a megabyte.
    "enable.metrics.push": "false",
    "log.connection.close": "false",  # brokers close idle connections; that is no news
    "reconnect.backoff.ms": "50",  # Java's; librdkafka would wait up to ten seconds
    "reconnect.backoff.max.ms": "1000",
    "socket.keepalive.enable": "true",
}

TUNING: Mapping[ClientKind, Mapping[str, str]] = MappingProxyType(
    {
        ClientKind.PRODUCER: {
            **_FOR_EVERY_CLIENT,
            "batch.num.messages": "20000",
            "batch.size": "1000000",
            "linger.ms": "5",
            # With five requests on their way an idempotent producer's thread spins until an answer
            # comes (librdkafka 2.16): a core for each task while brokers are slow.
            "max.in.flight.requests.per.connection": "4",
            "message.max.bytes": "1048576",
            "partitioner": "murmur2_random",  # where Java puts a key, and null keys anywhere
            "queue.buffering.max.kbytes": "65536",
            "queue.buffering.max.messages": "250000",
        },
        ClientKind.CONSUMER: {
            **_FOR_EVERY_CLIENT,
            "allow.auto.create.topics": "true",
            "fetch.queue.backoff.ms": "5",  # the default of 1,000 halves the throughput
            "isolation.level": "read_uncommitted",
            "max.partition.fetch.bytes": "4000000",
            "queued.max.messages.kbytes": "32768",
            "queued.min.messages": "100000",
        },
        ClientKind.ADMIN: {**_FOR_EVERY_CLIENT},
    }
)
"""librdkafka's settings where the user said nothing: Java's defaults, or what measured fastest."""


@dataclasses.dataclass(frozen=True, slots=True)
class ClientProperties:
    """The properties of one client, in Java's names."""

    kind: ClientKind
    values: Mapping[str, str] = dataclasses.field(repr=False)
    """Values by name; never printed, they may hold passwords."""
    origins: Mapping[str, str]
    """The name as the user wrote it, by name; what is missing here is the framework's."""

    @property
    def client_id(self) -> str:
        """The id the client has towards the brokers."""
        return self.values.get("client.id", "")

    @property
    def bootstrap_servers(self) -> str:
        """The addresses the client begins with, for messages."""
        return self.values.get("bootstrap.servers", "")

    def with_values(self, **values: str) -> ClientProperties:
        """Make a copy with some properties set; ``group_id`` is written for ``group.id``."""
        changes = {name.replace("_", "."): value for name, value in values.items()}
        return dataclasses.replace(self, values={**self.values, **changes})

    def for_admin(self) -> ClientProperties:
        """Make those of an admin client that reaches the same cluster in the same way."""
        kept = {
            name: value
            for name, value in self.values.items()
            if is_client_setting(name, ClientKind.ADMIN)
        }
        return dataclasses.replace(self, kind=ClientKind.ADMIN, values=kept)

    def translate(self) -> Translation:
        """Make librdkafka's settings of them, :data:`TUNING` included.

        Raises:
            ConfigError: See :func:`barnabas.kafka.client_settings.translate`.
        """
        translation = translate(self.values, self.kind, origins=self.origins)
        tuned = {**TUNING[self.kind], **translation.settings}
        if int(tuned["reconnect.backoff.ms"]) > int(tuned["reconnect.backoff.max.ms"]):
            tuned["reconnect.backoff.ms"] = tuned["reconnect.backoff.max.ms"]
        return dataclasses.replace(translation, settings=tuned)


def task_producer(
    worker: Mapping[str, str],
    config: Mapping[str, str],
    connector: str,
    task: int,
    *,
    transactional_id: str | None = None,
) -> ClientProperties:
    """Properties of the producer of a source task.

    Args:
        worker: The worker's settings as given.
        config: The connector's configuration, or its task's.
        connector: Name of the connector.
        task: Number of the task.
        transactional_id: Makes the producer transactional; a user cannot change it.
    """
    return _producer(
        worker, config, f"connector-producer-{connector}-{task}", transactional_id=transactional_id
    )


def dead_letter_producer(
    worker: Mapping[str, str], config: Mapping[str, str], connector: str, task: int
) -> ClientProperties:
    """Properties of the producer that writes a sink task's dead letters."""
    return _producer(worker, config, f"connector-dlq-producer-{connector}-{task}")


def task_consumer(
    worker: Mapping[str, str], config: Mapping[str, str], connector: str, task: int
) -> ClientProperties:
    """Properties of the consumer of a sink task; its group is ``connect-<connector>``."""
    own = {
        "bootstrap.servers": worker.get("bootstrap.servers", ""),
        "group.id": f"connect-{connector}",
        "client.id": f"connector-consumer-{connector}-{task}",
        "enable.auto.commit": "false",
        "auto.offset.reset": "earliest",
    }
    layers = (
        _with_prefix(worker, "consumer."),
        _with_prefix(config, "consumer.override."),
    )
    return _layered(ClientKind.CONSUMER, own, layers)


def offsets_producer(
    worker: Mapping[str, str], config: Mapping[str, str], connector: str, delivery_ms: int
) -> ClientProperties:
    """Properties of the producer of a source connector's own offsets topic.

    Args:
        worker: The worker's settings as given.
        config: The connector's configuration.
        connector: Name of the connector.
        delivery_ms: How long it may try to deliver an offset, whatever the user set.
    """
    client_id = f"connector-offsets-producer-{connector}"
    own = {"delivery_timeout_ms": str(delivery_ms), "linger_ms": "0"}
    return _producer(worker, config, client_id).with_values(**own)


def offsets_consumer(
    worker: Mapping[str, str], config: Mapping[str, str], connector: str, *, must_be_committed: bool
) -> ClientProperties:
    """Properties of the consumer of a source connector's own offsets topic.

    Args:
        worker: The worker's settings as given.
        config: The connector's configuration.
        connector: Name of the connector.
        must_be_committed: Whether only committed records may count, whatever the user set.
    """
    own = {
        "bootstrap.servers": worker.get("bootstrap.servers", ""),
        "client.id": f"connector-offsets-consumer-{connector}",
        "fetch.max.wait.ms": "100",  # the end of a transaction is seen only after that time
        "isolation.level": "read_committed",
    }
    users = {**_with_prefix(worker, "consumer."), **_with_prefix(config, "consumer.override.")}
    forced = {
        "allow.auto.create.topics": "false",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": "false",
        "group.id": f"connect-{connector}",  # never joined
    }
    if must_be_committed:
        forced["isolation.level"] = "read_committed"
    layers = (users, {name: (value, "") for name, value in forced.items()})
    return _layered(ClientKind.CONSUMER, own, layers)


def admin(
    worker: Mapping[str, str], client_id: str, config: Mapping[str, str] | None = None
) -> ClientProperties:
    """Properties of an admin client; a worker's own ``client.id`` wins over ``client_id``.

    Args:
        worker: The worker's settings as given.
        client_id: Java's names are ``connector-adminclient-<connector>-<task>`` for tasks and
            ``connector-worker-adminclient-<connector>`` for the worker's own work.
        config: The connector's configuration when the client works for a connector.
    """
    own = {"client.id": client_id}
    layers = (
        _without_prefix(worker, ClientKind.ADMIN),
        _with_prefix(worker, "admin."),
        _with_prefix(config or {}, "admin.override."),
    )
    return _layered(ClientKind.ADMIN, own, layers)


def internal_client(
    worker: Mapping[str, str], kind: ClientKind, own: Mapping[str, str]
) -> ClientProperties:
    """Properties of a client of the worker itself, such as those of its internal topics.

    Args:
        worker: The worker's settings as given; those without a prefix count.
        kind: The client.
        own: What the framework insists on; wins over the worker's settings.
    """
    forced = {name: (value, "") for name, value in own.items()}
    return _layered(kind, {}, (_without_prefix(worker, kind), forced))


_Layer = Mapping[str, tuple[str, str]]
"""Value and the name as the user wrote it (empty: the framework's), by name."""


def _producer(
    worker: Mapping[str, str],
    config: Mapping[str, str],
    client_id: str,
    *,
    transactional_id: str | None = None,
) -> ClientProperties:
    own = {
        "bootstrap.servers": worker.get("bootstrap.servers", ""),
        "client.id": client_id,
        "acks": "all",
        "delivery.timeout.ms": "2147483647",
        "max.block.ms": "9223372036854775807",
    }
    users = {
        **_with_prefix(worker, "producer."),
        **_with_prefix(config, "producer.override."),
    }
    forced = _forced_order({name: value for name, (value, _) in users.items()})
    if transactional_id is not None:
        forced = {_IDEMPOTENCE: "true", "transactional.id": transactional_id}
    return _layered(
        ClientKind.PRODUCER, own, (users, {name: (value, "") for name, value in forced.items()})
    )


def _forced_order(users: Mapping[str, str]) -> dict[str, str]:
    """Choose the settings that keep records in order, as far as the user left the choice."""
    wish = users.get(_IDEMPOTENCE, "").strip().lower()
    if wish == "true" or (not wish and not _rules_out_idempotence(users)):
        return {} if wish else {_IDEMPOTENCE: "true"}
    chosen = {} if wish else {_IDEMPOTENCE: "false"}
    return chosen if _IN_FLIGHT in users else {**chosen, _IN_FLIGHT: "1"}


def _rules_out_idempotence(users: Mapping[str, str]) -> bool:
    in_flight = users.get(_IN_FLIGHT, "").strip()
    return (
        users.get("acks", "all").strip().lower() not in {"all", "-1"}
        or users.get("retries", "").strip() == "0"
        or (in_flight.isdecimal() and int(in_flight) > 5)
    )


def _with_prefix(settings: Mapping[str, str], prefix: str) -> _Layer:
    return {
        name.removeprefix(prefix): (value, name)
        for name, value in settings.items()
        if name.startswith(prefix) and value is not None
    }


def _without_prefix(worker: Mapping[str, str], kind: ClientKind) -> _Layer:
    return {
        name: (value, name)
        for name, value in worker.items()
        if value is not None
        and not name.startswith(_CLIENT_PREFIXES)
        and is_client_setting(name, kind)
    }


def _layered(
    kind: ClientKind, own: Mapping[str, str], layers: Iterable[_Layer]
) -> ClientProperties:
    values = dict(own)
    origins: dict[str, str] = {}
    for layer in layers:
        for name, (value, written) in layer.items():
            values[name] = value
            origins[name] = written
    return ClientProperties(kind, values, {name: full for name, full in origins.items() if full})
