# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging

import pytest

from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.client_log import (
    LastError,
    librdkafka_logger,
    unreachable_error,
    warn_about,
)
from barnabas.kafka.client_settings import Translation
from barnabas.kafka.consumer import open_consumer
from barnabas.kafka.errors import KafkaError
from barnabas.kafka.producer import open_producer

REFUSED = "kafka:9092: Connect failed: Connection refused (after 3ms in state CONNECT)"


def refused(text: str = REFUSED) -> KafkaError:
    return KafkaError(KafkaError._TRANSPORT, text)


def test_the_same_failure_is_logged_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    last = LastError("c", lambda: now[0])
    for now[0] in (0.0, 1.0, 29.0, 31.0):
        last(refused(REFUSED.replace("3ms", f"{now[0]:.0f}ms")))
    assert len(caplog.records) == 2
    assert "[c] kafka:9092" in caplog.text


def test_a_summary_does_not_hide_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    last = LastError("c")
    last(refused())
    last(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert last.text == "kafka:9092: Connect failed: Connection refused"
    assert "brokers are down" not in caplog.text


def test_connections_that_are_only_closed_tell_of_the_protocol() -> None:
    last = LastError("c")
    last(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert last.text.startswith("all connections were closed by the other side")
    assert "security.protocol" in last.text


@pytest.mark.parametrize(
    ("size", "says"),
    [
        (0x48545450, "its answer begins with 'HTTP'"),
        (0x5353482D, "its answer begins with 'SSH-'"),
        (0x15030300, "it answers with an alert of TLS"),
    ],
)
def test_what_is_no_broker_is_called_so(size: int, says: str) -> None:
    last = LastError("c")
    text = f"host:80/bootstrap: Receive failed: Invalid response size {size} (0..100000000): ..."
    last(KafkaError(KafkaError._BAD_MSG, text))
    assert last.text == (
        f"host:80: what answers there is no listener of a Kafka broker, or one with TLS: {says}"
    )


def test_an_answer_that_is_only_too_long_is_told_as_it_is() -> None:
    last = LastError("c")
    text = "host:80/1: Receive failed: Invalid response size 200000000 (0..100000000): increase it"
    last(KafkaError(KafkaError._BAD_MSG, text))
    assert last.text == text


def test_a_refusal_is_told_from_a_broken_connection() -> None:
    last = LastError("c")
    last(refused())
    assert not last.is_refusal
    last(KafkaError(KafkaError._AUTHENTICATION, "Authentication failed"))
    last(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert last.is_refusal


def test_a_fatal_error_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    LastError("c")(KafkaError(KafkaError._FATAL, "fenced", fatal=True))
    assert caplog.records[0].levelno == logging.ERROR


def test_all_settings_without_a_counterpart_are_in_one_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    warn_about(Translation({}, ("a.b", "c.d")), "client")
    assert [record.getMessage() for record in caplog.records] == [
        "[client] Settings without a counterpart in librdkafka are ignored: a.b, c.d"
    ]


def test_librdkafkas_own_word_on_what_is_told_anyway_is_not_logged_twice(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for facility in ("FAIL", "FATAL", "TXNERR", "SSL"):
        librdkafka_logger.error("%s [%s] %s", facility, "c#1", REFUSED)
    assert [record.args[0] for record in caplog.records if record.args] == ["SSL"]


def test_a_producer_that_will_ask_again_for_its_id_is_no_news(
    caplog: pytest.LogCaptureFixture,
) -> None:
    for what in ("not supported by broker", "Coordinator load in progress: retrying"):
        librdkafka_logger.warning("%s [%s] %s", "GETPID", "c#1", what)
    assert [record.args[2] for record in caplog.records if record.args] == [
        "not supported by broker"
    ]


def test_a_partition_without_a_leader_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    for what in ("Partition t[0]: new leader-1 not found in cache", "something else"):
        librdkafka_logger.warning("%s [%s] %s", "METADATAUPDATE", "c#1", what)
    assert [record.args[2] for record in caplog.records if record.args] == ["something else"]


def test_an_owner_that_tells_itself_is_not_told_aloud(caplog: pytest.LogCaptureFixture) -> None:
    last = LastError("c", level=logging.DEBUG)
    last(refused())
    last(KafkaError(KafkaError._ALL_BROKERS_DOWN, "1/1 brokers are down"))
    assert caplog.records == []
    assert (last.text, last.outages) == ("kafka:9092: Connect failed: Connection refused", 1)


def test_an_unreachable_broker_is_told_with_the_reason() -> None:
    last = LastError("c")
    assert "no broker answered at a:1; check" in unreachable_error("a:1", last, "Asking").message
    last(refused())
    error = unreachable_error("a:1", last, "Asking")
    assert type(error) is RetriableError
    assert "Asking failed: no broker answered at a:1 (kafka:9092: Connect failed" in error.message
    last(KafkaError(KafkaError._AUTHENTICATION, "wrong password"))
    refusal = unreachable_error("a:1", last, "Asking")
    assert type(refusal) is ConnectError
    assert "do not accept each other (wrong password)" in refusal.message


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ({"enable.idempotence": "true", "acks": "1"}, "`acks` must be set to `all`"),
        ({"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "GSSAPI"}, "libsasl2"),
    ],
)
def test_settings_the_client_refuses_are_told(override: dict[str, str], why: str) -> None:
    config = {f"producer.override.{key}": value for key, value in override.items()}
    with pytest.raises(ConfigError, match=why) as caught:
        open_producer(layering.task_producer({"bootstrap.servers": "127.0.0.1:1"}, config, "o", 0))
    assert "connector-producer-o-0" in caught.value.message


def test_a_consumer_needs_a_group() -> None:
    config = {"consumer.override.group.id": ""}
    with pytest.raises(ConfigError, match=r"group\.id must be set"):
        open_consumer(layering.task_consumer({"bootstrap.servers": "127.0.0.1:1"}, config, "o", 0))
