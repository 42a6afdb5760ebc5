# SPDX-License-Identifier: Apache-2.0
"""Reading Java's trust and key stores into PEM, the form librdkafka and OpenSSL take.

The content of a file says what it is, not its declared type, because Java itself opens a PKCS#12
file under the type ``JKS``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import re
import shlex
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from barnabas.errors import ConfigError

if TYPE_CHECKING:
    import ssl

    from cryptography.hazmat.primitives.serialization.pkcs12 import PKCS12KeyAndCertificates

__all__ = [
    "KeyEntry",
    "StoreFormat",
    "load_identity",
    "normalise_pem",
    "read_key_store",
    "read_trust_store",
]

_JKS_MAGIC = (b"\xfe\xed\xfe\xed", b"\xce\xce\xce\xce")
_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+?)-----(.*?)-----END \1-----", re.DOTALL)


class StoreFormat:
    """What a store's file holds."""

    PEM = "PEM"
    PKCS12 = "PKCS12"


@dataclasses.dataclass(frozen=True, slots=True)
class KeyEntry:
    """A private key with its certificates."""

    key_pem: str = dataclasses.field(repr=False)
    """The key, unencrypted."""
    chain_pem: str
    """The client's certificate, followed by those of its issuers."""


def load_identity(
    context: ssl.SSLContext, chain_pem: str, key_pem: str, password: str = ""
) -> None:
    """Have a TLS context present a certificate. Any thread.

    OpenSSL takes files only, so it gets files in memory, which nobody else can read.

    Args:
        context: The context of a client or a server.
        chain_pem: The certificate, followed by those of its issuers.
        key_pem: Its private key.
        password: Of the private key, empty when that is not encrypted.

    Raises:
        ConfigError: The key does not belong to the certificate, or the password is wrong.
    """
    import ssl

    with _memory_file(chain_pem) as chain, _memory_file(key_pem) as key:
        try:
            context.load_cert_chain(chain, key, password=password)
        except (ssl.SSLError, OSError) as error:
            message = (
                "the private key cannot be used: it does not belong to the certificate, or its "
                f"password is wrong ({getattr(error, 'reason', None) or error})"
            )
            raise ConfigError(message) from error


@contextlib.contextmanager
def _memory_file(text: str) -> Iterator[str]:
    descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
            file.write(text)
        yield f"/proc/self/fd/{descriptor}"
    finally:
        os.close(descriptor)


def normalise_pem(text: str) -> str:
    """Give PEM blocks their line breaks back, which a properties file may have turned into spaces.

    Text outside the blocks is dropped. A block with headers of its own (``Proc-Type``) is left as
    it is.

    Raises:
        ConfigError: There is no block in the text.
    """
    blocks = []
    for label, body in _PEM_BLOCK.findall(text):
        lines = body.strip("\n") if ":" in body else _wrapped(body)
        blocks.append(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
    if not blocks:
        message = "it holds no PEM block (-----BEGIN … -----END …)"
        raise ConfigError(message)
    return "".join(blocks)


def _wrapped(body: str) -> str:
    return "\n".join(textwrap.wrap("".join(body.split()), 64))


def store_format(path: pathlib.Path) -> str:
    """Say what a store's file holds, one of :class:`StoreFormat`.

    Raises:
        ConfigError: The file cannot be read, or is a JKS store; the message has the command that
            converts it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}; check the path and its permissions"
        raise ConfigError(message) from None
    if head.startswith(_JKS_MAGIC):
        target = shlex.quote(str(path.with_suffix(".p12")))
        message = (
            "it is a JKS store, which only Java reads; convert it with: keytool -importkeystore "
            f"-srckeystore {shlex.quote(str(path))} -destkeystore {target} "
            f"-deststoretype PKCS12 and name {path.with_suffix('.p12').name} here"
        )
        raise ConfigError(message)
    return StoreFormat.PEM if b"-----BEGIN " in head else StoreFormat.PKCS12


def read_trust_store(path: pathlib.Path, password: str | None) -> str:
    """Read the certificates of a PKCS#12 trust store as PEM.

    Raises:
        ConfigError: The password is wrong, the file is no PKCS#12 store, or has no certificate.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    store = _load_pkcs12(path, password)
    entries = [entry.certificate for entry in store.additional_certs]
    if store.cert is not None:
        entries.append(store.cert.certificate)
    if not entries:
        message = "the store holds no certificate"
        raise ConfigError(message)
    return "".join(entry.public_bytes(Encoding.PEM).decode("ascii") for entry in entries)


def read_key_store(path: pathlib.Path, password: str | None) -> KeyEntry:
    """Read the private key and certificates of a PKCS#12 key store.

    Raises:
        ConfigError: The password is wrong, the file is no PKCS#12 store, or has no private key.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    store = _load_pkcs12(path, password)
    if store.key is None or store.cert is None:
        message = "the store holds no private key with a certificate"
        raise ConfigError(message)
    chain = [store.cert.certificate, *(entry.certificate for entry in store.additional_certs)]
    key = store.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pems = [entry.public_bytes(Encoding.PEM).decode("ascii") for entry in chain]
    return KeyEntry(key.decode("ascii"), "".join(pems))


def _load_pkcs12(path: pathlib.Path, password: str | None) -> PKCS12KeyAndCertificates:
    from cryptography.hazmat.primitives.serialization import pkcs12

    secret = password.encode("utf-8") if password is not None else None
    try:
        return pkcs12.load_pkcs12(path.read_bytes(), secret)
    except (ValueError, TypeError) as error:
        message = (
            "it cannot be opened as a PKCS#12 store: "
            f"{error}; check the password, or write it anew with: keytool -importkeystore "
            f"-srckeystore {shlex.quote(str(path))} -destkeystore new.p12 -deststoretype PKCS12"
        )
        raise ConfigError(message) from None
