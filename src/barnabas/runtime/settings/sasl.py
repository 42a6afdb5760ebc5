# SPDX-License-Identifier: Apache-2.0
"""SASL settings, as they stand in the files of distributed workers.

Source:
    Apache Kafka SaslConfigs; reference/configs.md, section 3.
"""

from __future__ import annotations

from typing import Final

from barnabas.config import (
    Config,
    ConfigType,
    Importance,
    Option,
    Password,
    case_insensitive_valid_string,
    range_between,
)

__all__ = ["SaslOptions"]

HIGH, LOW = Importance.HIGH, Importance.LOW
CLASS: Final = ConfigType.CLASS
LONG: Final = ConfigType.LONG
SHORT: Final = ConfigType.SHORT
_OAUTH = "org.apache.kafka.common.security.oauthbearer."


class SaslOptions(Config):
    """The ``security.protocol`` and ``sasl.`` settings of a worker's own clients."""

    security_protocol = Option(
        "security.protocol",
        str,
        "PLAINTEXT",
        "How to talk to brokers.",
        validator=case_insensitive_valid_string("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    )
    sasl_mechanism = Option("sasl.mechanism", str, "GSSAPI", "SASL mechanism.")
    sasl_jaas_config = Option(
        "sasl.jaas.config", Password, None, "Login module with its user and password, as in Java."
    )
    sasl_kerberos_service_name = Option(
        "sasl.kerberos.service.name", str, None, "Kerberos principal of the brokers."
    )
    sasl_kerberos_kinit_cmd = Option(
        "sasl.kerberos.kinit.cmd", str, "/usr/bin/kinit", "Path of kinit.", importance=LOW
    )
    sasl_kerberos_ticket_renew_window_factor = Option(
        "sasl.kerberos.ticket.renew.window.factor",
        float,
        0.8,
        "Part of a ticket's life after which it is renewed.",
        importance=LOW,
    )
    sasl_kerberos_ticket_renew_jitter = Option(
        "sasl.kerberos.ticket.renew.jitter",
        float,
        0.05,
        "Share of chance in the time of renewal.",
        importance=LOW,
    )
    sasl_kerberos_min_time_before_relogin = Option(
        "sasl.kerberos.min.time.before.relogin",
        LONG,
        60000,
        "Least time in ms between two logins.",
        importance=LOW,
    )
    sasl_login_refresh_window_factor = Option(
        "sasl.login.refresh.window.factor",
        float,
        0.8,
        "Part of a login's life after which it is refreshed.",
        importance=LOW,
        validator=range_between(0.5, 1.0),
    )
    sasl_login_refresh_window_jitter = Option(
        "sasl.login.refresh.window.jitter",
        float,
        0.05,
        "Share of chance in the time of a refresh.",
        importance=LOW,
        validator=range_between(0.0, 0.25),
    )
    sasl_login_refresh_min_period_seconds = Option(
        "sasl.login.refresh.min.period.seconds",
        SHORT,
        60,
        "Least time in s before a refresh.",
        importance=LOW,
        validator=range_between(0, 900),
    )
    sasl_login_refresh_buffer_seconds = Option(
        "sasl.login.refresh.buffer.seconds",
        SHORT,
        300,
        "Time in s before the end at which a login is refreshed.",
        importance=LOW,
        validator=range_between(0, 3600),
    )
    sasl_client_callback_handler_class = Option(
        "sasl.client.callback.handler.class", CLASS, None, "Class of a JVM; ignored here."
    )
    sasl_login_callback_handler_class = Option(
        "sasl.login.callback.handler.class", CLASS, None, "Class of a JVM; ignored here."
    )
    sasl_login_class = Option("sasl.login.class", CLASS, None, "Class of a JVM; ignored here.")
    sasl_login_connect_timeout_ms = Option(
        "sasl.login.connect.timeout.ms",
        int,
        None,
        "Time in ms to connect to the token server.",
        importance=LOW,
    )
    sasl_login_read_timeout_ms = Option(
        "sasl.login.read.timeout.ms",
        int,
        None,
        "Time in ms to read from the token server.",
        importance=LOW,
    )
    sasl_login_retry_backoff_ms = Option(
        "sasl.login.retry.backoff.ms",
        LONG,
        100,
        "First pause in ms between two attempts to log in.",
        importance=LOW,
    )
    sasl_login_retry_backoff_max_ms = Option(
        "sasl.login.retry.backoff.max.ms",
        LONG,
        10000,
        "Longest pause in ms between two attempts to log in.",
        importance=LOW,
    )
    sasl_oauthbearer_jwt_retriever_class = Option(
        "sasl.oauthbearer.jwt.retriever.class",
        CLASS,
        _OAUTH + "DefaultJwtRetriever",
        "Class of a JVM that fetches tokens; ignored here.",
    )
    sasl_oauthbearer_jwt_validator_class = Option(
        "sasl.oauthbearer.jwt.validator.class",
        CLASS,
        _OAUTH + "DefaultJwtValidator",
        "Class of a JVM that checks tokens; ignored here.",
    )
    sasl_oauthbearer_scope = Option("sasl.oauthbearer.scope", str, None, "Scope to ask for.")
    sasl_oauthbearer_client_id = Option(
        "sasl.oauthbearer.client.credentials.client.id", str, None, "Client id to log in with."
    )
    sasl_oauthbearer_client_secret = Option(
        "sasl.oauthbearer.client.credentials.client.secret",
        Password,
        None,
        "Client secret to log in with.",
    )
    sasl_oauthbearer_assertion_algorithm = Option(
        "sasl.oauthbearer.assertion.algorithm",
        str,
        "RS256",
        "Algorithm a client assertion is signed with.",
        validator=case_insensitive_valid_string("ES256", "RS256"),
    )
    sasl_oauthbearer_assertion_claim_aud = Option(
        "sasl.oauthbearer.assertion.claim.aud", str, None, "Audience in the client assertion."
    )
    sasl_oauthbearer_assertion_claim_exp_seconds = Option(
        "sasl.oauthbearer.assertion.claim.exp.seconds",
        int,
        300,
        "Life of the client assertion in s.",
        importance=LOW,
        validator=range_between(0, 86400),
    )
    sasl_oauthbearer_assertion_claim_iss = Option(
        "sasl.oauthbearer.assertion.claim.iss", str, None, "Issuer in the client assertion."
    )
    sasl_oauthbearer_assertion_claim_jti_include = Option(
        "sasl.oauthbearer.assertion.claim.jti.include",
        bool,
        False,
        "Whether the client assertion has an id.",
    )
    sasl_oauthbearer_assertion_claim_nbf_seconds = Option(
        "sasl.oauthbearer.assertion.claim.nbf.seconds",
        int,
        60,
        "Time in s the client assertion counts backwards.",
        importance=LOW,
        validator=range_between(0, 3600),
    )
    sasl_oauthbearer_assertion_claim_sub = Option(
        "sasl.oauthbearer.assertion.claim.sub", str, None, "Subject in the client assertion."
    )
    sasl_oauthbearer_assertion_file = Option(
        "sasl.oauthbearer.assertion.file", str, None, "File with a ready client assertion."
    )
    sasl_oauthbearer_assertion_private_key_file = Option(
        "sasl.oauthbearer.assertion.private.key.file", str, None, "File with the signing key."
    )
    sasl_oauthbearer_assertion_private_key_passphrase = Option(
        "sasl.oauthbearer.assertion.private.key.passphrase",
        Password,
        None,
        "Password of the signing key.",
    )
    sasl_oauthbearer_assertion_template_file = Option(
        "sasl.oauthbearer.assertion.template.file", str, None, "Template of the client assertion."
    )
    sasl_oauthbearer_scope_claim_name = Option(
        "sasl.oauthbearer.scope.claim.name",
        str,
        "scope",
        "Claim of the token that holds the scope.",
        importance=LOW,
    )
    sasl_oauthbearer_sub_claim_name = Option(
        "sasl.oauthbearer.sub.claim.name",
        str,
        "sub",
        "Claim of the token that holds the subject.",
        importance=LOW,
    )
    sasl_oauthbearer_token_endpoint_url = Option(
        "sasl.oauthbearer.token.endpoint.url", str, None, "Address tokens are fetched from."
    )
    sasl_oauthbearer_jwks_endpoint_url = Option(
        "sasl.oauthbearer.jwks.endpoint.url", str, None, "Address of the token server's keys."
    )
    sasl_oauthbearer_jwks_endpoint_refresh_ms = Option(
        "sasl.oauthbearer.jwks.endpoint.refresh.ms",
        LONG,
        3600000,
        "Time in ms after which the token server's keys are fetched again.",
        importance=LOW,
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_max_ms = Option(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms",
        LONG,
        10000,
        "Longest pause in ms between two attempts to fetch keys.",
        importance=LOW,
    )
    sasl_oauthbearer_jwks_endpoint_retry_backoff_ms = Option(
        "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms",
        LONG,
        100,
        "First pause in ms between two attempts to fetch keys.",
        importance=LOW,
    )
    sasl_oauthbearer_clock_skew_seconds = Option(
        "sasl.oauthbearer.clock.skew.seconds",
        int,
        30,
        "Difference in s between clocks to tolerate.",
        importance=LOW,
    )
    sasl_oauthbearer_expected_audience = Option(
        "sasl.oauthbearer.expected.audience",
        list,
        [],
        "Audiences a token may be for.",
        importance=HIGH,
    )
    sasl_oauthbearer_expected_issuer = Option(
        "sasl.oauthbearer.expected.issuer", str, None, "Issuer a token must have.", importance=HIGH
    )
    sasl_oauthbearer_header_urlencode = Option(
        "sasl.oauthbearer.header.urlencode",
        bool,
        False,
        "Whether id and secret are URL-encoded for the token server.",
        importance=LOW,
    )
