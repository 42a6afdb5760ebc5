# SPDX-License-Identifier: Apache-2.0
"""Trust and key stores for tests."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

PASSWORD = "changeit"
_LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


class Identity:
    """A key with its self-signed certificate."""

    def __init__(self, name: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(1)
            .not_valid_before(start)
            .not_valid_after(start + datetime.timedelta(days=36500))
            .add_extension(x509.SubjectAlternativeName([_LOOPBACK]), critical=False)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def certificate_pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def write_key_store(path: Path, identity: Identity, issuers: list[Identity]) -> Path:
    chain = [issuer.certificate for issuer in issuers]
    encryption = BestAvailableEncryption(PASSWORD.encode())
    store = pkcs12.serialize_key_and_certificates(
        b"client", identity.key, identity.certificate, chain, encryption
    )
    path.write_bytes(store)
    return path


def write_trust_store(path: Path, trusted: list[Identity]) -> Path:
    entries = [pkcs12.PKCS12Certificate(item.certificate, b"trusted") for item in trusted]
    encryption = BestAvailableEncryption(PASSWORD.encode())
    path.write_bytes(pkcs12.serialize_java_truststore(entries, encryption))
    return path
