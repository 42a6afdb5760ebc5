# SPDX-License-Identifier: Apache-2.0
"""Addresses that Java's server refuses, so that a connector has one address only.

An encoded slash, percent sign or backslash, an empty segment, encoded dots, control characters and
broken percent codes get a 400. What follows a semicolon in a segment is no part of a name.

Source:
    Jetty ``UriCompliance`` and ``ServletContextRequest``; JAX-RS matrix parameters.
"""

from __future__ import annotations

import re
import urllib.parse

from barnabas.rest.asgi import ASGIApp, Receive, Scope, Send, error_body, respond

__all__ = ["UriRules"]

_REFUSED = re.compile(
    rb"(?P<separator>%2[fF])"
    rb"|(?P<empty>//)"
    rb"|(?P<encoding>%25|%(?![0-9a-fA-F]{2}))"
    rb"|(?P<dots>/(?:\.|%2[eE])*%2[eE](?:\.|%2[eE])*(?=/|$))"
    rb"|(?P<character>%5[cC]|\\|%[01][0-9a-fA-F]|%7[fF])"
)
_REASONS = {
    "separator": "Ambiguous URI path separator: an encoded slash (%2F) cannot be in a name",
    "empty": "Ambiguous URI empty segment: two slashes follow each other",
    "encoding": "Ambiguous URI path encoding: %25 or a % without two hex digits",
    "dots": "Ambiguous URI path segment: encoded dots",
    "character": "Suspicious path character: an encoded backslash or control character",
}
_MATRIX_PARAMETERS = re.compile(rb";[^/]*")
_JSON = [(b"content-type", b"application/json")]


class UriRules:
    """Refuses odd addresses; lets the application see HEAD as GET (the server drops the body)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        refused = _REFUSED.search(raw)
        if refused is not None:
            reason = _REASONS[str(refused.lastgroup)]
            await respond(send, 400, error_body(400, reason), _JSON)
            return
        if scope["method"] == "HEAD" or b";" in raw:
            path = urllib.parse.unquote(_MATRIX_PARAMETERS.sub(b"", raw))
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            scope = {**scope, "method": method, "path": path or "/"}
        await self._app(scope, receive, send)
