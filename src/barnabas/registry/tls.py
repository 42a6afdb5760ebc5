# SPDX-License-Identifier: Apache-2.0
"""TLS to a registry, from the settings ``schema.registry.ssl.*``."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from barnabas.config import Password, key_stores
from barnabas.errors import ConfigError
from barnabas.registry.connection_settings import ConnectionConfig

__all__ = ["make_tls"]

_PREFIX: Final = "schema.registry.ssl."


def make_tls(settings: ConnectionConfig) -> ssl.SSLContext:
    """Make what is trusted and presented when a registry has an https address.

    Reads the files the settings name. Without a trust store the system's certificates are trusted.

    Raises:
        ConfigError: A file cannot be read, or what is in it does not fit.
    """
    context = ssl.create_default_context(cadata=_trusted(settings))
    wanted = (settings.ssl_endpoint_identification_algorithm or "").lower()
    if wanted not in {"", "none", "https"}:
        message = (
            f"Invalid value {wanted} for configuration {_PREFIX}endpoint.identification.algorithm: "
            "write https, or leave it empty to accept any host name"
        )
        raise ConfigError(message)
    context.check_hostname = wanted == "https"
    identity = _identity(settings)
    if identity is not None:
        with _of_setting("keystore.*"):
            key_stores.load_identity(context, *identity)
    return context


def _trusted(settings: ConnectionConfig) -> str | None:
    if settings.ssl_truststore_certificates is not None:
        with _of_setting("truststore.certificates"):
            return key_stores.normalise_pem(settings.ssl_truststore_certificates.value)
    if settings.ssl_truststore_location is None:
        return None
    path = Path(settings.ssl_truststore_location)
    with _of_setting("truststore.location"):
        if key_stores.store_format(path) == key_stores.StoreFormat.PEM:
            return key_stores.normalise_pem(path.read_text("utf-8", "replace"))
        return key_stores.read_trust_store(path, _plain(settings.ssl_truststore_password))


def _identity(settings: ConnectionConfig) -> tuple[str, str, str] | None:
    """The client's certificates, its key, and the password of the key."""
    key_password = _plain(settings.ssl_key_password)
    store_password = _plain(settings.ssl_keystore_password)
    if settings.ssl_keystore_key is not None:
        chain = _plain(settings.ssl_keystore_certificate_chain) or ""
        with _of_setting("keystore.certificate.chain"):
            chain = key_stores.normalise_pem(chain)
        with _of_setting("keystore.key"):
            return (
                chain,
                key_stores.normalise_pem(settings.ssl_keystore_key.value),
                (key_password or ""),
            )
    if settings.ssl_keystore_location is None:
        return None
    path = Path(settings.ssl_keystore_location)
    with _of_setting("keystore.location"):
        if key_stores.store_format(path) == key_stores.StoreFormat.PEM:
            text = path.read_text("utf-8", "replace")
            return text, text, key_password or store_password or ""
        entry = key_stores.read_key_store(path, store_password)
        return entry.chain_pem, entry.key_pem, ""


@contextlib.contextmanager
def _of_setting(name: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        message = f"Invalid value for configuration {_PREFIX}{name}: {error.message}"
        raise ConfigError(message) from error


def _plain(password: Password | None) -> str | None:
    return None if password is None else password.value
