# SPDX-License-Identifier: Apache-2.0
"""Who asks the registry: the headers that say so.

Source:
    Reference page *Schema Registry*, section 3; RFC 7617 (basic), RFC 6750 (bearer), RFC 6749
    section 4.4 (client credentials).
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from barnabas.config import Password
from barnabas.config.jaas import parse_jaas_config
from barnabas.errors import ConfigError, RegistryAccessError, RegistryUnavailableError
from barnabas.registry.addresses import Address
from barnabas.registry.backoff import is_retriable
from barnabas.registry.connection_settings import ConnectionConfig

__all__ = ["Login", "PostForm", "is_header_text", "make_login"]

_log = logging.getLogger(__name__)

_DEFAULT_LIFETIME_S: Final = 300.0


class PostForm(Protocol):
    """Sends a form; returns status and body."""

    def __call__(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Send it. Raises OSError when there is no answer."""


class Login:
    """Makes the headers of requests. This one makes those of basic authentication, or none."""

    def __init__(self, user_info: str = "") -> None:
        self._user_info = user_info

    def headers(self, address: Address) -> dict[str, str]:
        """Make the headers for an address; may block while a token is fetched.

        Raises:
            RegistryUnavailableError: No token can be had at the moment.
            RegistryAccessError: The client may not have a token.
        """
        user_info = self._user_info or address.user_info
        if not user_info:
            return {}
        return {"Authorization": f"Basic {_base64(user_info)}"}

    def renew(self) -> bool:
        """Forget what the registry refused; tells whether trying again makes sense."""
        return False


class _StaticToken(Login):
    def __init__(self, token: str, extra: Mapping[str, str]) -> None:
        super().__init__()
        self._headers = {"Authorization": f"Bearer {token}", **extra}

    def headers(self, address: Address) -> dict[str, str]:
        return dict(self._headers)


class _FetchedToken(Login):
    """Fetches tokens with client credentials and uses each until shortly before its end."""

    def __init__(
        self,
        settings: ConnectionConfig,
        extra: Mapping[str, str],
        post: PostForm,
        now: Callable[[], float],
    ) -> None:
        super().__init__()
        self._url = _required(settings.bearer_auth_issuer_endpoint_url, "issuer.endpoint.url")
        client = _required(settings.bearer_auth_client_id, "client.id")
        secret = settings.bearer_auth_client_secret
        self._credentials = f"{client}:{_required(_plain(secret), 'client.secret')}"
        self._form = {"grant_type": "client_credentials"}
        if settings.bearer_auth_scope:
            self._form["scope"] = settings.bearer_auth_scope
        self._buffer_s = settings.bearer_auth_cache_expiry_buffer_seconds
        self._extra = dict(extra)
        self._post = post
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def headers(self, address: Address) -> dict[str, str]:
        with self._lock:
            if not self._token or self._now() >= self._good_until:
                self._token, lifetime_s = self._fetch()
                self._good_until = self._now() + max(lifetime_s - self._buffer_s, lifetime_s / 2)
            return {"Authorization": f"Bearer {self._token}", **self._extra}

    def renew(self) -> bool:
        with self._lock:
            self._token = ""
        return True

    def _fetch(self) -> tuple[str, float]:
        headers = {
            "Authorization": f"Basic {_base64(self._credentials)}",
            "Accept": "application/json",
        }
        try:
            status, body = self._post(self._url, self._form, headers)
        except OSError as error:
            message = f"The token endpoint {self._url} does not answer: {error}"
            raise RegistryUnavailableError(message) from error
        if status != 200:
            message = (
                f"The token endpoint {self._url} refused to give a token with {status}; check "
                "bearer.auth.client.id, bearer.auth.client.secret and bearer.auth.scope"
            )
            kind = RegistryUnavailableError if is_retriable(status) else RegistryAccessError
            raise kind(message, status=status)
        return _token_in(body, self._url)


def make_login(
    settings: ConnectionConfig, post: PostForm, now: Callable[[], float] = time.monotonic
) -> Login:
    """Choose how requests say who asks.

    Args:
        settings: Settings of the client.
        post: Sends forms, for fetching tokens.
        now: Seconds of a clock that never goes back.

    Raises:
        ConfigError: Settings are missing or contradict each other.
    """
    bearer = settings.bearer_auth_credentials_source
    if not bearer:
        return Login(_user_info(settings))
    if settings.originals.get("basic.auth.credentials.source"):
        message = (
            "Only one of basic.auth.credentials.source and bearer.auth.credentials.source may be "
            "set; remove one of them"
        )
        raise ConfigError(message)
    if bearer == "OAUTHBEARER":
        return _FetchedToken(settings, _extra_headers(settings), post, now)
    token = _required(_plain(settings.bearer_auth_token), "token").strip()
    if not is_header_text(token):
        message = (
            "Invalid value for configuration bearer.auth.token: it holds a character that no token "
            "has, such as a line break"
        )
        raise ConfigError(message)
    return _StaticToken(token, _extra_headers(settings))


def is_header_text(text: str) -> bool:
    """Tell whether a header of a request can hold a text: printable ASCII."""
    return text.isascii() and text.isprintable()


def _user_info(settings: ConnectionConfig) -> str:
    source = settings.basic_auth_credentials_source
    written = settings.basic_auth_user_info.value
    if source == "URL":
        if written:
            _log.warning(
                "basic.auth.user.info is not used, because basic.auth.credentials.source is URL; "
                "set that to USER_INFO to log in to the Schema Registry with it"
            )
        return ""
    if source == "USER_INFO":
        if ":" not in written:
            message = (
                "Invalid value for configuration basic.auth.user.info: it must be name:password "
                "because basic.auth.credentials.source is USER_INFO"
            )
            raise ConfigError(message)
        return written
    return _inherited(settings)


def _inherited(settings: ConnectionConfig) -> str:
    text = settings.sasl_jaas_config
    options = parse_jaas_config(text.value).options if text else {}
    if not {"username", "password"} <= set(options):
        message = (
            "sasl.jaas.config must have a login module with username and password, because "
            "basic.auth.credentials.source is SASL_INHERIT"
        )
        raise ConfigError(message)
    return f"{options['username']}:{options['password']}"


def _extra_headers(settings: ConnectionConfig) -> dict[str, str]:
    wanted = {
        "target-sr-cluster": settings.bearer_auth_logical_cluster,
        "Confluent-Identity-Pool-Id": settings.bearer_auth_identity_pool_id,
    }
    for value in wanted.values():
        if value and not is_header_text(value):
            message = (
                f"Invalid value {value} for bearer.auth.logical.cluster or "
                "bearer.auth.identity.pool.id: use printable ASCII characters"
            )
            raise ConfigError(message)
    return {name: value for name, value in wanted.items() if value}


def _required(value: str | None, name: str) -> str:
    if not value:
        message = (
            f'Missing required configuration "bearer.auth.{name}", which '
            "bearer.auth.credentials.source needs"
        )
        raise ConfigError(message)
    return value


def _plain(password: Password | None) -> str | None:
    return None if password is None else password.value


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _token_in(body: bytes, url: str) -> tuple[str, float]:
    try:
        answer: Any = json.loads(body)
        return str(answer["access_token"]), float(answer.get("expires_in") or _DEFAULT_LIFETIME_S)
    except (ValueError, TypeError, KeyError, AttributeError):
        message = (
            f"The token endpoint {url} answered with something that holds no token; check that "
            "bearer.auth.issuer.endpoint.url is the address tokens are fetched from"
        )
        raise RegistryAccessError(message) from None
