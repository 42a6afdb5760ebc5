# SPDX-License-Identifier: Apache-2.0
"""Calls from web pages of other origins, as ``access.control.allow.*`` permit them.

Source:
    Fetch standard, *CORS protocol*; Jetty ``CrossOriginHandler`` as Kafka Connect configures it.
"""

from __future__ import annotations

import fnmatch
import re

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
            origins: Patterns of origins, separated by commas; ``*`` stands for any text.
            methods: Methods, separated by commas; GET, POST and HEAD when empty.
        """
        self._app = app
        patterns = [part.strip() for part in origins.split(",") if part.strip()]
        self._any = "*" in patterns
        self._origin = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))
        allowed = [part.strip() for part in (methods.strip() or _DEFAULT_METHODS).split(",")]
        self._methods = ",".join(allowed).encode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        origin = header(scope, b"origin")
        if origin is not None and self._allows(origin):
            preflight = scope["method"] == "OPTIONS" and (
                header(scope, b"access-control-request-method") is not None
            )
            added = self._headers(origin, header(scope, b"access-control-request-headers"))
            added = added if preflight else added[:2]

            def add(message: Message) -> None:
                message["headers"] = [*message["headers"], *added]

            send = changing_start(send, add)
        await self._app(scope, receive, send)

    def _allows(self, origin: bytes) -> bool:
        return self._any or self._origin.fullmatch(origin.decode("latin-1")) is not None

    def _headers(self, origin: bytes, wanted_headers: bytes | None) -> list[Header]:
        return [
            (b"access-control-allow-origin", origin),
            (b"vary", b"Origin"),
            (b"access-control-allow-methods", self._methods),
            (b"access-control-allow-headers", wanted_headers or b"*"),
            (b"access-control-max-age", _MAX_AGE_S),
        ]
