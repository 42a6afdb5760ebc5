# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka.client_settings import ClientKind, Translation, translate
from barnabas.kafka.tls_settings import openssl_cipher
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

ANN, CA = Identity("ann"), Identity("ca")


def tls(**java: str) -> Translation:
    given = {f"ssl.{key.replace('_', '.')}": value for key, value in java.items()}
    return translate({"security.protocol": "SSL", **given}, ClientKind.CONSUMER)


def own(**java: str) -> dict[str, str]:
    settings = tls(**java).settings
    del settings["security.protocol"]
    return settings


def test_a_pem_trust_store_is_used_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(CA.certificate_pem)
    assert own(truststore_location=str(path), truststore_type="PEM") == {
        "ssl.ca.location": str(path)
    }


def test_a_pkcs12_trust_store_becomes_pem(tmp_path: Path) -> None:
    store = write_trust_store(tmp_path / "t.p12", [CA])
    assert own(truststore_location=str(store), truststore_password=PASSWORD) == {
        "ssl.ca.pem": CA.certificate_pem
    }


def test_a_pkcs12_key_store_becomes_pem(tmp_path: Path) -> None:
    store = write_key_store(tmp_path / "k.p12", ANN, [CA])
    given = {"keystore_location": str(store), "keystore_password": PASSWORD}
    assert own(**given, key_password=PASSWORD) == {
        "ssl.key.pem": ANN.key_pem,
        "ssl.certificate.pem": ANN.certificate_pem + CA.certificate_pem,
    }


def test_a_pem_key_store_is_used_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "ann.pem"
    path.write_text(ANN.key_pem + ANN.certificate_pem)
    assert own(keystore_location=str(path), key_password="pw") == {
        "ssl.key.location": str(path),
        "ssl.certificate.location": str(path),
        "ssl.key.password": "pw",
    }


def test_inline_pem_is_taken() -> None:
    assert own(
        truststore_certificates=CA.certificate_pem.replace("\n", " "),
        keystore_key=ANN.key_pem,
        keystore_certificate_chain=ANN.certificate_pem,
    ) == {
        "ssl.ca.pem": CA.certificate_pem,
        "ssl.key.pem": ANN.key_pem,
        "ssl.certificate.pem": ANN.certificate_pem,
    }


def test_a_key_needs_its_certificate() -> None:
    with pytest.raises(ConfigError, match=r"ssl\.keystore\.certificate\.chain"):
        tls(keystore_key=ANN.key_pem)


def test_a_broken_inline_key_is_not_shown() -> None:
    with pytest.raises(ConfigError, match="no PEM block") as caught:
        tls(keystore_key="hunter2", keystore_certificate_chain=ANN.certificate_pem)
    assert "hunter2" not in caught.value.message


def test_a_store_that_cannot_be_read_is_told_with_its_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ssl\.truststore\.location: the file cannot be read"):
        tls(truststore_location=str(tmp_path / "none"))


@pytest.mark.parametrize(("value", "check"), [("", "none"), ("HTTPS", "https")])
def test_an_empty_host_name_check_is_none(value: str, check: str) -> None:
    assert own(endpoint_identification_algorithm=value) == {
        "ssl.endpoint.identification.algorithm": check
    }


def test_another_host_name_check_is_told() -> None:
    with pytest.raises(ConfigError, match="write https"):
        tls(endpoint_identification_algorithm="ldaps")


@pytest.mark.parametrize(
    ("iana", "openssl"),
    [
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"),
        ("TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"),
        ("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("TLS_KRB5_WITH_DES_CBC_MD5", None),
    ],
)
def test_cipher_suites_have_other_names_in_openssl(iana: str, openssl: str | None) -> None:
    assert openssl_cipher(iana) == openssl


def test_suites_of_tls_1_3_need_not_be_named() -> None:
    both = "TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA"
    assert own(cipher_suites=both) == {"ssl.cipher.suites": "AES128-SHA"}
    assert len(tls(cipher_suites="TLS_AES_128_GCM_SHA256").notes) == 1


def test_an_unknown_suite_is_told() -> None:
    with pytest.raises(ConfigError, match="TLS_KRB5_WITH_DES_CBC_MD5"):
        tls(cipher_suites="TLS_KRB5_WITH_DES_CBC_MD5")


def test_a_restriction_of_protocols_is_named_as_unsupported() -> None:
    assert tls(enabled_protocols="TLSv1.2,TLSv1.3").unsupported == ()
    assert tls(enabled_protocols="TLSv1.3").unsupported == ("ssl.enabled.protocols",)


def test_nothing_is_read_without_tls() -> None:
    java = {"security.protocol": "PLAINTEXT", "ssl.truststore.location": "/none"}
    assert translate(java, ClientKind.ADMIN).settings == {"security.protocol": "plaintext"}
