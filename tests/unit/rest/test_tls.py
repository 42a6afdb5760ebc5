# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from barnabas.errors import ConfigError
from barnabas.rest.tls import make_client_tls_context, make_tls_context
from tests.unit.rest.certificates import Authority

PREFIX = "listeners.https."
AUTHORITY = Authority()
SERVER = AUTHORITY.sign("server")
CLIENT = AUTHORITY.sign("client")
INLINE = {
    f"{PREFIX}ssl.keystore.type": "PEM",
    f"{PREFIX}ssl.keystore.key": SERVER.key_pem(),
    f"{PREFIX}ssl.keystore.certificate.chain": SERVER.certificate_pem,
}


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext) -> ssl.SSLObject:
    """Connect both sides in memory; raises what a side has against it."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    one = client.wrap_bio(to_client, to_server, server_hostname="127.0.0.1")
    other = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (one, other):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    other.do_handshake()
    return other


def trusting_client() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=AUTHORITY.certificate_pem)


def test_key_and_certificate_as_text():
    assert shake_hands(make_tls_context(INLINE, PREFIX), trusting_client()).version() == "TLSv1.3"


@pytest.mark.parametrize("password", [None, "s3cret"])
def test_key_and_certificate_in_a_pem_file(tmp_path: Path, password: str | None):
    path = tmp_path / "server.pem"
    path.write_text(SERVER.key_pem(password) + SERVER.certificate_pem)
    props = {f"{PREFIX}ssl.keystore.location": str(path)}
    if password:
        props[f"{PREFIX}ssl.key.password"] = password
    assert shake_hands(make_tls_context(props, PREFIX), trusting_client()).version()


def test_key_and_certificate_in_a_pkcs12_store(tmp_path: Path):
    path = SERVER.write_pkcs12(tmp_path / "server.p12", "s3cret")
    props = {"ssl.keystore.location": str(path), "ssl.keystore.password": "s3cret"}
    assert shake_hands(make_tls_context(props, PREFIX), trusting_client()).version()


def test_with_a_prefixed_setting_no_other_counts():
    props = {"ssl.keystore.location": "/nowhere", "ssl.client.auth": "required", **INLINE}
    assert shake_hands(make_tls_context(props, PREFIX), trusting_client()).version()


@pytest.mark.parametrize("wanted", ["required", "requested"])
def test_a_client_with_a_certificate_is_let_in(tmp_path: Path, wanted: str):
    trust = tmp_path / "trust.pem"
    trust.write_text(AUTHORITY.certificate_pem)
    mine = tmp_path / "client.pem"
    mine.write_text(CLIENT.key_pem() + CLIENT.certificate_pem)
    props = {
        **INLINE,
        f"{PREFIX}ssl.client.auth": wanted,
        f"{PREFIX}ssl.truststore.location": str(trust),
    }
    client = trusting_client()
    client.load_cert_chain(mine)
    server = shake_hands(make_tls_context(props, PREFIX), client)
    assert server.getpeercert()["subject"] == ((("commonName", "client"),),)


def test_a_client_without_a_certificate_is_turned_away_when_one_is_required():
    props = {
        **INLINE,
        f"{PREFIX}ssl.client.auth": "required",
        f"{PREFIX}ssl.truststore.certificates": AUTHORITY.certificate_pem,
    }
    with pytest.raises(ssl.SSLError, match="PEER_DID_NOT_RETURN_A_CERTIFICATE"):
        shake_hands(make_tls_context(props, PREFIX), trusting_client())


def test_an_older_version_can_be_asked_for():
    props = {
        **INLINE,
        f"{PREFIX}ssl.enabled.protocols": "TLSv1.2",
        f"{PREFIX}ssl.cipher.suites": "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    }
    server = shake_hands(make_tls_context(props, PREFIX), trusting_client())
    assert (server.version(), server.cipher()[0]) == (
        "TLSv1.2",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ssl.keystore.certificate.chain": None}, "certificate.chain is not"),
        ({"ssl.keystore.key": "no key"}, "no PEM block"),
        ({"ssl.keystore.key": AUTHORITY.key_pem()}, "does not belong to the certificate"),
        ({"ssl.keystore.key": SERVER.key_pem("s3cret")}, "password is wrong"),
        ({"ssl.enabled.protocols": "SSLv3"}, "use TLSv1.2 or TLSv1.3"),
        ({"ssl.cipher.suites": "MINE"}, "none of them is known"),
        ({"ssl.client.auth": "required"}, "ssl.truststore.location"),
        ({"ssl.client.auth": "maybe"}, "none, requested or required"),
        ({"ssl.keystore.key": None}, "ssl.keystore.location is missing"),
        ({"ssl.keystore.key": None, "ssl.keystore.location": "/nowhere.p12"}, "No such file"),
    ],
)
def test_what_is_wrong_is_said_with_the_settings(changes: dict[str, str | None], why: str):
    changed = {**INLINE, **{PREFIX + key: value for key, value in changes.items()}}
    props = {key: value for key, value in changed.items() if value is not None}
    with pytest.raises(ConfigError) as raised:
        make_tls_context(props, PREFIX)
    assert f"with the settings {PREFIX}ssl.*" in raised.value.message
    assert why in raised.value.message


@pytest.mark.parametrize(
    "trusted",
    [SERVER.key_pem(), "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"],
)
def test_what_is_no_certificate_cannot_be_trusted(tmp_path: Path, trusted: str):
    trust = tmp_path / "trust.pem"
    trust.write_text(trusted)
    asking = {**INLINE, f"{PREFIX}ssl.client.auth": "required"}
    for setting, value in (("location", str(trust)), ("certificates", trusted)):
        with pytest.raises(ConfigError, match=r"no certificate in ssl\.truststore"):
            make_tls_context({**asking, f"{PREFIX}ssl.truststore.{setting}": value}, PREFIX)


def test_a_store_of_java_is_refused_with_the_way_out(tmp_path: Path):
    path = tmp_path / "server.jks"
    path.write_bytes(b"\xfe\xed\xfe\xed" + bytes(20))
    with pytest.raises(ConfigError, match="keytool -importkeystore"):
        make_tls_context({"ssl.keystore.location": str(path)}, PREFIX)


def test_a_wrong_password_of_a_store_is_said(tmp_path: Path):
    path = SERVER.write_pkcs12(tmp_path / "server.p12", "s3cret")
    with pytest.raises(ConfigError, match="check the password"):
        make_tls_context({"ssl.keystore.location": str(path)}, PREFIX)


# -- asking other workers -------------------------------------------------------------------------

STRICT = {
    **INLINE,
    f"{PREFIX}ssl.client.auth": "required",
    f"{PREFIX}ssl.truststore.type": "PEM",
    f"{PREFIX}ssl.truststore.certificates": AUTHORITY.certificate_pem,
}


def test_workers_with_the_same_settings_trust_each_other():
    shaken = shake_hands(make_tls_context(STRICT, PREFIX), make_client_tls_context(STRICT))
    assert shaken.getpeercert()["subject"] == ((("commonName", "server"),),)


def test_the_worker_s_own_tls_settings_count_when_there_are_no_others():
    own = {key.removeprefix(PREFIX): value for key, value in STRICT.items()}
    assert shake_hands(make_tls_context(STRICT, PREFIX), make_client_tls_context(own))


def test_a_worker_without_a_key_shows_none():
    props = {key: value for key, value in STRICT.items() if "keystore" not in key}
    assert shake_hands(make_tls_context(INLINE, PREFIX), make_client_tls_context(props))
    with pytest.raises(ssl.SSLError):
        shake_hands(make_tls_context(STRICT, PREFIX), make_client_tls_context(props))


def test_without_a_trust_store_those_count_whom_the_system_trusts():
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(make_tls_context(INLINE, PREFIX), make_client_tls_context({}))
    assert make_client_tls_context({}).cert_store_stats() == (
        ssl.create_default_context().cert_store_stats()
    )


def test_whether_the_host_belongs_to_the_certificate_is_checked_unless_it_is_not_wanted():
    assert make_client_tls_context(STRICT).check_hostname
    props = {**STRICT, f"{PREFIX}ssl.endpoint.identification.algorithm": ""}
    lenient = make_client_tls_context(props)
    assert (lenient.check_hostname, lenient.verify_mode) == (False, ssl.CERT_REQUIRED)


def test_wrong_settings_for_asking_say_so():
    props = {f"{PREFIX}ssl.truststore.location": "/nowhere.pem"}
    with pytest.raises(
        ConfigError, match=r"Other workers cannot .* listeners\.https\.ssl\.\*: ssl"
    ):
        make_client_tls_context(props)
