# SPDX-License-Identifier: Apache-2.0
"""TLS of https listeners, and of requests to other workers' listeners, from ``ssl.*`` settings.

Settings with the prefix ``listeners.https.`` (``admin.listeners.https.``) count all together: when
there is one, the worker's own ``ssl.*`` settings are not used.

Source:
    Apache Kafka ``SSLUtils``, ``AbstractConfig.valuesWithPrefixAllOrNothing``.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from barnabas.config import Option, Password, key_stores
from barnabas.errors import ConfigError
from barnabas.kafka.tls_settings import openssl_cipher
from barnabas.runtime.settings.tls import TlsOptions

__all__ = ["make_client_tls_context", "make_tls_context"]

_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
_CLIENT_AUTH = {
    "none": ssl.CERT_NONE,
    "requested": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


class _ListenerTls(TlsOptions):
    client_auth = Option("ssl.client.auth", str, "none", "Whether clients need a certificate.")


class _Identity(NamedTuple):
    key_pem: str
    chain_pem: str
    password: str | None
    """Password of the key inside the PEM text."""


def make_tls_context(props: Mapping[str, str], prefix: str) -> ssl.SSLContext:
    """Make what an https listener presents to its clients and asks of them.

    Args:
        props: The worker's settings.
        prefix: ``listeners.https.`` or ``admin.listeners.https.``.

    Raises:
        ConfigError: A setting is missing or wrong, or a store cannot be read.
    """
    prefix, settings = _settings(props, prefix)
    with _naming(prefix, "The https listener cannot be opened"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        _set_versions(context, settings)
        _set_ciphers(context, settings)
        _load_identity(context, settings)
        _set_client_auth(context, settings)
    return context


def make_client_tls_context(props: Mapping[str, str]) -> ssl.SSLContext:
    """Make what this worker presents to other workers' https listeners and asks of them.

    The settings are those of its own listener: the trust store says whose certificates count (those
    of the system when there is none), the key store is shown to peers that ask for a certificate.

    Args:
        props: The worker's settings.

    Raises:
        ConfigError: A setting is wrong, or a store cannot be read.
    """
    prefix, settings = _settings(props, "listeners.https.")
    with _naming(prefix, "Other workers cannot be asked over https"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = settings.ssl_endpoint_identification_algorithm.strip() != ""
        _set_versions(context, settings)
        _set_ciphers(context, settings)
        if settings.ssl_keystore_key is not None or settings.ssl_keystore_location is not None:
            _load_identity(context, settings)
        if _has_trust_store(settings):
            _load_trusted(context, settings)
        else:
            context.load_default_certs()
    return context


def _settings(props: Mapping[str, str], prefix: str) -> tuple[str, _ListenerTls]:
    """Read the settings with the prefix or, when there is none, the worker's own."""
    prefixed = {key: value for key, value in props.items() if key.startswith(prefix)}
    used = {key.removeprefix(prefix): value for key, value in prefixed.items()}
    if not used:
        prefix, used = "", {key: value for key, value in props.items() if key.startswith("ssl.")}
    return prefix, _ListenerTls(used)


@contextlib.contextmanager
def _naming(prefix: str, what: str) -> Iterator[None]:
    """Say in errors what is not possible, and where the settings stand."""
    try:
        yield
    except ConfigError as error:
        where = f"{prefix}ssl.*" if prefix else "ssl.*"
        message = f"{what} with the settings {where}: {error.message}"
        raise ConfigError(message) from error


def _set_versions(context: ssl.SSLContext, settings: TlsOptions) -> None:
    wanted = settings.ssl_enabled_protocols or [settings.ssl_protocol]
    versions = [_VERSIONS[name] for name in wanted if name in _VERSIONS]
    if not versions:
        message = (
            f"ssl.enabled.protocols={','.join(wanted)} names no version that is safe; "
            "use TLSv1.2 or TLSv1.3"
        )
        raise ConfigError(message)
    context.minimum_version, context.maximum_version = min(versions), max(versions)


def _set_ciphers(context: ssl.SSLContext, settings: TlsOptions) -> None:
    """Restrict the suites of TLS 1.2; those of TLS 1.3 are all safe and stay."""
    if not settings.ssl_cipher_suites:
        return
    names = [openssl_cipher(name) or name for name in settings.ssl_cipher_suites]
    older = [name for name in names if not name.startswith("TLS_")]
    try:
        if older:
            context.set_ciphers(":".join(older))
    except ssl.SSLError as error:
        message = f"ssl.cipher.suites={','.join(settings.ssl_cipher_suites)}: none of them is known"
        raise ConfigError(message) from error


def _identity(settings: TlsOptions) -> _Identity:
    password = _plain(settings.ssl_keystore_password)
    key_password = _plain(settings.ssl_key_password)
    if settings.ssl_keystore_key is not None:
        chain = _plain(settings.ssl_keystore_certificate_chain)
        if chain is None:
            message = "ssl.keystore.key is set but ssl.keystore.certificate.chain is not"
            raise ConfigError(message)
        key = settings.ssl_keystore_key.value
        return _Identity(
            key_stores.normalise_pem(key), key_stores.normalise_pem(chain), key_password
        )
    location = settings.ssl_keystore_location
    if location is None:
        message = (
            "ssl.keystore.location is missing: an https listener needs a private key with its "
            "certificate, as a PKCS12 or PEM file"
        )
        raise ConfigError(message)
    with _of_setting("ssl.keystore.location", location):
        path = Path(location)
        if key_stores.store_format(path) == key_stores.StoreFormat.PEM:
            text = path.read_text("utf-8", "replace")
            return _Identity(text, text, key_password or password)
        entry = key_stores.read_key_store(path, password)
        return _Identity(entry.key_pem, entry.chain_pem, None)


def _load_identity(context: ssl.SSLContext, settings: _ListenerTls) -> None:
    found = _identity(settings)
    key_stores.load_identity(context, found.chain_pem, found.key_pem, found.password or "")


def _set_client_auth(context: ssl.SSLContext, settings: _ListenerTls) -> None:
    mode = _CLIENT_AUTH.get(settings.client_auth)
    if mode is None:
        message = f"ssl.client.auth is {settings.client_auth}; use none, requested or required"
        raise ConfigError(message)
    context.verify_mode = mode
    if mode is not ssl.CERT_NONE:
        if not _has_trust_store(settings):
            message = "ssl.client.auth needs certificates to trust: set ssl.truststore.location"
            raise ConfigError(message)
        _load_trusted(context, settings)


def _has_trust_store(settings: TlsOptions) -> bool:
    return (
        settings.ssl_truststore_certificates is not None
        or settings.ssl_truststore_location is not None
    )


def _load_trusted(context: ssl.SSLContext, settings: TlsOptions) -> None:
    try:
        context.load_verify_locations(cadata=_trusted(settings))
    except ssl.SSLError as error:
        message = (
            "there is no certificate in ssl.truststore.* that can be trusted "
            f"({error.reason or error})"
        )
        raise ConfigError(message) from error


def _trusted(settings: TlsOptions) -> str:
    if settings.ssl_truststore_certificates is not None:
        return key_stores.normalise_pem(settings.ssl_truststore_certificates.value)
    location = settings.ssl_truststore_location
    assert location is not None, "asked for before"
    with _of_setting("ssl.truststore.location", location):
        path = Path(location)
        if key_stores.store_format(path) == key_stores.StoreFormat.PEM:
            return path.read_text("utf-8", "replace")
        return key_stores.read_trust_store(path, _plain(settings.ssl_truststore_password))


@contextlib.contextmanager
def _of_setting(name: str, value: str) -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        message = f"{name}={value}: {error.message}"
        raise ConfigError(message) from error


def _plain(password: Password | None) -> str | None:
    return None if password is None else password.value
