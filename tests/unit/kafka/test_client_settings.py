# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka.client_settings import ClientKind, Translation, is_client_setting, translate

PRODUCER, CONSUMER, ADMIN = ClientKind.PRODUCER, ClientKind.CONSUMER, ClientKind.ADMIN


def settings(kind: ClientKind, **java: str) -> dict[str, str]:
    return translate({key.replace("_", "."): value for key, value in java.items()}, kind).settings


def of(kind: ClientKind, key: str, value: str) -> Translation:
    return translate({key: value}, kind)


def test_servers_lose_their_spaces() -> None:
    assert settings(ADMIN, bootstrap_servers=" a:1 , [::1]:2,PLAINTEXT://c.d:3 ") == {
        "bootstrap.servers": "a:1,[::1]:2,c.d:3"
    }


@pytest.mark.parametrize("servers", ["kafka", "a:1,b", "a:b", "a:99999", "a:1:2"])
def test_a_server_needs_host_and_port(servers: str) -> None:
    with pytest.raises(ConfigError, match="Invalid url"):
        settings(PRODUCER, bootstrap_servers=servers)


@pytest.mark.parametrize(
    ("key", "value", "target", "translated"),
    [
        ("acks", "-1", "acks", "all"),
        ("batch.size", "0", "batch.num.messages", "1"),
        ("batch.size", "16384", "batch.size", "16384"),
        ("buffer.memory", "33554433", "queue.buffering.max.kbytes", "32769"),
        ("delivery.timeout.ms", "2147483647", "delivery.timeout.ms", "2147483647"),
        ("enable.idempotence", "true", "enable.idempotence", "true"),
        ("max.request.size", "2000000", "message.max.bytes", "2000000"),
        ("metadata.max.age.ms", "5000", "topic.metadata.refresh.interval.ms", "5000"),
        ("receive.buffer.bytes", "-1", "socket.receive.buffer.bytes", "0"),
        ("request.timeout.ms", "5000", "socket.timeout.ms", "5000"),
        ("request.timeout.ms", "5000", "request.timeout.ms", "5000"),
        ("security.protocol", "PLAINTEXT", "security.protocol", "plaintext"),
        ("partitioner.ignore.keys", "true", "partitioner", "random"),
    ],
)
def test_a_producer_setting_has_its_counterpart(
    key: str, value: str, target: str, translated: str
) -> None:
    translation = of(PRODUCER, key, value)
    assert translation.settings[target] == translated
    assert translation.unsupported == ()


@pytest.mark.parametrize(
    ("key", "value", "target", "translated"),
    [
        ("auto.offset.reset", "none", "auto.offset.reset", "error"),
        ("fetch.max.bytes", "5000", "message.max.bytes", "5000"),
        ("fetch.max.wait.ms", "100", "fetch.wait.max.ms", "100"),
        ("group.instance.id", "i", "group.instance.id", "i"),
        ("isolation.level", "READ_COMMITTED", "isolation.level", "read_committed"),
        ("max.partition.fetch.bytes", "100", "max.partition.fetch.bytes", "100"),
        ("max.poll.interval.ms", "2147483647", "max.poll.interval.ms", "86400000"),
        ("max.poll.interval.ms", "30000", "session.timeout.ms", "30000"),
        ("session.timeout.ms", "400000", "max.poll.interval.ms", "400000"),
    ],
)
def test_a_consumer_setting_has_its_counterpart(
    key: str, value: str, target: str, translated: str
) -> None:
    assert of(CONSUMER, key, value).settings[target] == translated


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        (PRODUCER, "acks", "2"),
        (PRODUCER, "compression.type", "brotli"),
        (PRODUCER, "linger.ms", "soon"),
        (PRODUCER, "partitioner.class", "com.example.MyPartitioner"),
        (PRODUCER, "plugin.library.paths", "/tmp/evil.so"),
        (PRODUCER, "compression.gzip.level", "best"),
        (CONSUMER, "auto.offset.reset", "by_duration:PT1H"),
        (CONSUMER, "max.poll.records", "0"),
        (CONSUMER, "partition.assignment.strategy", "com.example.Mine"),
        (CONSUMER, "sasl.kerberos.principal", "a; rm -rf /"),
        (ADMIN, "security.protocol", "TLS"),
        (ADMIN, "socket.timeout.ms", "1"),
    ],
)
def test_an_impossible_value_is_told_with_its_setting(
    kind: ClientKind, key: str, value: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        of(kind, key, value)
    assert f"Invalid value {value} for configuration {key}" in caught.value.message


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ("RangeAssignor", "range"),
        ("org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "cooperative-sticky"),
        ("c.RangeAssignor, c.CooperativeStickyAssignor", "range"),
        ("c.StickyAssignor,c.RoundRobinAssignor", "roundrobin"),
        ("cooperative-sticky", "cooperative-sticky"),
    ],
)
def test_assignors_are_known_by_class(given: str, chosen: str) -> None:
    translation = of(CONSUMER, "partition.assignment.strategy", given)
    assert translation.settings == {"partition.assignment.strategy": chosen}


def test_compression_levels_count_for_the_codec_in_use() -> None:
    java = {"compression.type": "lz4", "compression.lz4.level": "99", "compression.zstd.level": "3"}
    translation = translate(java, PRODUCER)
    assert translation.settings == {"compression.type": "lz4", "compression.level": "12"}
    assert "compression.lz4.level=99" in translation.notes[0]


def test_a_lone_first_backoff_is_a_fixed_backoff() -> None:
    assert settings(ADMIN, reconnect_backoff_ms="20000") == {
        "reconnect.backoff.ms": "20000",
        "reconnect.backoff.max.ms": "20000",
    }


def test_a_backoff_is_never_above_its_limit() -> None:
    java = {"retry.backoff.ms": "5000", "retry.backoff.max.ms": "300"}
    assert translate(java, ADMIN).settings["retry.backoff.ms"] == "300"
    assert settings(ADMIN, retry_backoff_ms="5000")["retry.backoff.max.ms"] == "5000"


def test_a_transaction_bounds_the_other_timeouts() -> None:
    java = {
        "transactional.id": "t",
        "transaction.timeout.ms": "1000",
        "delivery.timeout.ms": "2147483647",
        "request.timeout.ms": "30000",
    }
    translated = translate(java, PRODUCER).settings
    assert translated["delivery.timeout.ms"] == translated["socket.timeout.ms"] == "1000"


def test_the_new_group_protocol_drops_what_the_broker_decides() -> None:
    java = {"group.protocol": "CONSUMER", "session.timeout.ms": "9000", "client.id": "c"}
    translation = translate(java, CONSUMER)
    assert translation.settings == {"group.protocol": "consumer", "client.id": "c"}
    assert len(translation.notes) == 1


def test_what_only_tunes_the_jvm_is_dropped_without_a_word() -> None:
    java = {
        "key.serializer": "x",
        "metric.reporters": "org.apache.kafka.common.metrics.JmxReporter",
        "interceptor.classes": "",
        "metrics.context.connect.group.id": "g",
        "internal.auto.downgrade.txn.commit": "true",
        "max.block.ms": "5",
    }
    translation = translate(java, PRODUCER)
    assert (translation.settings, translation.unsupported) == ({}, ())
    assert translation.max_block_ms == 5


def test_what_has_no_counterpart_is_named_as_the_user_wrote_it() -> None:
    java = {"interceptor.classes": "com.example.I", "lingr.ms": "5"}
    origins = {"interceptor.classes": "producer.interceptor.classes"}
    translation = translate(java, PRODUCER, origins=origins)
    assert translation.unsupported == (
        "producer.interceptor.classes",
        "lingr.ms (did you mean linger.ms?)",
    )


def test_a_setting_of_another_kind_of_client_is_not_passed_on() -> None:
    translation = of(CONSUMER, "acks", "all")
    assert translation.settings == {}
    assert translation.unsupported == ("acks",)


def test_librdkafkas_own_names_pass_and_win() -> None:
    java = {"linger.ms": "10", "queue.buffering.max.ms": "0.5", "fetch.message.max.bytes": "1"}
    translation = translate(java, PRODUCER)
    assert translation.settings == {"linger.ms": "0.5"}
    assert translation.unsupported == ("fetch.message.max.bytes",)


def test_what_concerns_the_loops_is_handed_over() -> None:
    java = {"max.poll.records": "7", "default.api.timeout.ms": "9", "exclude.internal.topics": "no"}
    translation = translate({**java, "exclude.internal.topics": "false"}, CONSUMER)
    assert translation.max_poll_records == 7
    assert translation.default_api_timeout_ms == 9
    assert not translation.exclude_internal_topics
    assert translation.settings == {}


def test_a_translation_does_not_print_its_settings() -> None:
    assert "hunter2" not in repr(of(PRODUCER, "sasl.password", "hunter2"))


@pytest.mark.parametrize(
    ("key", "kind", "known"),
    [
        ("linger.ms", PRODUCER, True),
        ("linger.ms", ADMIN, False),
        ("sasl.jaas.config", ADMIN, True),
        ("ssl.truststore.location", CONSUMER, True),
        ("offset.storage.topic", ADMIN, False),
        ("group.id", ADMIN, False),
        ("socket.keepalive.enable", ADMIN, True),
    ],
)
def test_a_setting_is_known_to_the_clients_that_have_it(
    key: str, kind: ClientKind, known: bool
) -> None:
    assert is_client_setting(key, kind) is known
