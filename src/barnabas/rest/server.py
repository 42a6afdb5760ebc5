# SPDX-License-Identifier: Apache-2.0
"""Listening: opens the sockets first, serves later, ends without losing answers.

Sockets are opened before anything else, because the port is part of the worker's id and a port in
use should stop the worker at once. Requests that come before :meth:`RestServer.serve` wait.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from barnabas.errors import ConfigError, DeadlineError
from barnabas.rest.access_log import AccessLog
from barnabas.rest.asgi import ASGIApp
from barnabas.rest.basic_auth import EXTENSION_CLASS, BasicAuth, load_users
from barnabas.rest.cors import Cors
from barnabas.rest.header_rules import HeaderRules
from barnabas.rest.listeners import Listener, advertised_address, open_socket, parse_listeners
from barnabas.rest.otlp import MetricsPush
from barnabas.rest.tls import make_tls_context
from barnabas.rest.uri_rules import UriRules
from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.herder.peers import PeerClient
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import WorkerConfig

if TYPE_CHECKING:
    from barnabas.rest.http_server import HttpServer

__all__ = ["RestServer"]

_log = logging.getLogger(__name__)

_START_S = 30.0
"""Time the web server has to take its first request; it needs milliseconds."""

_REJOIN_S = 2.0
"""Time the members that are left need to choose a leader."""


class RestServer:
    """The REST API of a worker. All methods on the event loop, :meth:`open` before it or on it.

    Args:
        config: The worker's settings.
        environ: Environment variables, for the basic auth extension.
    """

    def __init__(self, config: WorkerConfig, environ: Mapping[str, str]) -> None:
        self._config = config
        self._environ = environ
        self._props = {key: str(value) for key, value in config.originals.items()}
        self._endpoints: list[_Endpoint] = []
        self._servers: list[HttpServer] = []
        self._serving: list[asyncio.Task[None]] = []
        self._address: tuple[str, str, int] | None = None
        self._users: dict[str, str] | None = None
        self._push: MetricsPush | None = None

    def open(self) -> None:
        """Open all sockets and read what TLS and extensions need.

        Raises:
            ConfigError: A setting is wrong, a file cannot be read, or an address is in use.
        """
        self._users = self._load_extensions()
        self._push = MetricsPush.of(self._props)
        listeners = parse_listeners("listeners", self._config.listeners)
        admin = parse_listeners("admin.listeners", self._config.admin_listeners or [])
        try:
            self._open_all(listeners, "listeners.https.", is_admin=False)
            self._address = advertised_address(
                self._config, listeners, [endpoint.port for endpoint in self._endpoints]
            )
            self._open_all(admin, "admin.listeners.https.", is_admin=True)
        except ConfigError:
            self.close()
            raise

    def close(self) -> None:
        """Close the sockets of a server that never served."""
        for endpoint in self._endpoints:
            endpoint.socket.close()

    @property
    def worker_id(self) -> str:
        """``host:port`` others know this worker by; after :meth:`open`."""
        _, host, port = self._opened()
        return f"{host}:{port}"

    @property
    def advertised_url(self) -> str:
        """Address others know this worker by, with a slash at its end; after :meth:`open`."""
        protocol, host, port = self._opened()
        return f"{protocol}://{f'[{host}]' if ':' in host else host}:{port}/"

    @property
    def urls(self) -> list[str]:
        """The addresses listened on, with the ports really used; after :meth:`open`."""
        return [str(endpoint.listener) for endpoint in self._endpoints]

    async def serve(
        self,
        herder: Herder,
        peers: PeerClient | None = None,
        *,
        peer_patience_s: float | None = None,
    ) -> None:
        """Begin to answer; returns when requests are taken.

        The web framework is imported here, so that what is wrong with the settings is said before.

        Args:
            herder: Answers.
            peers: Asks other workers what the herder leaves to them; None when there are none.
            peer_patience_s: Time after which a worker that cannot be reached, but is still a member
                of the group, is taken for one whose address is wrong; when None, a little more than
                members need to notice that one died.

        Raises:
            ConfigError: A setting of what wraps the API (CORS, headers) is wrong.
            DeadlineError: The web server did not begin to serve within 30 s.
        """
        from barnabas.rest.application import make_application
        from barnabas.rest.context import RestContext
        from barnabas.rest.http_server import HttpServer

        if peer_patience_s is None:
            peer_patience_s = _until_missed_s(self._config)
        context = RestContext(herder, peers, peer_patience_s=peer_patience_s)
        has_own_admin = self._config.admin_listeners is not None
        main = make_application(context, admin=not has_own_admin)
        apps = {False: self._wrapped(main)}
        if any(endpoint.is_admin for endpoint in self._endpoints):
            admin = make_application(context, resources=False)
            apps[True] = AccessLog(UriRules(admin))
        for endpoint in self._endpoints:
            server = HttpServer(apps[endpoint.is_admin], endpoint.tls)
            self._servers.append(server)
            self._serving.append(asyncio.create_task(server.serve(sockets=[endpoint.socket])))
        try:
            async with asyncio.timeout(_START_S):
                await asyncio.gather(*(server.has_started.wait() for server in self._servers))
        except TimeoutError as error:
            message = (
                f"The REST API did not begin to serve at {', '.join(self.urls)} in {_START_S:g} s"
            )
            raise DeadlineError(message) from error
        if self._push is not None:
            self._push.start(herder.metrics, self.worker_id)
        _log.info("REST API is at %s (worker id %s)", ", ".join(self.urls), self.worker_id)

    async def stop(self) -> None:
        """Take no more requests; those that run have 5 s to finish."""
        if self._push is not None:
            await self._push.stop()
        for server in self._servers:
            server.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)
        self.close()

    def _open_all(self, listeners: Sequence[Listener], prefix: str, *, is_admin: bool) -> None:
        needs_tls = any(listener.protocol == "https" for listener in listeners)
        tls = make_tls_context(self._props, prefix) if needs_tls else None
        for listener in listeners:
            used = tls if listener.protocol == "https" else None
            self._endpoints.append(_Endpoint(listener, open_socket(listener), used, is_admin))

    def _wrapped(self, app: ASGIApp) -> ASGIApp:
        config = self._config
        app = UriRules(app)
        if self._users is not None:
            app = BasicAuth(app, self._users)
        if config.access_control_allow_origin.strip():
            methods = config.access_control_allow_methods
            app = Cors(app, config.access_control_allow_origin, methods)
        if config.response_http_headers_config.strip():
            app = HeaderRules(app, config.response_http_headers_config)
        return AccessLog(app)

    def _load_extensions(self) -> dict[str, str] | None:
        users = None
        for name in self._config.rest_extension_classes:
            if name not in (EXTENSION_CLASS, EXTENSION_CLASS.rpartition(".")[2]):
                message = (
                    f"rest.extension.classes names {name}, which is not known here; the one there "
                    f"is: {EXTENSION_CLASS}"
                )
                raise ConfigError(message)
            users = load_users(self._environ)
        return users

    def _opened(self) -> tuple[str, str, int]:
        assert self._address is not None, "open() comes first"
        return self._address


def _until_missed_s(config: WorkerConfig) -> float:
    """Seconds after which a worker that died is surely no member of the group any more."""
    if not isinstance(config, DistributedConfig):
        return 0.0
    return (config.session_timeout_ms + config.heartbeat_interval_ms) / 1000 + _REJOIN_S


class _Endpoint:
    """A socket with what it is for."""

    def __init__(
        self, listener: Listener, opened: socket.socket, tls: ssl.SSLContext | None, is_admin: bool
    ) -> None:
        self.port: int = opened.getsockname()[1]
        self.listener = Listener(listener.protocol, listener.host, self.port)
        self.socket = opened
        self.tls = tls
        self.is_admin = is_admin
