# SPDX-License-Identifier: Apache-2.0
"""Settings of the client: where the registry is and how to log in to it, under Java's names.

All but those of TLS may be written with ``schema.registry.`` before their name as well.

Source:
    Reference page *Schema Registry*, section 3.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from barnabas import config
from barnabas.config import Importance, Password

__all__ = ["ConnectionConfig"]

_PREFIX: Final = "schema.registry."

LOW = Importance.LOW
_REGISTRY: Final = "Schema Registry"
_LOGIN: Final = "Login"
_TLS: Final = "TLS"


def _token_source() -> config.Validator:
    known = config.valid_string("STATIC_TOKEN", "OAUTHBEARER")

    def check(name: str, value: object) -> None:
        if value is not None:
            known(name, value)

    return config.validator(check, str(known))


class ConnectionConfig(config.Config):
    """Which registry, and how to log in to it."""

    open_prefixes = ("request.header.", _PREFIX)

    def __init__(self, props: Mapping[str, Any]) -> None:
        super().__init__(self._without_prefix(props))

    @classmethod
    def _without_prefix(cls, props: Mapping[str, Any]) -> dict[str, Any]:
        """Give settings that are written with the prefix their plain name unless it is taken."""
        plain = {
            name.removeprefix(_PREFIX): value
            for name, value in props.items()
            if name.startswith(_PREFIX) and name not in cls.definition()
        }
        return {**plain, **props}

    schema_registry_url = config.Option(
        "schema.registry.url",
        list,
        config.NO_DEFAULT,
        "Addresses of the Schema Registry, such as http://registry:8081, with commas between them."
        " mock://name is a registry within this process, for tests.",
        importance=Importance.HIGH,
        group=_REGISTRY,
    )
    max_retries = config.Option(
        "max.retries",
        int,
        3,
        "How often a request is repeated that got no answer or 408, 429 or 5xx.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    retries_wait_ms = config.Option(
        "retries.wait.ms",
        int,
        1000,
        "Longest wait before the first repetition, in milliseconds; it doubles with each.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    retries_max_wait_ms = config.Option(
        "retries.max.wait.ms",
        int,
        20000,
        "Longest wait before any repetition, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    http_connect_timeout_ms = config.Option(
        "http.connect.timeout.ms",
        int,
        60000,
        "How long a connection to the registry may take, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(1),
    )
    http_read_timeout_ms = config.Option(
        "http.read.timeout.ms",
        int,
        60000,
        "How long an answer of the registry may take, in milliseconds.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(1),
    )
    url_randomize = config.Option(
        "url.randomize",
        bool,
        False,
        "Whether to begin with any address of schema.registry.url instead of the first.",
        importance=LOW,
        group=_REGISTRY,
    )
    proxy_host = config.Option(
        "proxy.host",
        str,
        "",
        "Host of an HTTP proxy on the way to the registry; none when empty.",
        importance=LOW,
        group=_REGISTRY,
    )
    proxy_port = config.Option(
        "proxy.port",
        int,
        -1,
        "Port of that proxy.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_id_cache_ttl_sec = config.Option(
        "missing.id.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds an id the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_version_cache_ttl_sec = config.Option(
        "missing.version.query.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds a version the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_schema_cache_ttl_sec = config.Option(
        "missing.schema.cache.ttl.sec",
        config.ConfigType.LONG,
        0,
        "For how many seconds a schema the registry does not know is not asked for again.",
        importance=LOW,
        group=_REGISTRY,
    )
    missing_cache_size = config.Option(
        "missing.cache.size",
        int,
        10000,
        "How many such unknown things are remembered.",
        importance=LOW,
        group=_REGISTRY,
        validator=config.at_least(0),
    )
    cache_directory = config.Option(
        "schema.registry.cache.directory",
        str,
        None,
        "Folder for copies of the schemas used, read only while the registry cannot be reached, so"
        " that a task can start then. A folder in the user's cache folder when absent, no copies"
        " when empty. Barnabas only.",
        importance=LOW,
        group=_REGISTRY,
    )

    basic_auth_credentials_source = config.Option(
        "basic.auth.credentials.source",
        str,
        "URL",
        "Where name and password are: URL (within schema.registry.url), USER_INFO"
        " (basic.auth.user.info) or SASL_INHERIT (sasl.jaas.config).",
        group=_LOGIN,
        validator=config.valid_string("URL", "USER_INFO", "SASL_INHERIT"),
    )
    basic_auth_user_info = config.Option(
        "basic.auth.user.info",
        Password,
        "",
        "Name and password with a colon between them, for USER_INFO.",
        group=_LOGIN,
    )
    sasl_jaas_config = config.Option(
        "sasl.jaas.config",
        Password,
        None,
        "Login module with username and password, for SASL_INHERIT.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_credentials_source = config.Option(
        "bearer.auth.credentials.source",
        str,
        None,
        "Where a token comes from: STATIC_TOKEN (bearer.auth.token) or OAUTHBEARER (fetched from"
        " bearer.auth.issuer.endpoint.url).",
        group=_LOGIN,
        validator=_token_source(),
    )
    bearer_auth_token = config.Option(
        "bearer.auth.token", Password, None, "The token, for STATIC_TOKEN.", group=_LOGIN
    )
    bearer_auth_issuer_endpoint_url = config.Option(
        "bearer.auth.issuer.endpoint.url",
        str,
        None,
        "Where tokens are fetched with client credentials, for OAUTHBEARER.",
        group=_LOGIN,
    )
    bearer_auth_client_id = config.Option(
        "bearer.auth.client.id", str, None, "Client id for fetching tokens.", group=_LOGIN
    )
    bearer_auth_client_secret = config.Option(
        "bearer.auth.client.secret",
        Password,
        None,
        "Client secret for fetching tokens.",
        group=_LOGIN,
    )
    bearer_auth_scope = config.Option(
        "bearer.auth.scope", str, None, "Scope of the tokens to fetch.", group=_LOGIN
    )
    bearer_auth_scope_claim_name = config.Option(
        "bearer.auth.scope.claim.name",
        str,
        "scope",
        "Name of the claim that holds the scope. Taken for compatibility; tokens are not read"
        " here.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_sub_claim_name = config.Option(
        "bearer.auth.sub.claim.name",
        str,
        "sub",
        "Name of the claim that holds the subject. Taken for compatibility; tokens are not read"
        " here.",
        importance=LOW,
        group=_LOGIN,
    )
    bearer_auth_logical_cluster = config.Option(
        "bearer.auth.logical.cluster",
        str,
        None,
        "Logical cluster of the registry, sent along with a token.",
        group=_LOGIN,
    )
    bearer_auth_identity_pool_id = config.Option(
        "bearer.auth.identity.pool.id",
        str,
        None,
        "Identity pool, sent along with a token.",
        group=_LOGIN,
    )
    bearer_auth_cache_expiry_buffer_seconds = config.Option(
        "bearer.auth.cache.expiry.buffer.seconds",
        config.ConfigType.SHORT,
        300,
        "How many seconds before its end a token is replaced.",
        importance=LOW,
        group=_LOGIN,
        validator=config.at_least(0),
    )

    ssl_truststore_location = config.Option(
        "schema.registry.ssl.truststore.location",
        str,
        None,
        "File of the certificates to trust, PKCS#12 or PEM; those of the system when absent.",
        group=_TLS,
    )
    ssl_truststore_password = config.Option(
        "schema.registry.ssl.truststore.password",
        Password,
        None,
        "Password of that file, for PKCS#12.",
        group=_TLS,
    )
    ssl_truststore_certificates = config.Option(
        "schema.registry.ssl.truststore.certificates",
        Password,
        None,
        "The certificates to trust themselves, in PEM, instead of a file.",
        group=_TLS,
    )
    ssl_keystore_location = config.Option(
        "schema.registry.ssl.keystore.location",
        str,
        None,
        "File of the client's own key and certificate, PKCS#12 or PEM.",
        group=_TLS,
    )
    ssl_keystore_password = config.Option(
        "schema.registry.ssl.keystore.password",
        Password,
        None,
        "Password of that file.",
        group=_TLS,
    )
    ssl_keystore_key = config.Option(
        "schema.registry.ssl.keystore.key",
        Password,
        None,
        "The client's key itself, in PEM, instead of a file.",
        group=_TLS,
    )
    ssl_keystore_certificate_chain = config.Option(
        "schema.registry.ssl.keystore.certificate.chain",
        Password,
        None,
        "The certificate that belongs to that key, in PEM, followed by those of its issuers.",
        group=_TLS,
    )
    ssl_key_password = config.Option(
        "schema.registry.ssl.key.password",
        Password,
        None,
        "Password of the client's key, if it has one of its own.",
        group=_TLS,
    )
    ssl_endpoint_identification_algorithm = config.Option(
        "schema.registry.ssl.endpoint.identification.algorithm",
        str,
        "https",
        "Whether the certificate must name the registry's host: https, or empty for no.",
        importance=LOW,
        group=_TLS,
    )
