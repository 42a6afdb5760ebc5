# SPDX-License-Identifier: Apache-2.0
"""Settings only a distributed worker has: its group, its topics, its keys.

Source:
    Apache Kafka DistributedConfig; reference/configs.md, section 3.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from barnabas.config import (
    NO_DEFAULT,
    Config,
    ConfigType,
    Importance,
    Option,
    Validator,
    at_least,
    case_insensitive_valid_string,
    invalid_value,
    nearest_name,
    range_between,
    validator,
)
from barnabas.errors import ConfigError
from barnabas.runtime.group import session_keys
from barnabas.runtime.settings.sasl import SaslOptions
from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["DistributedConfig"]

HIGH, LOW = Importance.HIGH, Importance.LOW
LONG: Final = ConfigType.LONG
SHORT: Final = ConfigType.SHORT
_INT_MAX = 2**31 - 1
_TOPIC_NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")


def _positive_or_default(what: str, limit: str) -> Validator:
    text = f"{what} must be {limit}, or -1 to use the broker's default"

    def check(name: str, value: object) -> None:
        if not isinstance(value, int) or (value < 1 and value != -1):
            raise invalid_value(name, value, text)

    return validator(check, f"{limit.capitalize()}, or -1 to use the broker's default")


_PARTITIONS = _positive_or_default("Number of partitions", "positive")
_REPLICAS = _positive_or_default(
    "Replication factor",
    "positive and not larger than the number of brokers in the Kafka cluster",
)


def _check_algorithm(name: str, value: object) -> None:
    if str(value).lower() in map(str.lower, session_keys.ALGORITHMS):
        return
    near = nearest_name(str(value), session_keys.ALGORITHMS)
    advice = "use HmacSHA256" if near is None else f"did you mean {near}?"
    raise invalid_value(name, value, f"the MAC algorithm is not known here; {advice}")


def _check_algorithms(name: str, value: object) -> None:
    if not isinstance(value, list) or not value:
        raise invalid_value(name, value, "needs at least one MAC algorithm")
    for item in value:
        _check_algorithm(name, item)


def _check_key_size(name: str, value: object) -> None:
    if isinstance(value, int) and value < session_keys.LEAST_KEY_BITS:
        text = f"a key has at least {session_keys.LEAST_KEY_BITS} bits; 256 are usual"
        raise invalid_value(name, value, text)


def _check_group_id(name: str, value: object) -> None:
    if not str(value).strip():
        raise invalid_value(name, value, "a group needs a name; choose one of its own")


def _check_topic(name: str, value: object) -> None:
    if _TOPIC_NAME.fullmatch(str(value)) is None or value in (".", ".."):
        text = (
            f"{str(value)!r} cannot be the name of a topic: it has 1 to 249 of the characters "
            "a-z A-Z 0-9 . _ -"
        )
        raise invalid_value(name, value, text)


_MAC = validator(_check_algorithm, "HmacSHA256 or another HMAC")
_TOPIC = validator(_check_topic, "A legal name of a topic")


class GroupOptions(Config):
    """Membership in the workers' group, internal topics and keys between workers."""

    group_id = Option(
        "group.id",
        str,
        NO_DEFAULT,
        "Name of the group this worker joins; workers of one group share the work.",
        importance=HIGH,
        validator=validator(_check_group_id, "A name that is not blank"),
    )
    session_timeout_ms = Option(
        "session.timeout.ms",
        int,
        10000,
        "Time in ms without a sign of life after which the group takes a worker for dead.",
        importance=HIGH,
        validator=at_least(1),
    )
    heartbeat_interval_ms = Option(
        "heartbeat.interval.ms",
        int,
        3000,
        "Time in ms between two signs of life; a third of the session timeout or less.",
        importance=HIGH,
        validator=at_least(1),
    )
    rebalance_timeout_ms = Option(
        "rebalance.timeout.ms",
        int,
        60000,
        "Time in ms workers have to give up work and rejoin.",
        importance=HIGH,
        validator=at_least(1),
    )
    worker_sync_timeout_ms = Option(
        "worker.sync.timeout.ms",
        int,
        3000,
        "Time in ms a worker behind with configurations waits before it leaves the group.",
        validator=at_least(0),
    )
    worker_unsync_backoff_ms = Option(
        "worker.unsync.backoff.ms",
        int,
        300000,
        "Time in ms a worker that left for that reason waits before it joins again.",
        validator=at_least(0),
    )
    scheduled_rebalance_max_delay_ms = Option(
        "scheduled.rebalance.max.delay.ms",
        int,
        300000,
        "Time in ms the work of a lost worker waits for its return.",
        importance=LOW,
        validator=range_between(0, _INT_MAX),
    )
    connect_protocol = Option(
        "connect.protocol",
        str,
        "sessioned",
        "Protocol among workers; sessioned lets them trust each other's requests.",
        importance=LOW,
        validator=case_insensitive_valid_string("eager", "compatible", "sessioned"),
    )
    exactly_once_source_support = Option(
        "exactly.once.source.support",
        str,
        "disabled",
        "Whether source connectors can deliver exactly once; set all workers to preparing, then "
        "all to enabled.",
        importance=HIGH,
        validator=case_insensitive_valid_string("disabled", "enabled", "preparing"),
    )
    config_storage_topic = Option(
        "config.storage.topic",
        str,
        NO_DEFAULT,
        "Topic of configurations; one for each group.",
        importance=HIGH,
        validator=_TOPIC,
    )
    config_storage_replication_factor = Option(
        "config.storage.replication.factor",
        SHORT,
        3,
        "Replicas of that topic when it is created.",
        importance=LOW,
        validator=_REPLICAS,
    )
    offset_storage_topic = Option(
        "offset.storage.topic",
        str,
        NO_DEFAULT,
        "Topic of source connectors' offsets.",
        importance=HIGH,
        validator=_TOPIC,
    )
    offset_storage_partitions = Option(
        "offset.storage.partitions",
        int,
        25,
        "Partitions of that topic when it is created.",
        importance=LOW,
        validator=_PARTITIONS,
    )
    offset_storage_replication_factor = Option(
        "offset.storage.replication.factor",
        SHORT,
        3,
        "Replicas of that topic when it is created.",
        importance=LOW,
        validator=_REPLICAS,
    )
    status_storage_topic = Option(
        "status.storage.topic",
        str,
        NO_DEFAULT,
        "Topic of the states of connectors and tasks.",
        importance=HIGH,
        validator=_TOPIC,
    )
    status_storage_partitions = Option(
        "status.storage.partitions",
        int,
        5,
        "Partitions of that topic when it is created.",
        importance=LOW,
        validator=_PARTITIONS,
    )
    status_storage_replication_factor = Option(
        "status.storage.replication.factor",
        SHORT,
        3,
        "Replicas of that topic when it is created.",
        importance=LOW,
        validator=_REPLICAS,
    )
    inter_worker_key_generation_algorithm = Option(
        "inter.worker.key.generation.algorithm",
        str,
        "HmacSHA256",
        "Algorithm the leader makes session keys with.",
        importance=LOW,
        validator=_MAC,
    )
    inter_worker_key_size = Option(
        "inter.worker.key.size",
        int,
        None,
        "Size of session keys in bits; that of the algorithm when absent.",
        importance=LOW,
        validator=validator(_check_key_size, "At least 40"),
    )
    inter_worker_key_ttl_ms = Option(
        "inter.worker.key.ttl.ms",
        int,
        3600000,
        "Time in ms after which the leader makes a new session key; never when 0.",
        importance=LOW,
        validator=range_between(0, _INT_MAX),
    )
    inter_worker_signature_algorithm = Option(
        "inter.worker.signature.algorithm",
        str,
        "HmacSHA256",
        "Algorithm this worker signs its requests with.",
        importance=LOW,
        validator=_MAC,
    )
    inter_worker_verification_algorithms = Option(
        "inter.worker.verification.algorithms",
        list,
        ["HmacSHA256"],
        "Algorithms this worker accepts.",
        importance=LOW,
        validator=validator(_check_algorithms, "one or more HMACs"),
    )


class ClientOptions(Config):
    """Settings of the clients a distributed worker uses for itself."""

    client_id = Option("client.id", str, "", "Name shown to brokers.", importance=LOW)
    metadata_max_age_ms = Option(
        "metadata.max.age.ms",
        LONG,
        300000,
        "Time in ms after which metadata is fetched again.",
        importance=LOW,
        validator=at_least(0),
    )
    metadata_recovery_strategy = Option(
        "metadata.recovery.strategy",
        str,
        "rebootstrap",
        "What to do when no known broker can be reached.",
        importance=LOW,
        validator=case_insensitive_valid_string("rebootstrap", "none"),
    )
    metadata_recovery_rebootstrap_trigger_ms = Option(
        "metadata.recovery.rebootstrap.trigger.ms",
        LONG,
        300000,
        "Time in ms without metadata after which the bootstrap servers are asked again.",
        importance=LOW,
        validator=at_least(0),
    )
    send_buffer_bytes = Option(
        "send.buffer.bytes",
        int,
        131072,
        "Send buffer of a socket in bytes; -1 for the system's.",
        validator=at_least(-1),
    )
    receive_buffer_bytes = Option(
        "receive.buffer.bytes",
        int,
        32768,
        "Receive buffer of a socket in bytes; -1 for the system's.",
        validator=at_least(-1),
    )
    reconnect_backoff_ms = Option(
        "reconnect.backoff.ms",
        LONG,
        50,
        "First pause in ms before connecting again.",
        importance=LOW,
        validator=at_least(0),
    )
    reconnect_backoff_max_ms = Option(
        "reconnect.backoff.max.ms",
        LONG,
        1000,
        "Longest pause in ms before connecting again.",
        importance=LOW,
        validator=at_least(0),
    )
    retry_backoff_ms = Option(
        "retry.backoff.ms",
        LONG,
        100,
        "First pause in ms before a request is sent again.",
        importance=LOW,
        validator=at_least(0),
    )
    retry_backoff_max_ms = Option(
        "retry.backoff.max.ms",
        LONG,
        1000,
        "Longest pause in ms before a request is sent again.",
        importance=LOW,
        validator=at_least(0),
    )
    socket_connection_setup_timeout_ms = Option(
        "socket.connection.setup.timeout.ms",
        LONG,
        10000,
        "Time in ms a connection may take to be made, at first.",
        importance=LOW,
        validator=at_least(0),
    )
    socket_connection_setup_timeout_max_ms = Option(
        "socket.connection.setup.timeout.max.ms",
        LONG,
        30000,
        "Time in ms a connection may take to be made, at most.",
        importance=LOW,
        validator=at_least(0),
    )
    request_timeout_ms = Option(
        "request.timeout.ms",
        int,
        40000,
        "Time in ms an answer may take.",
        validator=at_least(0),
    )
    connections_max_idle_ms = Option(
        "connections.max.idle.ms",
        LONG,
        540000,
        "Time in ms after which an unused connection is closed.",
    )


class DistributedConfig(GroupOptions, ClientOptions, SaslOptions, WorkerConfig):
    """Settings of a distributed worker."""

    def __init__(self, props: Mapping[str, Any]) -> None:
        super().__init__(props)
        problems = [*self._problems_of_timing(), *self._problems_of_topics()]
        if self.inter_worker_signature_algorithm not in self.inter_worker_verification_algorithms:
            problems.append(
                "inter.worker.verification.algorithms must contain the value of "
                f"inter.worker.signature.algorithm, {self.inter_worker_signature_algorithm}, but "
                f"is {','.join(self.inter_worker_verification_algorithms)}: add it there on all "
                "workers before one of them signs with it"
            )
        if problems:
            raise ConfigError("\n".join(problems))

    def _problems_of_timing(self) -> list[str]:
        beat_ms, session_ms = self.heartbeat_interval_ms, self.session_timeout_ms
        if beat_ms < session_ms:
            return []
        return [
            f"heartbeat.interval.ms ({beat_ms}) must be lower than session.timeout.ms "
            f"({session_ms}), or the group takes this worker for dead between two signs of life: a "
            "third of it is usual"
        ]

    def _problems_of_topics(self) -> list[str]:
        settings: dict[str, list[str]] = {}
        for kind in ("config", "offset", "status"):
            setting = f"{kind}.storage.topic"
            settings.setdefault(str(self.originals[setting]), []).append(setting)
        return [
            f"{' and '.join(names)} name the same topic, {topic}: each needs one of its own"
            for topic, names in settings.items()
            if len(names) > 1
        ]

    @property
    def is_exactly_once_enabled(self) -> bool:
        """Whether source connectors can deliver exactly once here."""
        return self.exactly_once_source_support.lower() == "enabled"

    @property
    def transactional_id(self) -> str:
        """Transactional id of the leader's producer of configurations."""
        return f"connect-cluster-{self.group_id}"
