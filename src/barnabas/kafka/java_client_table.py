# SPDX-License-Identifier: Apache-2.0
"""The settings of Java's Kafka clients: what becomes of each in librdkafka.

A name that is in none of these tables and no name of librdkafka's is unknown.

Source:
    ProducerConfig, ConsumerConfig, AdminClientConfig of Apache Kafka 4.1, dumped from the classes.
"""

from __future__ import annotations

__all__ = ["ENUMS", "HARMLESS", "HARMLESS_PREFIXES", "RENAMED", "SAME", "UNSUPPORTED"]

_COMMON = frozenset(
    {
        "bootstrap.servers",
        "client.dns.lookup",
        "client.id",
        "connections.max.idle.ms",
        "enable.metrics.push",
        "metadata.max.age.ms",
        "metadata.recovery.rebootstrap.trigger.ms",
        "metadata.recovery.strategy",
        "receive.buffer.bytes",
        "reconnect.backoff.max.ms",
        "reconnect.backoff.ms",
        "retry.backoff.max.ms",
        "retry.backoff.ms",
        "send.buffer.bytes",
        "socket.connection.setup.timeout.ms",
    }
)

SAME = {
    "producer": _COMMON
    | {
        "acks",
        "compression.type",
        "delivery.timeout.ms",
        "enable.idempotence",
        "linger.ms",
        "max.in.flight.requests.per.connection",
        "max.request.size",
        "retries",
        "transaction.timeout.ms",
        "transactional.id",
    },
    "consumer": _COMMON
    | {
        "allow.auto.create.topics",
        "auto.commit.interval.ms",
        "auto.offset.reset",
        "check.crcs",
        "client.rack",
        "enable.auto.commit",
        "fetch.max.wait.ms",
        "fetch.min.bytes",
        "group.id",
        "group.instance.id",
        "group.protocol",
        "group.remote.assignor",
        "heartbeat.interval.ms",
        "isolation.level",
        "max.partition.fetch.bytes",
        "session.timeout.ms",
    },
    "admin": _COMMON | {"retries"},
}
"""Settings with a counterpart of the same meaning, after :data:`RENAMED`, by kind of client."""

RENAMED = {
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "max.request.size": "message.max.bytes",
    "metadata.max.age.ms": "topic.metadata.refresh.interval.ms",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "send.buffer.bytes": "socket.send.buffer.bytes",
}
"""Java's name → librdkafka's, where they differ and the value does not."""

ENUMS: dict[str, dict[str, str]] = {
    "acks": {"all": "all", "-1": "all", "0": "0", "1": "1"},
    "auto.offset.reset": {
        "earliest": "earliest",
        "latest": "latest",
        "none": "error",
        **{name: name for name in ("beginning", "end", "error", "largest", "smallest")},
    },
    "client.dns.lookup": {
        "use_all_dns_ips": "use_all_dns_ips",
        "resolve_canonical_bootstrap_servers_only": "resolve_canonical_bootstrap_servers_only",
    },
    "compression.type": {name: name for name in ("none", "gzip", "snappy", "lz4", "zstd")},
    "group.protocol": {"classic": "classic", "consumer": "consumer"},
    "isolation.level": {
        "read_committed": "read_committed",
        "read_uncommitted": "read_uncommitted",
    },
    "metadata.recovery.strategy": {"none": "none", "rebootstrap": "rebootstrap"},
    "security.protocol": {
        name: name for name in ("plaintext", "ssl", "sasl_plaintext", "sasl_ssl")
    },
}
"""Settings that allow a few words only: Java's word in lower case → librdkafka's."""

HARMLESS = frozenset(
    {
        "auto.include.jmx.reporter",
        "key.deserializer",
        "key.serializer",
        "metadata.max.idle.ms",
        "metrics.num.samples",
        "metrics.recording.level",
        "metrics.sample.window.ms",
        "partitioner.adaptive.partitioning.enable",
        "partitioner.availability.timeout.ms",
        "sasl.kerberos.ticket.renew.jitter",
        "sasl.kerberos.ticket.renew.window.factor",
        "sasl.login.connect.timeout.ms",
        "sasl.login.read.timeout.ms",
        "sasl.oauthbearer.clock.skew.seconds",
        "sasl.oauthbearer.expected.audience",
        "sasl.oauthbearer.expected.issuer",
        "sasl.oauthbearer.jwt.validator.class",
        "sasl.oauthbearer.scope.claim.name",
        "share.acknowledgement.mode",
        "socket.connection.setup.timeout.max.ms",
        "ssl.keymanager.algorithm",
        "ssl.protocol",
        "ssl.secure.random.implementation",
        "ssl.trustmanager.algorithm",
        "value.deserializer",
        "value.serializer",
    }
)
"""Dropped without a word: they tune the JVM's client and change nothing in what is exchanged."""

HARMLESS_PREFIXES = (
    "config.providers",
    "internal.",
    "metrics.context.",
    "sasl.login.refresh.",
    "sasl.login.retry.",
    "sasl.oauthbearer.jwks.",
)
"""Beginnings of further names dropped without a word."""

_OAUTH = "org.apache.kafka.common.security.oauthbearer."

UNSUPPORTED: dict[str, frozenset[str]] = {
    "bootstrap.controllers": frozenset(),
    "interceptor.classes": frozenset(),
    "metric.reporters": frozenset({"org.apache.kafka.common.metrics.JmxReporter"}),
    "sasl.client.callback.handler.class": frozenset(),
    "sasl.login.callback.handler.class": frozenset(
        {
            _OAUTH + "OAuthBearerLoginCallbackHandler",
            _OAUTH + "secured.OAuthBearerLoginCallbackHandler",
            _OAUTH + "internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler",
        }
    ),
    "sasl.login.class": frozenset(),
    "sasl.oauthbearer.assertion.template.file": frozenset(),
    "sasl.oauthbearer.header.urlencode": frozenset({"false"}),
    "security.providers": frozenset(),
    "ssl.engine.factory.class": frozenset(),
    "ssl.provider": frozenset(),
    "transaction.two.phase.commit.enable": frozenset({"false"}),
}
"""Named in the warning, unless empty or one of these values, which ask for nothing special."""
