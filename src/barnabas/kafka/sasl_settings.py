# SPDX-License-Identifier: Apache-2.0
"""Translation of the ``sasl.*`` settings, first of all ``sasl.jaas.config``.

Source:
    Java's login modules Plain, Scram, OAuthBearer and Krb5; KIP-86, KIP-768, KIP-1139;
    librdkafka ``CONFIGURATION.md``.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable

from barnabas.config.jaas import LoginModule, parse_jaas_config
from barnabas.errors import ConfigError
from barnabas.kafka.draft import Draft

__all__ = ["SASL_KEYS", "translate_sasl"]

_MECHANISMS = ("GSSAPI", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
_MODULES = {
    "PlainLoginModule": ("PLAIN",),
    "ScramLoginModule": ("SCRAM-SHA-256", "SCRAM-SHA-512"),
    "OAuthBearerLoginModule": ("OAUTHBEARER",),
    "Krb5LoginModule": ("GSSAPI",),
}
_SAFE_IN_SHELL = re.compile(r"[A-Za-z0-9@%+=:,./_-]+")
_UNSECURED = "unsecuredLoginStringClaim_sub"
_JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"

SASL_KEYS = frozenset(
    {
        "sasl.jaas.config",
        "sasl.kerberos.kinit.cmd",
        "sasl.kerberos.min.time.before.relogin",
        "sasl.kerberos.service.name",
        "sasl.mechanism",
        "sasl.oauthbearer.client.credentials.client.id",
        "sasl.oauthbearer.client.credentials.client.secret",
        "sasl.oauthbearer.jwt.retriever.class",
        "sasl.oauthbearer.scope",
        "sasl.oauthbearer.sub.claim.name",
        "sasl.oauthbearer.token.endpoint.url",
    }
    | {
        f"sasl.oauthbearer.assertion.{name}"
        for name in (
            "algorithm",
            "claim.aud",
            "claim.exp.seconds",
            "claim.iss",
            "claim.jti.include",
            "claim.nbf.seconds",
            "claim.sub",
            "file",
            "private.key.file",
            "private.key.passphrase",
        )
    }
)
"""Java's names this module answers for."""


def translate_sasl(draft: Draft) -> None:
    """Write the settings for logging in; nothing when ``security.protocol`` uses no SASL.

    Raises:
        ConfigError: A mechanism or login module that librdkafka cannot do, or a value is missing.
    """
    if not (draft.text("security.protocol") or "").lower().startswith("sasl_"):
        return
    mechanism = (draft.text("sasl.mechanism") or draft.text("sasl.mechanisms") or "GSSAPI").upper()
    if mechanism not in _MECHANISMS:
        key = "sasl.mechanism"
        raise draft.wrong(key, f"librdkafka offers {', '.join(_MECHANISMS)}; use one of them.")
    draft.settings["sasl.mechanism"] = mechanism
    jaas = draft.text("sasl.jaas.config")
    module = _login_module(draft, jaas, mechanism) if jaas is not None else None
    _WRITERS[mechanism](draft, module)


def _login_module(draft: Draft, jaas: str, mechanism: str) -> LoginModule:
    try:
        module = parse_jaas_config(jaas)
    except ConfigError as error:
        raise ConfigError(
            error.message.replace("sasl.jaas.config", draft.written("sasl.jaas.config"), 1)
        ) from None
    allowed = _MODULES.get(module.simple_name)
    if allowed is None:
        message = (
            f"{draft.written('sasl.jaas.config')}: login module {module.name} has no counterpart; "
            f"use one of {', '.join(_MODULES)}."
        )
        raise ConfigError(message)
    if mechanism not in allowed:
        message = (
            f"{draft.written('sasl.jaas.config')}: {module.simple_name} belongs to mechanism "
            f"{' or '.join(allowed)}, but {draft.written('sasl.mechanism')} is {mechanism}; "
            f"set it to {allowed[0]} or use another login module."
        )
        raise ConfigError(message)
    return module


def _write_password(draft: Draft, module: LoginModule | None) -> None:
    options = module.options if module is not None else {}
    if options.get("tokenauth", "").lower() == "true":
        message = (
            f"{draft.written('sasl.jaas.config')}: tokenauth (delegation tokens) is not "
            "supported by librdkafka; log in with a user's own password."
        )
        raise ConfigError(message)
    for target, option in (("sasl.username", "username"), ("sasl.password", "password")):
        value = options.get(option) or draft.text(target)
        if not value:
            message = (
                f"{draft.written('sasl.jaas.config')} has no {option}, which "
                f'{draft.settings["sasl.mechanism"]} needs; add {option}="…".'
            )
            raise ConfigError(message)
        draft.settings[target] = value


def _write_oauth(draft: Draft, module: LoginModule | None) -> None:
    options = module.options if module is not None else {}
    extensions = {
        name.removeprefix("extension_"): value
        for name, value in options.items()
        if name.startswith("extension_")
    }
    if _UNSECURED in options:
        pairs = [f"principal={options[_UNSECURED]}"]
        pairs += [f"extension_{name}={value}" for name, value in extensions.items()]
        draft.settings["enable.sasl.oauthbearer.unsecure.jwt"] = "true"
        draft.settings["sasl.oauthbearer.config"] = " ".join(pairs)
        return
    if "enable.sasl.oauthbearer.unsecure.jwt" in draft.given:
        return
    draft.settings["sasl.oauthbearer.method"] = "oidc"
    if extensions:
        draft.settings["sasl.oauthbearer.extensions"] = ",".join(
            f"{name}={value}" for name, value in extensions.items()
        )
    _write_token_endpoint(draft)
    if _uses_assertion(draft):
        _write_assertion(draft)
    else:
        _write_client_credentials(draft, options)


def _write_token_endpoint(draft: Draft) -> None:
    url = draft.text("sasl.oauthbearer.token.endpoint.url")
    if url is None and "sasl.oauthbearer.metadata.authentication.type" not in draft.given:
        message = (
            f"{draft.written('sasl.oauthbearer.token.endpoint.url')} is missing; OAUTHBEARER needs "
            "the URL where the client gets its token."
        )
        raise ConfigError(message)
    if url is not None and url.lower().startswith("file:"):
        key = "sasl.oauthbearer.token.endpoint.url"
        raise draft.wrong(
            key,
            "tokens from a file are not supported by librdkafka; give an http or https URL.",
        )
    for key in ("token.endpoint.url", "scope", "sub.claim.name"):
        value = draft.text(f"sasl.oauthbearer.{key}")
        if value is not None:
            draft.settings[f"sasl.oauthbearer.{key}"] = value


def _write_client_credentials(draft: Draft, options: dict[str, str]) -> None:
    for option, target in (("clientId", "client.id"), ("clientSecret", "client.secret")):
        value = (
            draft.text(f"sasl.oauthbearer.client.credentials.{target}")
            or draft.text(f"sasl.oauthbearer.{target}")
            or options.get(option)
        )
        if value is not None:
            draft.settings[f"sasl.oauthbearer.{target}"] = value
    if "scope" in options:
        draft.settings.setdefault("sasl.oauthbearer.scope", options["scope"])


def _uses_assertion(draft: Draft) -> bool:
    retriever = draft.text("sasl.oauthbearer.jwt.retriever.class") or ""
    simple = retriever.rpartition(".")[2]
    if simple not in {
        "",
        "DefaultJwtRetriever",
        "ClientCredentialsJwtRetriever",
        "JwtBearerJwtRetriever",
    }:
        key = "sasl.oauthbearer.jwt.retriever.class"
        raise draft.wrong(
            key,
            "librdkafka fetches tokens by client credentials or by JWT assertion only; "
            "use ClientCredentialsJwtRetriever or JwtBearerJwtRetriever.",
        )
    return simple == "JwtBearerJwtRetriever"


def _write_assertion(draft: Draft) -> None:
    draft.settings["sasl.oauthbearer.grant.type"] = _JWT_BEARER
    for key in SASL_KEYS:
        value = draft.text(key)
        if key.startswith("sasl.oauthbearer.assertion.") and value is not None:
            draft.settings[key] = value


def _write_kerberos(draft: Draft, module: LoginModule | None) -> None:
    options = module.options if module is not None else {}
    service = draft.text("sasl.kerberos.service.name") or options.get("serviceName")
    if service is not None:
        draft.settings["sasl.kerberos.service.name"] = service
    for option, target in (("principal", "principal"), ("keyTab", "keytab")):
        value = options.get(option)
        if value is None:
            continue
        if not _SAFE_IN_SHELL.fullmatch(value):
            message = (
                f"{draft.written('sasl.jaas.config')}: {option} has characters that kinit's "
                "command line does not allow; use letters, digits and @ % + = : , . / _ - only."
            )
            raise ConfigError(message)
        draft.settings[f"sasl.kerberos.{target}"] = value
    _write_kinit(draft, with_keytab="keyTab" in options)


def _write_kinit(draft: Draft, *, with_keytab: bool) -> None:
    relogin = "sasl.kerberos.min.time.before.relogin"
    if not with_keytab and "sasl.kerberos.keytab" not in draft.given:
        draft.settings[relogin] = "0"  # the ticket cache is somebody else's to renew
        return
    wait_ms = draft.integer(relogin)
    if wait_ms is not None:
        draft.put_number(relogin, wait_ms, relogin)
    program = draft.text("sasl.kerberos.kinit.cmd")
    if program is not None:
        quoted = shlex.quote(program)  # Java takes a path here, librdkafka a line for the shell
        login = '-t "%{sasl.kerberos.keytab}" -k %{sasl.kerberos.principal}'
        draft.settings["sasl.kerberos.kinit.cmd"] = f"{quoted} -R {login} || {quoted} {login}"


_WRITERS: dict[str, Callable[[Draft, LoginModule | None], None]] = {
    "GSSAPI": _write_kerberos,
    "OAUTHBEARER": _write_oauth,
    "PLAIN": _write_password,
    "SCRAM-SHA-256": _write_password,
    "SCRAM-SHA-512": _write_password,
}
