# SPDX-License-Identifier: Apache-2.0
"""uvicorn, made a guest of the worker's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator

import uvicorn

from barnabas.rest.asgi import ASGIApp

__all__ = ["HttpServer"]

_KEEP_ALIVE_S = 90
_STOP_S = 5
"""Time requests have to finish when the worker stops."""


class HttpServer(uvicorn.Server):
    """A server without signal handlers of its own, in a loop that is not its own."""

    def __init__(self, app: ASGIApp, tls: ssl.SSLContext | None) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_S,
                timeout_graceful_shutdown=_STOP_S,
                ssl_context_factory=None if tls is None else lambda *_: tls,
            )
        )
        self.has_started = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the command."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        self.has_started.set()
