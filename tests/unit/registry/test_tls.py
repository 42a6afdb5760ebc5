# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.registry.connection_settings import ConnectionConfig
from barnabas.registry.tls import make_tls
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

ONE, OTHER = Identity("one"), Identity("other")


def tls(**settings: object) -> ssl.SSLContext:
    names = {
        f"schema.registry.ssl.{name.replace('_', '.')}": str(value)
        for name, value in settings.items()
    }
    return make_tls(ConnectionConfig({"schema.registry.url": "https://a", **names}))


def trusted(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509"]


def test_hosts_are_checked_by_default() -> None:
    context = tls()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_name_of_the_host_need_not_be_checked() -> None:
    assert not tls(endpoint_identification_algorithm="").check_hostname


def test_trust_store_is_read(tmp_path: Path) -> None:
    store = write_trust_store(tmp_path / "trust.p12", [ONE])
    assert trusted(tls(truststore_location=store, truststore_password=PASSWORD)) == 1


def test_trust_store_may_be_pem(tmp_path: Path) -> None:
    (tmp_path / "trust.pem").write_text(ONE.certificate_pem)
    assert trusted(tls(truststore_location=tmp_path / "trust.pem")) == 1


def test_trusted_certificates_may_be_in_the_settings() -> None:
    assert trusted(tls(truststore_certificates=ONE.certificate_pem)) == 1


def test_key_may_be_in_a_store_a_file_or_the_settings(tmp_path: Path) -> None:
    store = write_key_store(tmp_path / "key.p12", ONE, [])
    (tmp_path / "key.pem").write_text(ONE.key_pem + ONE.certificate_pem)
    assert tls(keystore_location=store, keystore_password=PASSWORD)
    assert tls(keystore_location=tmp_path / "key.pem")
    assert tls(keystore_key=ONE.key_pem, keystore_certificate_chain=ONE.certificate_pem)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"truststore_location": "/absent"}, r"ssl\.truststore\.location: the file cannot be read"),
        ({"truststore_certificates": "x"}, r"ssl\.truststore\.certificates: it holds no PEM"),
        ({"keystore_location": "/absent"}, r"ssl\.keystore\.location: the file cannot be read"),
        ({"keystore_key": ONE.key_pem}, r"ssl\.keystore\.certificate\.chain"),
        (
            {"keystore_key": OTHER.key_pem, "keystore_certificate_chain": ONE.certificate_pem},
            "does not belong to the certificate",
        ),
        ({"endpoint_identification_algorithm": "ldap"}, "write https, or leave it empty"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        tls(**settings)
