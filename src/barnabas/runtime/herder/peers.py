# SPDX-License-Identifier: Apache-2.0
"""Asking another worker of the cluster over its REST API.

Each request has a connection of its own: one that was kept may be closed by the peer at the moment
it is used again, and then nobody knows whether the request was taken. Proxies that the environment
names are not used, redirects are not followed.

The library is imported in a thread, once there are other workers or one is asked, so that a worker
that is alone pays nothing for it and one that is not keeps answering meanwhile.

Source:
    Apache Kafka ``RestClient``; reference page *REST API*, sections 5 and 6.
"""

from __future__ import annotations

import asyncio
import dataclasses
import socket
import ssl
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from barnabas.errors import (
    DeadlineError,
    PeerError,
    PeerLostError,
    PeerUnreachableError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["PeerAnswer", "PeerClient", "PeerRequest", "connector_path"]

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""Longest answer that is read; the configurations of ten thousand connectors fit."""

_CONNECT_S = 10.0
_ADVERTISED = (
    "rest.advertised.host.name, rest.advertised.port and rest.advertised.listener of that worker"
)
_NO_IDEMPOTENCE = "it is not sent again, because it may have been carried out: look before you do"


@dataclasses.dataclass(frozen=True, slots=True)
class PeerRequest:
    """What another worker is asked."""

    method: str
    path: str
    """Percent-encoded (:func:`connector_path`), with a slash at its beginning."""
    query: str = ""
    """Encoded parameters, without the question mark."""
    body: bytes | None = None
    """Sent as it is; its type belongs into the headers."""
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclasses.dataclass(frozen=True, slots=True)
class PeerAnswer:
    """What another worker answered."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""


def connector_path(name: str, *below: str) -> str:
    """Make the path of a connector, or of what is below it, percent-encoded as addresses are."""
    return "/connectors/" + "/".join(urllib.parse.quote(part, safe="") for part in (name, *below))


class PeerClient:
    """Asks other workers. All methods on the event loop.

    Args:
        make_tls: Makes what is presented to peers with an https address and asked of them; called
            once, in a thread, before the first such request. May raise ConfigError.
    """

    def __init__(self, make_tls: Callable[[], ssl.SSLContext] = ssl.create_default_context) -> None:
        self._make_tls = make_tls
        self._clients: dict[bool, asyncio.Task[httpx.AsyncClient]] = {}

    def prepare(self, url: str) -> None:
        """Get ready, in a thread, to ask peers with an address like one; returns at once.

        What goes wrong is told when one is asked.
        """
        self._making(url).add_done_callback(lambda made: made.cancelled() or made.exception())

    async def request(self, url: str, request: PeerRequest, timeout_s: float) -> PeerAnswer:
        """Ask once and wait for the answer, whatever its status.

        Args:
            url: The peer's advertised address, ``http://host:port/``.
            request: What to ask.
            timeout_s: Time until the answer must be there.

        Raises:
            PeerUnreachableError: The peer cannot be connected to; it has not got the request.
            PeerLostError: The connection broke after the request was sent, or what came is no
                answer.
            DeadlineError: There was no answer in time after the request was sent.
            ConfigError: The TLS settings of this worker are wrong.
        """
        exchange = _Exchange(url, request)
        try:
            async with asyncio.timeout(timeout_s):
                return await exchange.run(await self._client(url))
        except TimeoutError as error:
            raise exchange.late(timeout_s) from error

    async def close(self) -> None:
        """Close what is open; requests that run end with an error."""
        making, self._clients = list(self._clients.values()), {}
        for task in making:
            if not task.done():
                task.cancel()
            elif not task.cancelled() and task.exception() is None:
                await task.result().aclose()

    async def _client(self, url: str) -> httpx.AsyncClient:
        return await asyncio.shield(self._making(url))

    def _making(self, url: str) -> asyncio.Task[httpx.AsyncClient]:
        uses_tls = url[:6].lower() == "https:"
        made = self._clients.get(uses_tls)
        if made is None or (made.done() and (made.cancelled() or made.exception())):
            make = self._make_tls if uses_tls else _no_tls
            made = asyncio.ensure_future(asyncio.to_thread(_make_client, make))
            self._clients[uses_tls] = made
        return made


class _Exchange:
    """One request and its answer; knows whether the peer can have got the request."""

    def __init__(self, url: str, request: PeerRequest) -> None:
        self._url = url
        self._request = request
        self._is_sent = False

    async def run(self, client: httpx.AsyncClient) -> PeerAnswer:
        import httpx

        try:
            answer = await client.send(self._built(client), stream=True)
            try:
                content = await self._read(answer)
            finally:
                await answer.aclose()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._failure(error) from error
        return PeerAnswer(answer.status_code, content, dict(answer.headers))

    def _built(self, client: httpx.AsyncClient) -> httpx.Request:
        request = self._request
        target = f"{request.path}{'?' if request.query else ''}{request.query}"
        extensions = {
            "timeout": {"connect": _CONNECT_S},
            "trace": self._trace,
            "target": target.encode(),  # as it is; an address would be normalised
        }
        headers = [
            (key.encode("latin-1"), value.encode("latin-1"))
            for key, value in request.headers.items()
        ]
        return client.build_request(
            request.method, self._url, content=request.body, headers=headers, extensions=extensions
        )

    def late(self, timeout_s: float) -> PeerUnreachableError | DeadlineError:
        """Make the error of an answer that did not come in time."""
        if not self._is_sent:
            return self._unreachable(f"there was no connection within {timeout_s:.0f} s")
        message = (
            f"The worker at {self._url} did not answer {self._request} within {timeout_s:.0f} s; "
            f"{_NO_IDEMPOTENCE}"
        )
        return DeadlineError(message)

    async def _read(self, answer: httpx.Response) -> bytes:
        content = bytearray()
        async for piece in answer.aiter_bytes():
            content += piece
            if len(content) > MAX_ANSWER_BYTES:
                message = (
                    f"The answer of the worker at {self._url} to {self._request} is longer than "
                    f"{MAX_ANSWER_BYTES} bytes"
                )
                raise PeerLostError(message)
        return bytes(content)

    async def _trace(self, event: str, _info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):
            self._is_sent = True

    def _failure(self, error: Exception) -> PeerError:
        import httpx

        cause = _root_cause(error)
        if not self._is_sent:
            is_system = isinstance(error, (httpx.NetworkError, httpx.TimeoutException))
            may_pass = is_system and not isinstance(cause, ssl.SSLError)
            return self._unreachable(_in_words(cause, error), may_pass=may_pass)
        message = (
            f"The connection to the worker at {self._url} broke before it answered {self._request} "
            f"({_in_words(cause, error)}); {_NO_IDEMPOTENCE}"
        )
        return PeerLostError(message)

    def _unreachable(self, reason: str, *, may_pass: bool = True) -> PeerUnreachableError:
        message = (
            f"The worker that advertises {self._url} cannot be reached from here ({reason}); "
            f"if it runs, check {_ADVERTISED}"
        )
        return PeerUnreachableError(message, may_pass=may_pass)


def _no_tls() -> ssl.SSLContext:
    """Stand in for TLS where none is spoken: it is quick to make."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _make_client(make_tls: Callable[[], ssl.SSLContext]) -> httpx.AsyncClient:
    import anyio
    import httpx

    anyio.run(_nothing)  # it has the library import what else it would at the first request

    return httpx.AsyncClient(
        verify=make_tls(),
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        headers={"accept": "application/json", "user-agent": "kafka-connect"},
    )


async def _nothing() -> None:
    """Do nothing."""


def _root_cause(error: BaseException) -> BaseException:
    """The error of the system or of TLS behind one of the library."""
    return next(
        (found for found in _causes(error) if isinstance(found, ssl.SSLError)),
        next((found for found in _causes(error) if getattr(found, "errno", None)), error),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _causes(inner)
        error = error.__cause__ or error.__context__


def _in_words(cause: BaseException, error: Exception) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed: {cause.reason or cause}"
    if isinstance(cause, socket.gaierror):
        return f"its host name is not known: {cause.strerror}"
    if isinstance(cause, ConnectionRefusedError):
        return "connection refused"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(error) or type(error).__name__
