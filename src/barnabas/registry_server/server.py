# SPDX-License-Identifier: Apache-2.0
"""Listening: the socket first, then the log, then answers."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket

from barnabas.errors import ConfigError, DeadlineError
from barnabas.registry_server.logs import SchemaLog
from barnabas.registry_server.registry import Registry

__all__ = ["RegistryServer", "open_socket"]

_BACKLOG = 1024
_LAST_PORT = 65_535
_START_S = 30.0
_log = logging.getLogger(__name__)


def open_socket(host: str, port: int) -> socket.socket:
    """Bind and listen; clients who come early wait.

    Raises:
        ConfigError: The address is in use, not of this machine, or needs more rights.
    """
    if not 0 <= port <= _LAST_PORT:
        message = (
            f"Cannot listen on {host}:{port}: a port is a number from 0 to {_LAST_PORT}; correct "
            "--port"
        )
        raise ConfigError(message)
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _refused(host, port, error) from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.bind(address)
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise _refused(host, port, error) from error
    return opened


def _refused(host: str, port: int, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        advice = "another program listens there; stop it or choose another port with --port"
    elif error.errno == errno.EACCES:
        advice = "ports below 1024 need more rights; choose a higher one with --port"
    else:
        advice = "the host must be an address of this machine; correct --host"
    return ConfigError(f"Cannot listen on {host}:{port}: {error} - {advice}")


class RegistryServer:
    """A registry with its REST API. All methods on one event loop.

    Args:
        log: Where the registry keeps its records.
        host: Address to listen on.
        port: Port to listen on; 0 for any free one.
    """

    def __init__(self, log: SchemaLog, host: str, port: int) -> None:
        self.registry = Registry(log)
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._server: object = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Address of the API; after :meth:`start`."""
        assert self._socket is not None, "start() comes first"
        host = self._address[0]
        written = f"[{host}]" if ":" in host else host
        return f"http://{written}:{self._socket.getsockname()[1]}"

    async def start(self) -> None:
        """Open the socket, read the log and begin to answer; returns when requests are taken.

        Raises:
            ConfigError: The address or the log cannot be used; says what to change.
            DeadlineError: The web server did not begin to serve within 30 s.
        """
        self._socket = open_socket(*self._address)
        try:
            await self.registry.start()
            await self._serve(self._socket)
        except BaseException:
            await self.stop()
            raise

    async def _serve(self, opened: socket.socket) -> None:
        from barnabas.registry_server.application import make_application
        from barnabas.rest.access_log import AccessLog
        from barnabas.rest.http_server import HttpServer

        server = HttpServer(AccessLog(make_application(self.registry)), None)
        self._server = server
        self._serving = asyncio.create_task(server.serve(sockets=[opened]))
        try:
            async with asyncio.timeout(_START_S):
                await server.has_started.wait()
        except TimeoutError as error:
            message = f"The registry did not begin to serve at {self.url} in {_START_S:g} s"
            raise DeadlineError(message) from error

    async def stop(self) -> None:
        """Take no more requests; those that run have 5 s to finish. May be called twice."""
        if self._serving is not None:
            from barnabas.rest.http_server import HttpServer

            assert isinstance(self._server, HttpServer)
            self._server.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)
            self._serving = None
        if self._socket is not None:
            self._socket.close()
        await self.registry.stop()
