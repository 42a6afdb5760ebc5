# SPDX-License-Identifier: Apache-2.0
"""Addresses the REST API listens on, and the one it is known by.

Source:
    Apache Kafka ``RestServer.createConnectors``, ``RestServer.advertisedUrl``.
"""

from __future__ import annotations

import dataclasses
import errno
import re
import socket
from collections.abc import Iterable, Sequence

from barnabas.errors import ConfigError
from barnabas.runtime.settings.listeners import ListenerOptions

__all__ = ["Listener", "advertised_address", "open_socket", "parse_listeners"]

_FORM = re.compile(
    r"(?P<protocol>https?)://(?P<host>\[[0-9a-fA-F:.%]+\]|[^:/\[\]]*):(?P<port>\d+)", re.IGNORECASE
)
_BACKLOG = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Listener:
    """One address to listen on."""

    protocol: str
    """``http`` or ``https``."""
    host: str
    """Without brackets; empty for all interfaces."""
    port: int
    """0 for any free port."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}"


def parse_listeners(setting: str, values: Iterable[str]) -> list[Listener]:
    """Read ``listeners`` or ``admin.listeners``.

    Raises:
        ConfigError: An item does not have the form ``protocol://host:port``.
    """
    return [_parse(setting, value.strip()) for value in values]


def _parse(setting: str, value: str) -> Listener:
    match = _FORM.fullmatch(value)
    if match is None or int(match["port"]) > 65535:
        message = (
            f"Listener doesn't have the right format (protocol://hostname:port): {setting} has "
            f"'{value}', which should look like http://localhost:8083 or https://:8443"
        )
        raise ConfigError(message)
    return Listener(match["protocol"].lower(), match["host"].strip("[]"), int(match["port"]))


def open_socket(listener: Listener) -> socket.socket:
    """Bind and listen, so that clients who come early wait instead of failing.

    An empty host means all interfaces of IPv6 and IPv4.

    Raises:
        ConfigError: The address is in use, not of this machine, or needs more rights.
    """
    try:
        family, address = _resolve(listener)
        opened = socket.socket(family, socket.SOCK_STREAM)
    except UnicodeError as error:  # the codec of host names has no number for what is wrong
        raise _refused(listener, socket.gaierror(socket.EAI_NONAME, "no host name")) from error
    except OSError as error:
        raise _refused(listener, error) from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted sockets inherit it; asyncio's own loop would let answers wait for 40 ms.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(bool(listener.host)))
        opened.bind(address)
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise _refused(listener, error) from error
    return opened


def _resolve(listener: Listener) -> tuple[int, tuple[object, ...]]:
    if not listener.host:
        if socket.has_dualstack_ipv6():
            return socket.AF_INET6, ("::", listener.port)
        return socket.AF_INET, ("0.0.0.0", listener.port)  # noqa: S104 - asked for by the setting
    found = socket.getaddrinfo(
        listener.host, listener.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    return family, address


def _refused(listener: Listener, error: OSError) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        advice = "another program listens there; stop it or choose another port in 'listeners'"
    elif error.errno == errno.EACCES:
        advice = "ports below 1024 need more rights; choose a higher one in 'listeners'"
    elif isinstance(error, socket.gaierror):
        advice = "the host name is not known; correct it in 'listeners'"
    else:
        advice = "the host must be an address of this machine; correct it in 'listeners'"
    return ConfigError(f"Cannot listen on {listener}: {error.strerror or error} - {advice}")


def advertised_address(
    config: ListenerOptions, listeners: Sequence[Listener], ports: Sequence[int]
) -> tuple[str, str, int]:
    """Choose protocol, host and port others know this worker by.

    Args:
        config: The worker's settings.
        listeners: The listeners of the REST API.
        ports: The port each of them was given.

    Raises:
        ConfigError: ``rest.advertised.listener`` names a protocol no listener has.
    """
    wanted = (config.rest_advertised_listener or "").strip().lower()
    candidates = [wanted] if wanted else ["http", "https"]
    chosen = next(
        (
            index
            for name in candidates
            for index, one in enumerate(listeners)
            if one.protocol == name
        ),
        None,
    )
    if chosen is None:
        message = (
            f"rest.advertised.listener is {wanted}, but 'listeners' has no address with that "
            "protocol; it can be http or https"
        )
        raise ConfigError(message)
    host = config.rest_advertised_host_name or listeners[chosen].host or _own_host()
    port = config.rest_advertised_port or ports[chosen]
    return listeners[chosen].protocol, host, port


def _own_host() -> str:
    """Address of this machine, as its own name resolves; the loopback address when it does not."""
    try:
        return socket.gethostbyname(socket.gethostname())
    except OSError:
        return "127.0.0.1"
