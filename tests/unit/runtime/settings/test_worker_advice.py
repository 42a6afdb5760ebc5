# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.settings.worker_advice import worker_warnings
from tests.unit.runtime.settings.test_worker import DISTRIBUTED, STANDALONE

SASL = {
    "security.protocol": "SASL_SSL",
    "producer.security.protocol": "SASL_SSL",
    "consumer.security.protocol": "SASL_SSL",
}
LOGIN = {
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="u" password="p";',
}
LOGINS = {f"{p}{name}": v for p in ("", "producer.", "consumer.") for name, v in LOGIN.items()}
JSON = {"value.converter": "org.apache.kafka.connect.json.JsonConverter"}


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        (
            {"security.protocol": "SSL"},
            "security.protocol=SSL holds for the worker's own clients only; those of tasks speak "
            "PLAINTEXT without producer.security.protocol and consumer.security.protocol",
        ),
        ({"sasl.mechanism": "PLAIN"}, "no effect with security.protocol=PLAINTEXT"),
        (
            {"producer.ssl.truststore.location": "/x"},
            "producer.ssl.truststore.location: no effect with producer.security.protocol=PLAINTEXT",
        ),
        ({"consumer.group.id": "all"}, "consumer.group.id=all makes all sink connectors one"),
        ({"producer.transactional.id": "t"}, "so that each fences the others"),
        ({"consumer.group.instance.id": "t"}, "gives all sink tasks one identity"),
        ({"consumer.enable.auto.commit": "TRUE"}, "before sinks have written their records"),
        ({"producer.acks": "0"}, "producer.acks=0 loses records"),
        (
            {"producer.compression.type": "zip"},
            "Tasks will fail to start: Invalid value zip for configuration producer.compression",
        ),
        (
            {"consumer.max.poll.records": "0"},
            "Tasks will fail to start: Invalid value 0 for configuration consumer.max.poll.records",
        ),
        (
            {**JSON, "value.converter.schemas.enable": "maybe"},
            "Tasks with the worker's value.converter will fail to start: Invalid value maybe",
        ),
        ({"config.providers": "file"}, "config.providers.file.class is missing"),
        (
            {"config.providers.file.class": "FileConfigProvider"},
            "config.providers.file.class: no effect, because config.providers does not list file.",
        ),
        (
            {"connector.client.config.override.policy": "Allowlist"},
            "allows nothing without connector.client.config.override.allowlist",
        ),
        (
            {"connector.client.config.override.allowlist": "acks"},
            "no effect with connector.client.config.override.policy=All",
        ),
        (
            {"offset.flush.timeout.ms": "70000"},
            "offset.flush.timeout.ms (70000) is longer than offset.flush.interval.ms (60000)",
        ),
        (
            {"reconnect.backoff.max.ms": "10"},
            "reconnect.backoff.ms (50) is greater than reconnect.backoff.max.ms (10): each wait",
        ),
        ({"offset.flush.interval.ms": "0"}, "offset.flush.interval.ms=0: there is no pause"),
        ({"offset.flush.timeout.ms": "-1"}, "no commit of offsets can succeed in no time"),
        ({"task.shutdown.graceful.timeout.ms": "0"}, "tasks are killed when they are to stop"),
        ({"listeners.https.ssl.keystore.location": "/x"}, "because listeners has no https address"),
        ({"heartbeat.interval.ms": "4000"}, "more than a third of session.timeout.ms (10000)"),
        (
            {"task.shutdown.graceful.timeout.ms": "60000"},
            "is not less than rebalance.timeout.ms (60000)",
        ),
        ({"connect.protocol": "compatible"}, "are not signed"),
    ],
)
def test_what_is_probably_not_meant_so_is_pointed_out(more, warning):
    (found,) = worker_warnings(DistributedConfig({**DISTRIBUTED, **more}))
    assert warning in found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {**SASL, **LOGINS},
        {"listeners": "http://:1,https://:2", "listeners.https.ssl.keystore.location": "/x"},
        {"bootstrap.servers": "nohost"},
        {"heartbeat.interval.ms": "2000", "session.timeout.ms": "6000"},
        {"exactly.once.source.support": "enabled", "offset.flush.interval.ms": "5000"},
        {"reconnect.backoff.ms": "10", "reconnect.backoff.max.ms": "10"},
        {"config.providers": "env", "config.providers.env.class": "EnvVarConfigProvider"},
        {**JSON, "value.converter.schemas.enable": "false"},
    ],
)
def test_what_fits_together_is_left_alone(more):
    assert worker_warnings(DistributedConfig({**DISTRIBUTED, **more})) == []


def test_settings_of_protocols_that_are_not_spoken_are_idle():
    eager = {"connect.protocol": "eager", "scheduled.rebalance.max.delay.ms": "1"}
    keys = {"inter.worker.key.ttl.ms": "1"}
    found = worker_warnings(DistributedConfig({**DISTRIBUTED, **eager, **keys}))
    assert [warning.partition(":")[0] for warning in found] == [
        "scheduled.rebalance.max.delay.ms",
        "connect.protocol=eager",
        "inter.worker.key.ttl.ms",
    ]


def test_exactly_once_delivery_needs_idempotence():
    wish = {"exactly.once.source.support": "enabled", "producer.enable.idempotence": "false"}
    (found,) = worker_warnings(DistributedConfig({**DISTRIBUTED, **wish}))
    assert "no effect with exactly.once.source.support=enabled" in found


def test_a_standalone_worker_delivers_at_least_once():
    (found,) = worker_warnings(
        StandaloneConfig({**STANDALONE, "exactly.once.source.support": "preparing"})
    )
    assert "no effect on a standalone worker" in found


def test_no_password_is_shown():
    secret = {"sasl.jaas.config": "hush", "producer.ssl.keystore.password": "hush"}
    assert "hush" not in " ".join(worker_warnings(DistributedConfig({**DISTRIBUTED, **secret})))
