# SPDX-License-Identifier: Apache-2.0
"""Translation of the settings of Java's Kafka clients to librdkafka's.

Names and values of Java's are understood; names of librdkafka's own pass through. What has no
counterpart is collected, so that the one who opens the client names it in one warning; what would
change what is read or written, or who may log in, and cannot be translated is an error.

Differs:
    ``sasl.kerberos.kinit.cmd`` is a program, as in Java, never a line for the shell, and settings
    that load native code are refused, because connector configurations come over REST.

Source:
    Configuration pages of Apache Kafka 4.x; librdkafka 2.16 ``CONFIGURATION.md``.
"""

from __future__ import annotations

import dataclasses
import difflib
import enum
import re
from collections.abc import Mapping

from barnabas.kafka.assignors import ASSIGNORS, COOPERATIVE
from barnabas.kafka.draft import Draft
from barnabas.kafka.java_client_table import (
    ENUMS,
    HARMLESS,
    HARMLESS_PREFIXES,
    RENAMED,
    SAME,
    UNSUPPORTED,
)
from barnabas.kafka.librdkafka_table import CANONICAL_NAMES, PROPERTIES
from barnabas.kafka.sasl_settings import SASL_KEYS, translate_sasl
from barnabas.kafka.tls_settings import TLS_KEYS, translate_tls

__all__ = ["ClientKind", "Translation", "is_client_setting", "translate"]

_ADDRESS = re.compile(r"(?:[A-Za-z0-9_]+://)?(?:\[[0-9A-Fa-f:.%]+\]|[^\s\[\]:/,]+):(\d{1,5})")
_SAFE_IN_SHELL = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")
_REFUSED = frozenset({"plugin.library.paths", "ssl.engine.location", "ssl.engine.id"})
_LEVELS = ("compression.gzip.level", "compression.lz4.level", "compression.zstd.level")


class ClientKind(enum.Enum):
    """Which client the settings are for; the value is Java's prefix without its dot."""

    PRODUCER = "producer"
    CONSUMER = "consumer"
    ADMIN = "admin"


@dataclasses.dataclass(frozen=True, slots=True)
class Translation:
    """What a client is made of."""

    settings: dict[str, str] = dataclasses.field(repr=False)
    """Settings for librdkafka; never printed, they hold passwords."""
    unsupported: tuple[str, ...] = ()
    """Settings without a counterpart, as the user wrote them."""
    notes: tuple[str, ...] = ()
    """Sentences about values that had to be changed a little."""
    max_poll_records: int | None = None
    """``max.poll.records`` when given: most records one ``put`` gets; the sink loop obeys."""
    max_block_ms: int | None = None
    """``max.block.ms`` when given: how long sending may wait for room; the source loop obeys."""
    default_api_timeout_ms: int | None = None
    """``default.api.timeout.ms`` when given: how long one call of the client may take."""
    exclude_internal_topics: bool = True
    """``exclude.internal.topics``: whether a pattern never means Kafka's own topics."""


def is_client_setting(key: str, kind: ClientKind) -> bool:
    """Say whether a name means something to this kind of client, in Java or in librdkafka."""
    return (
        key in SAME[kind.value]
        or key in SASL_KEYS
        or key in TLS_KEYS
        or key in HARMLESS
        or key in UNSUPPORTED
        or key in _SPECIAL[kind]
        or key.startswith(HARMLESS_PREFIXES)
        or _is_native(key, kind)
    )


def translate(
    java: Mapping[str, str | None],
    kind: ClientKind,
    *,
    origins: Mapping[str, str] | None = None,
) -> Translation:
    """Translate a client's settings from Java's names and values to librdkafka's.

    Reads trust and key stores; does nothing else outside. Settings that are None are as if absent.

    Args:
        java: Settings without a prefix such as ``producer.``.
        kind: The client they are for.
        origins: The setting's name as the user wrote it, for messages, by the name without prefix.

    Raises:
        ConfigError: A value makes no sense or cannot be translated; says the setting, the value
            and what to write instead.
    """
    draft = Draft(java, kind.value, origins or {})
    _write_servers(draft)
    for key in draft.given:
        _write_one(draft, key, kind)
    translate_sasl(draft)
    translate_tls(draft)
    _write_backoffs(draft)
    _write_request_timeout(draft)
    if kind is ClientKind.PRODUCER:
        _write_producer(draft)
    elif kind is ClientKind.CONSUMER:
        _write_consumer(draft)
    _write_native(draft, kind)
    internal = draft.boolean("exclude.internal.topics")
    return Translation(
        draft.settings,
        tuple(draft.unsupported),
        tuple(draft.notes),
        max_poll_records=_positive(draft, "max.poll.records"),
        max_block_ms=draft.integer("max.block.ms"),
        default_api_timeout_ms=draft.integer("default.api.timeout.ms"),
        exclude_internal_topics=internal if internal is not None else True,
    )


def _is_native(key: str, kind: ClientKind) -> bool:
    known = PROPERTIES.get(key)
    return known is not None and known.scope in {"*", kind.value[0].upper()}


def _write_servers(draft: Draft) -> None:
    """Check the addresses; a protocol before one has no meaning in Java, and none here."""
    key = "bootstrap.servers"
    servers = [item.strip() for item in draft.given.get(key, "").split(",") if item.strip()]
    for server in servers:
        match = _ADDRESS.fullmatch(server)
        if match is None or int(match[1]) > 65535:
            raise draft.wrong(key, f"Invalid url {server}; write host:port, such as kafka:9092.")
    if servers:
        draft.settings[key] = ",".join(server.rpartition("://")[2] for server in servers)


def _write_one(draft: Draft, key: str, kind: ClientKind) -> None:
    if key in _REFUSED:
        raise draft.wrong(key, "it would load native code into the process; remove it.")
    if key in ENUMS and (key in SAME[kind.value] or key == "security.protocol"):
        _write_word(draft, key)
    elif key in SAME[kind.value]:
        _write_same(draft, key)
    elif key in UNSUPPORTED:
        value = draft.given[key]
        if value and value not in UNSUPPORTED[key] and value.lower() not in UNSUPPORTED[key]:
            draft.unsupported.append(draft.written(key))
    elif not is_client_setting(key, kind):
        known = {*SAME[kind.value], *PROPERTIES} - {key}
        near = [] if key in PROPERTIES else difflib.get_close_matches(key, known, 1, 0.85)
        hint = f" (did you mean {near[0]}?)" if near else ""
        draft.unsupported.append(draft.written(key) + hint)


def _write_word(draft: Draft, key: str) -> None:
    value = draft.given[key]
    word = ENUMS[key].get(value.lower())
    if word is None:
        words = ", ".join(dict.fromkeys(ENUMS[key]))
        raise draft.wrong(key, f"String must be one of: {words}.")
    draft.settings[key] = word


def _write_same(draft: Draft, key: str) -> None:
    target = RENAMED.get(key, key)
    if key == "bootstrap.servers" or not draft.given[key]:
        return
    if PROPERTIES[target].low is None:
        draft.settings[target] = draft.given[key]
        return
    number = draft.integer(key)
    assert number is not None
    if number == -1 and key in {"receive.buffer.bytes", "send.buffer.bytes"}:
        number = 0  # both mean: what the operating system thinks best
    if number == -1 and key == "connections.max.idle.ms":
        number = 0  # both mean: never
    draft.put_number(target, number, key)


def _write_backoffs(draft: Draft) -> None:
    for first, most in (
        ("reconnect.backoff.ms", "reconnect.backoff.max.ms"),
        ("retry.backoff.ms", "retry.backoff.max.ms"),
    ):
        start_ms, max_ms = draft.settings.get(first), draft.settings.get(most)
        if start_ms is None and max_ms is not None and int(max_ms) < 100:
            draft.settings[first] = max_ms
        elif start_ms is not None and max_ms is None and first.startswith("reconnect"):
            draft.settings[most] = start_ms  # as Java: a first wait alone is a fixed wait
        elif start_ms is not None and int(start_ms) > int(max_ms or 1000):
            draft.settings[first if max_ms is not None else most] = max_ms or start_ms


def _write_request_timeout(draft: Draft) -> None:
    key = "request.timeout.ms"
    timeout_ms = draft.integer(key)
    if timeout_ms is None:
        return
    draft.put_number("socket.timeout.ms", timeout_ms, key)
    if draft.kind == "producer":
        draft.put_number("request.timeout.ms", timeout_ms, key)


def _write_producer(draft: Draft) -> None:
    _write_batching(draft)
    _write_compression_level(draft)
    _write_partitioner(draft)
    if "transactional.id" not in draft.settings:
        return
    transaction_ms = int(draft.settings.get("transaction.timeout.ms", "60000"))
    for name in ("delivery.timeout.ms", "socket.timeout.ms"):
        if int(draft.settings.get(name, "0")) > transaction_ms:
            draft.settings[name] = str(transaction_ms)  # librdkafka insists


def _write_batching(draft: Draft) -> None:
    batch_bytes = draft.integer("batch.size")
    if batch_bytes == 0:
        draft.settings["batch.num.messages"] = "1"  # Java: no batches
    elif batch_bytes is not None:
        draft.put_number("batch.size", batch_bytes, "batch.size")
    buffer_bytes = draft.integer("buffer.memory")
    if buffer_bytes is not None:
        kbytes = max(1, -(-buffer_bytes // 1024))
        draft.put_number("queue.buffering.max.kbytes", kbytes, "buffer.memory")


def _write_compression_level(draft: Draft) -> None:
    codec = draft.settings.get("compression.type", "none")
    key = f"compression.{codec}.level"
    for other in _LEVELS:
        draft.integer(other)  # a wrong number is told even when its codec is not in use
    level = draft.integer(key)
    if level is not None and key in _LEVELS:
        draft.put_number("compression.level", level, key)


def _write_partitioner(draft: Draft) -> None:
    key = "partitioner.class"
    name = (draft.text(key) or "").rpartition(".")[2]
    if name == "RoundRobinPartitioner":
        draft.settings["partitioner"] = "random"
        draft.settings["sticky.partitioning.linger.ms"] = "0"
        draft.notes.append(f"{draft.written(key)}: records are spread at random, not in turn.")
    elif name not in {"", "DefaultPartitioner", "UniformStickyPartitioner"}:
        raise draft.wrong(
            key,
            "a Java class cannot choose partitions here; remove it for Java's default, or set "
            "librdkafka's partitioner (murmur2_random, consistent_random, fnv1a, random, …).",
        )
    if draft.boolean("partitioner.ignore.keys") or name == "UniformStickyPartitioner":
        draft.settings["partitioner"] = "random"


def _write_consumer(draft: Draft) -> None:
    _write_assignors(draft)
    _write_fetch_sizes(draft)
    _write_poll_interval(draft)
    if draft.settings.get("group.protocol") == "consumer":
        for key in ("session.timeout.ms", "heartbeat.interval.ms", "partition.assignment.strategy"):
            if draft.settings.pop(key, None) is not None:
                draft.notes.append(
                    f"{draft.written(key)} is the broker's to decide with group.protocol=consumer."
                )


def _write_fetch_sizes(draft: Draft) -> None:
    key = "fetch.max.bytes"
    size = draft.integer(key)
    if size is None:
        return
    draft.put_number(key, max(size, 1000), key)
    smallest = int(draft.settings[key])
    if smallest < 1_000_000:  # librdkafka wants it to be at least message.max.bytes
        draft.settings["message.max.bytes"] = str(smallest)


def _write_poll_interval(draft: Draft) -> None:
    key, session = "max.poll.interval.ms", "session.timeout.ms"
    interval_ms = draft.integer(key)
    if interval_ms is not None:
        draft.put_number(key, interval_ms, key)
    session_ms = int(draft.settings.get(session, "45000"))
    if int(draft.settings.get(key, "300000")) >= session_ms:
        return
    if session in draft.settings:
        draft.settings[key] = str(session_ms)
        draft.notes.append(f"{draft.written(key)} cannot be less than {session}={session_ms}.")
    else:
        draft.settings[session] = draft.settings[key]


def _write_assignors(draft: Draft) -> None:
    key = "partition.assignment.strategy"
    names = [item.strip() for item in draft.given.get(key, "").split(",") if item.strip()]
    if not names:
        return
    known = [ASSIGNORS.get(name.rpartition(".")[2].lower()) for name in names]
    chosen = list(dict.fromkeys(name for name in known if name is not None))
    if not chosen:
        raise draft.wrong(
            key,
            "librdkafka has RangeAssignor, RoundRobinAssignor and CooperativeStickyAssignor; "
            "name one of them.",
        )
    eager = [name for name in chosen if name != COOPERATIVE]
    draft.settings[key] = ",".join(eager or chosen)
    if None in known or (eager and eager != chosen):
        draft.notes.append(f"{draft.written(key)}: {draft.settings[key]} is used.")


def _write_native(draft: Draft, kind: ClientKind) -> None:
    """Let librdkafka's own names through; they win over what Java's names said."""
    java = SAME[kind.value] | _SPECIAL[kind] | SASL_KEYS | TLS_KEYS | HARMLESS
    for key, value in draft.given.items():
        if key in java or not value or not _is_native(key, kind):
            continue
        if key in {"sasl.kerberos.keytab", "sasl.kerberos.principal"} and (
            _SAFE_IN_SHELL.fullmatch(value) is None
        ):
            raise draft.wrong(key, "use letters, digits and @ % + = : , . / _ - only.")
        limits = PROPERTIES[key]
        number = (
            draft.integer(key)
            if limits.low is not None and key != "queue.buffering.max.ms"
            else None
        )
        if number is not None and not (limits.low or 0) <= number <= (limits.high or 0):
            raise draft.wrong(key, f"Value must be in {limits.low}..{limits.high}.")
        draft.settings[CANONICAL_NAMES.get(key, key)] = value


def _positive(draft: Draft, key: str) -> int | None:
    number = draft.integer(key)
    if number is not None and number < 1:
        raise draft.wrong(key, "Value must be at least 1.")
    return number


_SPECIAL: dict[ClientKind, frozenset[str]] = {
    ClientKind.PRODUCER: frozenset(
        {
            "batch.size",
            "buffer.memory",
            "max.block.ms",
            "partitioner.class",
            "partitioner.ignore.keys",
            "request.timeout.ms",
            "security.protocol",
            *_LEVELS,
        }
    ),
    ClientKind.CONSUMER: frozenset(
        {
            "default.api.timeout.ms",
            "exclude.internal.topics",
            "fetch.max.bytes",
            "max.poll.interval.ms",
            "max.poll.records",
            "partition.assignment.strategy",
            "request.timeout.ms",
            "security.protocol",
        }
    ),
    ClientKind.ADMIN: frozenset(
        {"default.api.timeout.ms", "request.timeout.ms", "security.protocol"}
    ),
}
