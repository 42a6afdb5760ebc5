# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that answers what a test tells it to, for what no registry does on demand."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, NamedTuple, Self

__all__ = ["Asked", "ScriptedRegistry", "Told"]


class Asked(NamedTuple):
    """A request that came."""

    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: Any


class Told(NamedTuple):
    """An answer to give."""

    status: int
    body: Any = None
    """Bytes as they are, else JSON."""
    headers: Mapping[str, str] = MappingProxyType({})
    delay_s: float = 0.0


class ScriptedRegistry:
    """Answers on a port of loopback; a context manager.

    Args:
        answer: Called with each request, in a thread of its own.
        port: Where to listen; any free port when 0.
        tls: What to speak TLS with, if at all.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Told],
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.asked: list[Asked] = []
        """All requests so far."""
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                content = self.rfile.read(length)
                headers = {name.lower(): value for name, value in self.headers.items()}
                is_json = "json" in headers.get("content-type", "")
                body = json.loads(content) if is_json else content
                asked = Asked(self.command, self.path, headers, body)
                scripted.asked.append(asked)
                told = answer(asked)
                time.sleep(told.delay_s)
                raw = told.body if isinstance(told.body, bytes) else json.dumps(told.body).encode()
                try:
                    self.send_response(told.status)
                    for name, value in told.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(raw)))
                    self.end_headers()
                    self.wfile.write(raw)
                except OSError:  # the client has gone
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - names of the library

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._scheme = "http"
        if tls is not None:
            self._scheme = "https"
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_address[1]

    @property
    def url(self) -> str:
        """Address for ``schema.registry.url``."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """Method and path of all requests so far."""
        return [f"{each.method} {each.path}" for each in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop answering; the port refuses connections then. May be called twice."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
