# SPDX-License-Identifier: Apache-2.0
"""Translation of the ``ssl.*`` settings: trust and key stores, host name check, ciphers.

Source:
    KIP-651 (PEM stores); Java ``SslConfigs``; librdkafka ``CONFIGURATION.md``.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Callable
from typing import TypeVar

from barnabas.config import key_stores
from barnabas.errors import ConfigError
from barnabas.kafka.draft import Draft

__all__ = ["TLS_KEYS", "openssl_cipher", "translate_tls"]

TLS_KEYS = frozenset(
    {
        "ssl.cipher.suites",
        "ssl.enabled.protocols",
        "ssl.endpoint.identification.algorithm",
        "ssl.key.password",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.keystore.location",
        "ssl.keystore.password",
        "ssl.keystore.type",
        "ssl.truststore.certificates",
        "ssl.truststore.location",
        "ssl.truststore.password",
        "ssl.truststore.type",
    }
)
"""Java's names this module answers for."""

_MODERN = frozenset({"tlsv1.2", "tlsv1.3"})
_IANA = re.compile(r"TLS_(?:(?P<exchange>[A-Z_]+?)_)?WITH_(?P<cipher>.+)_(?P<mac>SHA\d*)")
_CIPHERS = {
    "AES_128_CBC": "AES128-{mac}",
    "AES_256_CBC": "AES256-{mac}",
    "AES_128_GCM": "AES128-GCM-{mac}",
    "AES_256_GCM": "AES256-GCM-{mac}",
    "CHACHA20_POLY1305": "CHACHA20-POLY1305",
}
_Read = TypeVar("_Read")


def translate_tls(draft: Draft) -> None:
    """Write the settings for TLS; nothing when ``security.protocol`` uses none.

    Reads the stores, so that a wrong path or password is told at once and under its own name.

    Raises:
        ConfigError: A store cannot be read, or a value has no counterpart.
    """
    if "ssl" not in (draft.text("security.protocol") or "").lower():
        return
    _write_trust(draft)
    _write_identity(draft)
    _write_host_check(draft)
    _write_ciphers(draft)
    protocols = _words(draft, "ssl.enabled.protocols")
    if protocols and not {name.lower() for name in protocols} >= _MODERN:
        draft.unsupported.append(draft.written("ssl.enabled.protocols"))


def openssl_cipher(name: str) -> str | None:
    """Translate a cipher suite of TLS 1.2 from Java's (IANA's) name to OpenSSL's.

    Returns:
        The name, unchanged when it is OpenSSL's already; None when it is of an unknown form.
    """
    if not name.startswith("TLS_"):
        return name
    match = _IANA.fullmatch(name)
    form = _CIPHERS.get(match["cipher"]) if match is not None else None
    if match is None or form is None:
        return None
    exchange = (match["exchange"] or "").replace("_", "-")
    prefix = "" if exchange == "RSA" else f"{exchange}-"
    return prefix + form.format(mac=match["mac"])


def _write_trust(draft: Draft) -> None:
    inline = "ssl.truststore.certificates"
    location = "ssl.truststore.location"
    if draft.text(inline) is not None:
        draft.settings["ssl.ca.pem"] = _pem(draft, inline)
    elif (where := draft.text(location)) is not None:
        path = pathlib.Path(where)
        password = draft.text("ssl.truststore.password")
        if _of_store(draft, location, lambda: key_stores.store_format(path)) == "PEM":
            draft.settings["ssl.ca.location"] = where
        else:
            draft.settings["ssl.ca.pem"] = _of_store(
                draft, location, lambda: key_stores.read_trust_store(path, password)
            )


def _write_identity(draft: Draft) -> None:
    key, chain, location = (
        "ssl.keystore.key",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.location",
    )
    passphrase = draft.text("ssl.key.password")
    if draft.text(key) is not None:
        if draft.text(chain) is None:
            message = (
                f"{draft.written(key)} needs {draft.written(chain)} beside it: the certificate "
                "that belongs to the key, in PEM."
            )
            raise ConfigError(message)
        draft.settings["ssl.key.pem"] = _pem(draft, key)
        draft.settings["ssl.certificate.pem"] = _pem(draft, chain)
    elif (where := draft.text(location)) is not None:
        path = pathlib.Path(where)
        if _of_store(draft, location, lambda: key_stores.store_format(path)) == "PEM":
            draft.settings["ssl.key.location"] = draft.settings["ssl.certificate.location"] = where
        else:
            password = draft.text("ssl.keystore.password") or passphrase
            entry = _of_store(draft, location, lambda: key_stores.read_key_store(path, password))
            draft.settings["ssl.key.pem"] = entry.key_pem
            draft.settings["ssl.certificate.pem"] = entry.chain_pem
            return
    if passphrase is not None:
        draft.settings["ssl.key.password"] = passphrase


def _write_host_check(draft: Draft) -> None:
    key = "ssl.endpoint.identification.algorithm"
    value = draft.given.get(key)
    if value is None:
        return
    if value.lower() not in {"", "none", "https"}:
        raise draft.wrong(key, "write https, or leave it empty to accept any host name.")
    draft.settings[key] = "https" if value.lower() == "https" else "none"


def _write_ciphers(draft: Draft) -> None:
    key = "ssl.cipher.suites"
    older = [name for name in _words(draft, key) if "_WITH_" in name or "TLS_" not in name]
    names = []
    for name in older:
        translated = openssl_cipher(name)
        if translated is None:
            raise draft.wrong(key, f"no OpenSSL name is known for {name}; write OpenSSL's name.")
        names.append(translated)
    if names:
        draft.settings[key] = ":".join(names)
    elif draft.text(key) is not None:
        draft.notes.append(
            f"{draft.written(key)} names suites of TLS 1.3 only; OpenSSL offers all of those."
        )


def _words(draft: Draft, key: str) -> list[str]:
    return [word for word in re.split(r"[\s,:]+", draft.given.get(key, "")) if word]


def _pem(draft: Draft, key: str) -> str:
    try:
        return key_stores.normalise_pem(draft.given[key])
    except ConfigError as error:
        raise draft.wrong(key, f"{error.message}.", secret=True) from None


def _of_store(draft: Draft, key: str, read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except ConfigError as error:
        raise draft.wrong(key, f"{error.message}.") from None
