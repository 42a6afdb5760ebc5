# SPDX-License-Identifier: Apache-2.0
"""uvicorn, made a guest of the worker's event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
import ssl
import time
from collections.abc import Callable, Iterator

import uvicorn

from barnabas.rest.asgi import ASGIApp

__all__ = ["HttpServer", "Seldom"]

_KEEP_ALIVE_S = 90
_QUIET_S = 30.0
_STOP_S = 5
"""Time requests have to finish when the worker stops."""


class Seldom(logging.Filter):
    """Lets what is no HTTP be told of once in a while: a stranger may send it without end.

    Args:
        clock: Tells the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._next_s = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a record is to be logged."""
        if not record.getMessage().startswith("Invalid HTTP request"):
            return True
        if self._clock() < self._next_s:
            return False
        self._next_s = self._clock() + _QUIET_S
        return True


logging.getLogger("uvicorn.error").addFilter(Seldom())


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
