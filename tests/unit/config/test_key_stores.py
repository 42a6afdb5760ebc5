# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from barnabas.config import key_stores
from barnabas.errors import ConfigError
from tests.unit.kafka.stores import PASSWORD, Identity, write_key_store, write_trust_store

ANN, CA = Identity("ann"), Identity("ca")


def test_a_pem_block_on_one_line_gets_its_lines_back() -> None:
    pem = CA.certificate_pem
    assert key_stores.normalise_pem(pem.replace("\n", " ")) == pem


def test_each_block_is_kept_in_order() -> None:
    both = ANN.key_pem + "some words\n" + ANN.certificate_pem
    assert key_stores.normalise_pem(both) == ANN.key_pem + ANN.certificate_pem


def test_a_block_with_headers_is_left_as_it_is() -> None:
    block = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nabc\n"
    block += "-----END RSA PRIVATE KEY-----\n"
    assert key_stores.normalise_pem(block) == block


def test_text_without_a_block_is_no_pem() -> None:
    with pytest.raises(ConfigError, match="no PEM block"):
        key_stores.normalise_pem("MIIB")


def test_a_file_is_what_it_holds(tmp_path: Path) -> None:
    pem = tmp_path / "a.jks"
    pem.write_text("# comment\n" + CA.certificate_pem)
    store = write_trust_store(tmp_path / "b.pem", [CA])
    assert key_stores.store_format(pem) == "PEM"
    assert key_stores.store_format(store) == "PKCS12"


def test_a_jks_store_is_told_with_the_command_that_converts_it(tmp_path: Path) -> None:
    path = tmp_path / "my store.jks"
    path.write_bytes(b"\xfe\xed\xfe\xed\x00\x00\x00\x02")
    with pytest.raises(ConfigError, match=r"keytool -importkeystore -srckeystore '.*my store.jks'"):
        key_stores.store_format(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        key_stores.store_format(tmp_path / "none")


def test_a_trust_store_gives_its_certificates(tmp_path: Path) -> None:
    store = write_trust_store(tmp_path / "t.p12", [CA, ANN])
    pem = key_stores.read_trust_store(store, PASSWORD)
    assert sorted(pem.split("-----END")) == sorted(
        (CA.certificate_pem + ANN.certificate_pem).split("-----END")
    )


def test_a_key_store_gives_its_key_and_the_chain_in_order(tmp_path: Path) -> None:
    entry = key_stores.read_key_store(write_key_store(tmp_path / "k.p12", ANN, [CA]), PASSWORD)
    assert entry.key_pem == ANN.key_pem
    assert entry.chain_pem == ANN.certificate_pem + CA.certificate_pem
    assert "PRIVATE KEY" not in repr(entry)


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_wrong_password_is_told(tmp_path: Path, password: str | None) -> None:
    store = write_trust_store(tmp_path / "t.p12", [CA])
    with pytest.raises(ConfigError, match="check the password"):
        key_stores.read_trust_store(store, password)


def test_a_trust_store_is_no_key_store(tmp_path: Path) -> None:
    store = write_trust_store(tmp_path / "t.p12", [CA])
    with pytest.raises(ConfigError, match="no private key"):
        key_stores.read_key_store(store, PASSWORD)


def test_a_key_and_its_certificate_can_be_presented() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    key_stores.load_identity(context, ANN.certificate_pem, ANN.key_pem)


def test_a_key_of_another_certificate_is_refused() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ConfigError, match="does not belong to the certificate"):
        key_stores.load_identity(context, CA.certificate_pem, ANN.key_pem)
