# SPDX-License-Identifier: Apache-2.0
"""Having another worker answer what only the leader, or the owner of a task, can do.

A request has one deadline (90 s), whoever works for it. The herder waits for a rebalance to end;
what only the answers of other workers tell is waited for here: the worker named does not know yet
that it leads, is not reached, or is one of Java's, which answer 409 while the cluster is balanced
anew. Then the herder is asked again, who may name another worker by now. What another worker may
have begun is never sent twice.

A request goes over two workers at most: to the leader and, when that does not run the connector,
to the worker that does. ``forward`` in the address counts: absent, then true, then false.

Differs:
    Java answers 409 at once where this waits. Bodies are passed on byte by byte, in both
    directions, where Java reads and writes them anew; so signatures of requests between workers
    and the traces of a restart survive.

Source:
    Apache Kafka ``HerderRequestHandler.completeOrForwardRequest`` and ``RestClient``; reference
    page *REST API*, section 5.
"""

from __future__ import annotations

import asyncio
import logging
import string
import time
import urllib.parse
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from litestar import Request, Response

from barnabas.errors import (
    BadRequestError,
    ConnectError,
    DeadlineError,
    PeerError,
    PeerUnreachableError,
    RebalanceError,
    RequestTargetError,
)
from barnabas.rest.asgi import ErrorMessage
from barnabas.rest.context import TIMEOUT_HEADER, RestContext, context_of
from barnabas.rest.request import query, truth
from barnabas.rest.warning_header import WARNING_HEADER, warning_headers
from barnabas.runtime.herder import notices
from barnabas.runtime.herder.peers import PeerAnswer, PeerRequest

__all__ = ["complete_or_forward"]

AnyRequest = Request[Any, Any, Any]
_T = TypeVar("_T")
_log = logging.getLogger(__name__)

_FIRST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 1.0
_MARGIN_S = 1.0
"""How much earlier than this worker another one has to give up, so that its answer arrives."""

_PASSED_ON = (
    "authorization",
    "content-type",
    "x-connect-authorization",
    "x-connect-request-signature-algorithm",
)
_PASSED_BACK = ("retry-after", WARNING_HEADER.lower())
_MOMENTARILY = "Cannot complete request momentarily"
_NO_LEADER = (
    "Cannot complete request momentarily due to no known leader URL, likely because a rebalance "
    "was underway."
)
_CONFLICT = "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"
_NOT_FORWARDED = "IO Error trying to forward REST request: "
_VISIBLE = "".join(set(string.printable) - set(string.whitespace))

_decode_error = msgspec.json.Decoder(ErrorMessage).decode


async def complete_or_forward(
    request: AnyRequest,
    operation: Callable[[], Coroutine[Any, Any, _T]],
    answer: Callable[[_T], Response[Any]],
    *,
    location: str | None = None,
) -> Response[Any]:
    """Do what a request asks for here or, when another worker has to, there.

    Args:
        request: Its address, headers and body are what another worker is given.
        operation: What the herder is to do; called again when it could not for a moment.
        answer: Makes the answer of what the operation returned.
        location: Address of what another worker may have created.

    Raises:
        ConnectError: What the operation raised, or that no other worker could be asked.
        RebalanceError: It could not be done before the deadline.
        DeadlineError: It was begun, but did not end in time.
    """
    attempt = _Attempt(request, context_of(request), location)
    while True:
        try:
            return await _answered(attempt.here(operation()), answer)
        except RequestTargetError as error:
            forwarded = await attempt.there(error)
            if forwarded is not None:
                return forwarded


async def _answered(
    operation: Coroutine[Any, Any, _T], answer: Callable[[_T], Response[Any]]
) -> Response[Any]:
    """Answer, with what the user should know beside it."""
    with notices.collect() as told:
        try:
            response = answer(await operation)
        except BadRequestError as error:
            error.notices = tuple(told)
            raise
    response.headers.update(warning_headers(told))
    return response


class _Attempt:
    """All that is tried for one request until its deadline."""

    def __init__(self, request: AnyRequest, context: RestContext, location: str | None) -> None:
        self._request = request
        self._context = context
        self._location = location
        self._deadline = time.monotonic() + context.timeout_s(request)
        self._pause_s = _FIRST_PAUSE_S
        self._unreachable: _Unreachable | None = None

    async def here(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Have this worker's herder do it."""
        return await self._context.within(operation, self._remaining_s())

    async def there(self, wrong: RequestTargetError) -> Response[Any] | None:
        """Ask the worker an error names; None when it is time to try anew."""
        hops_left = _hops_left(query(self._request, "forward"))
        if hops_left == 0 or self._context.peers is None:
            raise RebalanceError(self._with_stage(f"{_CONFLICT}: {wrong.message}."))
        if wrong.forward_url is None:
            await self.pause(RebalanceError(self._with_stage(_NO_LEADER)))
            return None
        try:
            answer = await self._ask(wrong.forward_url, "true" if hops_left == 2 else "false")
        except PeerUnreachableError as error:
            self._check_patience(wrong.forward_url, error)
            await self.pause(error)
            return None
        self._unreachable = None
        momentary = _momentary(answer, wrong.forward_url)
        if momentary is None:
            return _passed_on(answer, self._location)
        await self.pause(momentary)
        return None

    async def pause(self, reason: ConnectError) -> None:
        """Wait a moment before it is tried again, or raise the reason when time is up."""
        if self._remaining_s() <= self._pause_s + _MARGIN_S:
            if isinstance(reason, PeerError):
                raise _not_forwarded(reason) from reason
            raise reason
        await asyncio.sleep(self._pause_s)
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _ask(self, url: str, forward: str) -> PeerAnswer:
        assert self._context.peers is not None
        timeout_s = self._remaining_s()
        given_s = max(timeout_s - _MARGIN_S, timeout_s / 2)
        body = await self._request.body()
        asked = PeerRequest(
            self._request.method,
            _path(self._request),
            _query(self._request, forward),
            body or None,
            {**_passed_headers(self._request.headers), TIMEOUT_HEADER: str(int(given_s * 1000))},
        )
        _log.debug("Forwarding %s to %s", asked, url)
        try:
            return await self._context.peers.request(url, asked, timeout_s=timeout_s)
        except PeerUnreachableError:
            raise
        except DeadlineError as error:
            message = f"Request timed out. {error.message}"
            raise DeadlineError(message) from error
        except PeerError as error:
            raise _not_forwarded(error) from error

    def _check_patience(self, url: str, error: PeerUnreachableError) -> None:
        """Give up on a worker that the group still counts on though nobody reaches it."""
        now = time.monotonic()
        if self._unreachable is None or self._unreachable.url != url:
            self._unreachable = _Unreachable(url, now)
            _log.warning("A request waits: %s", error.message)
        if not error.may_pass or now - self._unreachable.since >= self._context.peer_patience_s:
            raise _not_forwarded(error) from error

    def _remaining_s(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def _with_stage(self, text: str) -> str:
        stage = self._context.herder.stage
        return f"{text} {stage}" if stage else text


class _Unreachable(NamedTuple):
    """Who cannot be reached, since when."""

    url: str
    since: float


def _not_forwarded(error: PeerError) -> ConnectError:
    """Say in Java's words that another worker could not be asked."""
    return ConnectError(_NOT_FORWARDED + error.message)


def _hops_left(forward: Sequence[str]) -> int:
    """How many workers a request may still be sent to, by its parameter ``forward``."""
    if not forward:
        return 2
    return 1 if truth(forward) else 0


def _momentary(answer: PeerAnswer, url: str) -> RebalanceError | None:
    """Tell why another worker could not do it for a moment; None when its answer is final.

    A worker of ours has waited before it says so, and tells when to try again.
    """
    if answer.status not in (404, 409):
        return None
    try:
        text = _decode_error(answer.body).message or ""
    except msgspec.DecodeError:
        if answer.status == 404:  # Java's server before its resources are there
            return RebalanceError(f"{_MOMENTARILY}: the worker at {url} is still starting up")
        return None
    has_waited = "retry-after" in answer.headers and not text.startswith(_CONFLICT)
    if answer.status == 409 and text.startswith((_MOMENTARILY, _CONFLICT)) and not has_waited:
        return RebalanceError(text)
    return None


def _passed_on(answer: PeerAnswer, location: str | None) -> Response[Any]:
    """Pass on what another worker answered."""
    if answer.status < 200 or 300 <= answer.status < 400:
        message = f"Unexpected status code when handling forwarded request: {answer.status}"
        raise ConnectError(message)
    headers = {name: answer.headers[name] for name in _PASSED_BACK if name in answer.headers}
    if answer.status == 201 and location:
        headers["location"] = location
    media_type = answer.headers.get("content-type", "application/json")
    return Response(answer.body, status_code=answer.status, media_type=media_type, headers=headers)


def _passed_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _PASSED_ON if name in headers}


def _path(request: AnyRequest) -> str:
    """The path as it was sent."""
    raw: bytes = request.scope.get("raw_path") or urllib.parse.quote(request.scope["path"]).encode()
    return urllib.parse.quote(raw, safe=_VISIBLE)


def _query(request: AnyRequest, forward: str) -> str:
    """The parameters as they were sent, but for ``forward``."""
    sent = urllib.parse.quote(request.scope["query_string"], safe=_VISIBLE)
    others = [part for part in sent.split("&") if part and part.partition("=")[0] != "forward"]
    return "&".join([f"forward={forward}", *others])
