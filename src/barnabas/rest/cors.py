# SPDX-License-Identifier: Apache-2.0
"""Calls from web pages of other origins, as ``access.control.allow.*`` permit them.

Source:
    Fetch standard, *CORS protocol*; Jetty 12 ``CrossOriginHandler`` as Kafka Connect configures it.
"""

from __future__ import annotations

import re

from barnabas.errors import ConfigError
from barnabas.rest.asgi import (
    ASGIApp,
    Header,
    Message,
    Receive,
    Scope,
    Send,
    changing_start,
    header,
)

__all__ = ["Cors"]

_DEFAULT_METHODS = "GET,POST,HEAD"
_MAX_AGE_S = b"60"


class Cors:
    """Adds the headers that let a browser hand the answer to the page.

    Preflight requests go on to the resources as well, as Java lets them.
    """

    def __init__(self, app: ASGIApp, origins: str, methods: str) -> None:
        """Take the settings.

        Args:
            app: What answers.
            origins: Regular expressions, separated by commas, one of which must match the whole
                origin, in any case; ``*`` alone is any origin.
            methods: Methods, separated by commas; GET, POST and HEAD when empty.

        Raises:
            ConfigError: A pattern is no regular expression.
        """
        self._app = app
        patterns = [part.strip() for part in origins.split(",") if part.strip()]
        self._any = "*" in patterns
        self._origins = [] if self._any else [_compiled(pattern) for pattern in patterns]
        allowed = [part.strip() for part in (methods.strip() or _DEFAULT_METHODS).split(",")]
        self._permitted: list[Header] = [
            (b"access-control-allow-methods", ",".join(allowed).encode("latin-1")),
            (b"access-control-allow-headers", b"Content-Type"),
            (b"access-control-max-age", _MAX_AGE_S),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        added: list[Header] = [(b"vary", b"Origin")]
        origin = header(scope, b"origin")
        if origin is not None and self._allows(origin):
            added.append((b"access-control-allow-origin", origin))
            if scope["method"] == "OPTIONS" and (
                header(scope, b"access-control-request-method") is not None
            ):
                added += self._permitted

        def add(message: Message) -> None:
            message["headers"] = [*message["headers"], *added]

        await self._app(scope, receive, changing_start(send, add))

    def _allows(self, origin: bytes) -> bool:
        text = origin.decode("latin-1")
        return self._any or any(pattern.fullmatch(text) for pattern in self._origins)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        message = (
            f"access.control.allow.origin: '{pattern}' is no regular expression ({error}); write "
            r"for instance https://.*\.example\.com, or * for any origin"
        )
        raise ConfigError(message) from error
