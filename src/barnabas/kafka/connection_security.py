# SPDX-License-Identifier: Apache-2.0
"""TLS and login of the connections Barnabas makes to brokers itself, without librdkafka.

The same properties as for librdkafka's clients, translated by the same modules, so that a worker's
membership is never secured in another way than its producers and consumers are.
"""

from __future__ import annotations

import dataclasses
import pathlib
import ssl
from collections.abc import Mapping
from types import MappingProxyType

from barnabas.config import key_stores
from barnabas.errors import ConfigError
from barnabas.kafka.layering import ClientProperties

__all__ = ["ConnectionSecurity", "SaslLogin", "connection_security"]

_PROTOCOLS: Mapping[str, tuple[bool, bool]] = MappingProxyType(
    {  # with TLS, with a login
        "plaintext": (False, False),
        "ssl": (True, False),
        "sasl_plaintext": (False, True),
        "sasl_ssl": (True, True),
    }
)
_OAUTH_ONLY_WITH_LIBRDKAFKA = (
    "sasl.oauthbearer.grant.type",
    "sasl.oauthbearer.metadata.authentication.type",
)


@dataclasses.dataclass(frozen=True, slots=True)
class SaslLogin:
    """How a connection logs in."""

    mechanism: str
    """``PLAIN``, ``SCRAM-SHA-256``, ``SCRAM-SHA-512``, ``OAUTHBEARER`` or ``GSSAPI``."""
    options: Mapping[str, str] = dataclasses.field(repr=False)
    """librdkafka's ``sasl.*`` settings; never printed, they hold passwords."""


@dataclasses.dataclass(frozen=True, slots=True)
class ConnectionSecurity:
    """What a connection to a broker needs besides an address."""

    tls: ssl.SSLContext | None = None
    login: SaslLogin | None = None


def connection_security(properties: ClientProperties) -> ConnectionSecurity:
    """Read what the ``ssl.*`` and ``sasl.*`` settings of a client ask for.

    Reads trust and key stores. Call it where blocking is allowed.

    Raises:
        ConfigError: A setting is wrong, a store cannot be read, or the login is one that only
            librdkafka can do.
    """
    settings = properties.translate().settings
    protocol = settings.get("security.protocol", "plaintext")
    with_tls, with_login = _PROTOCOLS[protocol]
    return ConnectionSecurity(
        _tls_context(settings) if with_tls else None, _login(settings) if with_login else None
    )


def _login(settings: Mapping[str, str]) -> SaslLogin:
    mechanism = settings["sasl.mechanism"]
    for name in _OAUTH_ONLY_WITH_LIBRDKAFKA:
        if name in settings:
            message = (
                f"{name}={settings[name]} cannot be used by a distributed worker, whose membership "
                "in the group has to log in too; use client credentials "
                "(sasl.oauthbearer.client.credentials.*), SCRAM-SHA-512 or certificates"
            )
            raise ConfigError(message)
    options = {name: value for name, value in settings.items() if name.startswith("sasl.")}
    return SaslLogin(mechanism, options)


def _tls_context(settings: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # As in Java, whatever is in the trust store is trusted, an issuer in the middle included.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.check_hostname = settings.get("ssl.endpoint.identification.algorithm") != "none"
    if settings.get("enable.ssl.certificate.verification", "true").lower() == "false":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        _load_trust(context, settings)
        _load_identity(context, settings)
        if "ssl.cipher.suites" in settings:
            context.set_ciphers(settings["ssl.cipher.suites"])
    except (ConfigError, OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        message = f"The ssl.* settings cannot be used for connections to Kafka: {reason}"
        raise ConfigError(message) from error
    return context


def _load_trust(context: ssl.SSLContext, settings: Mapping[str, str]) -> None:
    pem, where = settings.get("ssl.ca.pem"), settings.get("ssl.ca.location")
    if pem is not None:
        context.load_verify_locations(cadata=pem)
    elif where is None or where == "probe":
        context.load_default_certs()
    elif pathlib.Path(where).is_dir():
        context.load_verify_locations(capath=where)
    else:
        context.load_verify_locations(cafile=where)


def _load_identity(context: ssl.SSLContext, settings: Mapping[str, str]) -> None:
    password = settings.get("ssl.key.password", "")
    if "ssl.certificate.pem" in settings:
        chain, key = settings["ssl.certificate.pem"], settings["ssl.key.pem"]
        key_stores.load_identity(context, chain, key, password)
    elif "ssl.certificate.location" in settings:
        key_file = settings.get("ssl.key.location")
        context.load_cert_chain(settings["ssl.certificate.location"], key_file, password=password)
