# SPDX-License-Identifier: Apache-2.0
"""Tokens for logging in with OAUTHBEARER: fetched with client credentials, or made up for tests.

Source:
    RFC 6749 section 4.4 (client credentials), RFC 7628 (OAUTHBEARER), KIP-255, KIP-768.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping

from barnabas.errors import ConnectError, RetriableError

__all__ = ["TokenSource"]

_TIMEOUT_S = 5.0
_LIFETIME_S = 3600.0
_USED_SHARE = 0.8
"""A token is used for this share of its life, then a new one is fetched."""


class TokenSource:
    """Gives tokens, each used again while it is good.

    Blocks while it fetches one, at most a few seconds. One thread at a time.

    Args:
        options: librdkafka's ``sasl.oauthbearer.*`` settings.
        now: Seconds since the epoch.
    """

    def __init__(self, options: Mapping[str, str], now: Callable[[], float] = time.time) -> None:
        self._options = options
        self._now = now
        self._token = ""
        self._good_until = 0.0

    def first_message(self) -> bytes:
        """Make what a client sends to log in.

        Raises:
            RetriableError: The endpoint did not answer.
            ConnectError: It gave no token.
        """
        if self._now() >= self._good_until:
            self._token, lifetime_s = self._new_token()
            self._good_until = self._now() + lifetime_s * _USED_SHARE
        extensions = "".join(f"\x01{name}={value}" for name, value in self._extensions().items())
        return f"n,,\x01auth=Bearer {self._token}{extensions}\x01\x01".encode()

    def _extensions(self) -> dict[str, str]:
        given = self._options.get("sasl.oauthbearer.extensions", "")
        pairs = dict(item.split("=", 1) for item in given.split(",") if "=" in item)
        made_up = _pairs(self._options.get("sasl.oauthbearer.config", ""))
        return pairs | {
            name.removeprefix("extension_"): value
            for name, value in made_up.items()
            if name.startswith("extension_")
        }

    def _new_token(self) -> tuple[str, float]:
        made_up = self._options.get("sasl.oauthbearer.config")
        if made_up is not None:
            return self._unsecured(_pairs(made_up).get("principal", "")), _LIFETIME_S
        return self._fetched()

    def _unsecured(self, principal: str) -> str:
        """Make a token without a signature, which only brokers for tests accept."""
        now = int(self._now())
        claims = {"sub": principal, "iat": now, "exp": now + int(_LIFETIME_S)}
        return f"{_part({'alg': 'none'})}.{_part(claims)}."

    def _fetched(self) -> tuple[str, float]:
        url = self._options["sasl.oauthbearer.token.endpoint.url"]
        form = {"grant_type": "client_credentials"}
        if "sasl.oauthbearer.scope" in self._options:
            form["scope"] = self._options["sasl.oauthbearer.scope"]
        names = ("sasl.oauthbearer.client.id", "sasl.oauthbearer.client.secret")
        pair = ":".join(self._options.get(name, "") for name in names)
        request = urllib.request.Request(  # noqa: S310 - the scheme is checked with the settings
            url,
            urllib.parse.urlencode(form).encode(),
            {
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Accept": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - as above
                return _token_of(answer.read(), url)
        except urllib.error.HTTPError as error:
            message = (
                f"The token endpoint {url} refused to give a token: {error.code} {error.reason}; "
                "check sasl.oauthbearer.client.credentials.* and sasl.oauthbearer.scope"
            )
            raise ConnectError(message) from None
        except OSError as error:
            message = f"The token endpoint {url} does not answer: {error}"
            raise RetriableError(message) from None


def _pairs(text: str) -> dict[str, str]:
    return dict(item.split("=", 1) for item in text.split() if "=" in item)


def _part(value: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _token_of(body: bytes, url: str) -> tuple[str, float]:
    try:
        answer = json.loads(body)
        return str(answer["access_token"]), float(answer.get("expires_in", _LIFETIME_S))
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        message = f"The token endpoint {url} answered without an access_token"
        raise ConnectError(message) from None
