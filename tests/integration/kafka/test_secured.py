# SPDX-License-Identifier: Apache-2.0
"""Java's security settings, used as they are against a broker that insists on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.kafka import layering
from barnabas.kafka.admin import Admin
from barnabas.kafka.producer import open_producer
from tests.services.kafka import KafkaCluster
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"
SERVER, CLIENT = Identity("server"), Identity("client")
WAIT_S = 20.0


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    folder = tmp_path_factory.mktemp("secured")
    trusted = folder / "clients.pem"
    trusted.write_text(CLIENT.certificate_pem)
    listener = "listener.name.secured."
    settings = {
        f"{listener}sasl.enabled.mechanisms": "PLAIN",
        f"{listener}plain.sasl.jaas.config": f'{MODULE} required user_ann="p;w\\"";',
        f"{listener}ssl.client.auth": "required",
        f"{listener}ssl.keystore.type": "PKCS12",
        f"{listener}ssl.keystore.location": str(write_key_store(folder / "s.p12", SERVER, [])),
        f"{listener}ssl.keystore.password": PASSWORD,
        f"{listener}ssl.key.password": PASSWORD,
        f"{listener}ssl.truststore.type": "PEM",
        f"{listener}ssl.truststore.location": str(trusted),
    }
    escaped = {name: value.replace("\\", "\\\\") for name, value in settings.items()}
    cluster = KafkaCluster(folder, settings=escaped, listeners={"SECURED": "SASL_SSL"})
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()


def worker(cluster: KafkaCluster, folder: Path, password: str = 'p;w\\"') -> dict[str, str]:
    security = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.jaas.config": f'{MODULE} required username="ann" password="{password}";',
        "ssl.truststore.location": str(write_trust_store(folder / "t.p12", [SERVER])),
        "ssl.truststore.password": PASSWORD,
        "ssl.keystore.location": str(write_key_store(folder / "k.p12", CLIENT, [])),
        "ssl.keystore.password": PASSWORD,
        "ssl.cipher.suites": "TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    }
    prefixed = {f"producer.{name}": value for name, value in security.items()}
    return {"bootstrap.servers": cluster.addresses("SECURED"), **security, **prefixed}


def test_stores_and_login_of_a_java_worker_file_open_the_door(
    secured: KafkaCluster, tmp_path: Path, name: str
) -> None:
    given = worker(secured, tmp_path)
    with Admin(layering.admin(given, "a")) as admin:
        assert admin.cluster_id(WAIT_S)
    secured.create_topic(name)
    producer = open_producer(layering.task_producer(given, {}, name, 0)).producer
    producer.produce(name, b"through TLS")
    assert producer.flush(WAIT_S) == 0
    assert [record.value for record in secured.consume(name, 1)] == [b"through TLS"]


def test_a_wrong_password_is_the_reason_told(secured: KafkaCluster, tmp_path: Path) -> None:
    given = worker(secured, tmp_path, "wrong")
    with (
        pytest.raises(ConnectError, match="Authentication failed") as caught,
        Admin(layering.admin(given, "a")) as admin,
    ):
        admin.cluster_id(3.0)
    assert not isinstance(caught.value, RetriableError)


def test_an_untrusted_broker_is_the_reason_told(secured: KafkaCluster, tmp_path: Path) -> None:
    other = write_trust_store(tmp_path / "other.p12", [CLIENT])
    given = {**worker(secured, tmp_path), "ssl.truststore.location": str(other)}
    with (
        pytest.raises(ConnectError, match="certificate verify failed") as caught,
        Admin(layering.admin(given, "a")) as admin,
    ):
        admin.cluster_id(3.0)
    assert not isinstance(caught.value, RetriableError)
