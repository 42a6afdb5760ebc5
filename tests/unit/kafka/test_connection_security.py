# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka import layering
from barnabas.kafka.connection_security import ConnectionSecurity, connection_security
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SERVER, CLIENT = Identity("server"), Identity("client")


def security(**given: str) -> ConnectionSecurity:
    settings = {name.replace("_", "."): value for name, value in given.items()}
    return connection_security(layering.admin({"bootstrap.servers": "k:9092", **settings}, "a"))


def test_without_a_word_about_it_connections_are_plain() -> None:
    assert security() == ConnectionSecurity(None, None)


def test_a_login_comes_from_the_jaas_configuration() -> None:
    jaas = f'{PLAIN} required username="ann" password="secret";'
    found = security(
        security_protocol="SASL_PLAINTEXT", sasl_mechanism="PLAIN", sasl_jaas_config=jaas
    )
    assert found.tls is None
    assert found.login is not None
    assert found.login.mechanism == "PLAIN"
    assert found.login.options["sasl.username"] == "ann"
    assert "secret" not in repr(found)


def test_tls_verifies_certificate_and_host_with_the_trust_store(tmp_path: Path) -> None:
    store = write_trust_store(tmp_path / "t.p12", [SERVER])
    found = security(
        security_protocol="SSL",
        ssl_truststore_location=str(store),
        ssl_truststore_password=PASSWORD,
    )
    assert found.tls is not None
    assert found.tls.verify_mode is ssl.CERT_REQUIRED
    assert found.tls.check_hostname
    assert found.tls.cert_store_stats()["x509"] == 1
    assert found.tls.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert found.login is None


@pytest.mark.parametrize("form", ["PKCS12", "PEM file", "PEM text"])
def test_a_certificate_of_its_own_is_presented(tmp_path: Path, form: str) -> None:
    pem = CLIENT.key_pem + CLIENT.certificate_pem
    (tmp_path / "k.pem").write_text(pem)
    given = {
        "PKCS12": {
            "ssl_keystore_location": str(write_key_store(tmp_path / "k.p12", CLIENT, [])),
            "ssl_keystore_password": PASSWORD,
        },
        "PEM file": {"ssl_keystore_location": str(tmp_path / "k.pem")},
        "PEM text": {
            "ssl_keystore_key": CLIENT.key_pem,
            "ssl_keystore_certificate_chain": CLIENT.certificate_pem,
        },
    }[form]
    found = security(security_protocol="SSL", **given)
    assert found.tls is not None


def test_a_key_that_belongs_to_another_certificate_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"ssl\.\* settings cannot be used"):
        security(
            security_protocol="SSL",
            ssl_keystore_key=CLIENT.key_pem,
            ssl_keystore_certificate_chain=SERVER.certificate_pem,
        )


def test_the_host_name_need_not_be_checked() -> None:
    found = security(security_protocol="SSL", ssl_endpoint_identification_algorithm="")
    assert found.tls is not None
    assert not found.tls.check_hostname
    assert found.tls.verify_mode is ssl.CERT_REQUIRED


def test_cipher_suites_are_kept() -> None:
    suite = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"
    found = security(security_protocol="SSL", ssl_cipher_suites=suite)
    assert found.tls is not None
    names = {cipher["name"] for cipher in found.tls.get_ciphers()}
    assert "ECDHE-RSA-AES256-GCM-SHA384" in names
    assert "ECDHE-RSA-AES128-GCM-SHA256" not in names


def test_a_login_only_librdkafka_can_do_is_refused_with_other_ways() -> None:
    with pytest.raises(ConfigError, match="SCRAM-SHA-512 or certificates"):
        security(
            security_protocol="SASL_SSL",
            sasl_mechanism="OAUTHBEARER",
            sasl_jaas_config="org.apache.kafka.common.security.oauthbearer."
            "OAuthBearerLoginModule required;",
            sasl_oauthbearer_jwt_retriever_class="o.a.k.JwtBearerJwtRetriever",
            sasl_oauthbearer_token_endpoint_url="https://idp/token",
        )
