# SPDX-License-Identifier: Apache-2.0
"""One log line per request, in the extended NCSA format with the duration in ms at its end.

Differs:
    Java's worker logs all requests at INFO. Here polls of ``/health`` that find the worker healthy
    are at DEBUG, since an orchestrator sends them every few seconds for ever.
"""

from __future__ import annotations

import datetime
import logging
import time

from barnabas.rest.asgi import ASGIApp, Message, Receive, Scope, Send, header

__all__ = ["AccessLog"]

_log = logging.getLogger(__name__)


class AccessLog:
    """Logs at INFO; silence it by setting the level of ``barnabas.rest.access_log``.

    At DEBUG it logs healthy answers to polls of the health too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if not _log.isEnabledFor(logging.INFO):
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status, sent = 0, 0

        async def watched(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                sent += len(message["body"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            took_ms = round((time.perf_counter() - began) * 1000)
            level = logging.DEBUG if _is_routine(scope, status) else logging.INFO
            if _log.isEnabledFor(level):
                _log.log(level, "%s", _line(scope, status, sent, took_ms))


def _is_routine(scope: Scope, status: int) -> bool:
    """Whether somebody looked whether the worker is healthy, and it is."""
    return status == 200 and scope["method"] in {"GET", "HEAD"} and scope["path"] == "/health"


def _line(scope: Scope, status: int, sent: int, took_ms: int) -> str:
    client = scope.get("client")
    host = client[0] if client else "-"
    now = datetime.datetime.now(datetime.UTC)
    target = (scope.get("raw_path") or b"").decode("latin-1")
    if scope["query_string"]:
        target += "?" + scope["query_string"].decode("latin-1")
    referer = (header(scope, b"referer") or b"-").decode("latin-1")
    agent = (header(scope, b"user-agent") or b"-").decode("latin-1")
    request = f"{scope['method']} {target} HTTP/{scope['http_version']}"
    moment = f"{now:%d/%b/%Y:%H:%M:%S +0000}"
    return f'{host} - - [{moment}] "{request}" {status} {sent} "{referer}" "{agent}" {took_ms}'
