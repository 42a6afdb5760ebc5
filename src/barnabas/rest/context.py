# SPDX-License-Identifier: Apache-2.0
"""What the resources work with: the herder, and a deadline for what it does."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import math
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response

from barnabas.errors import DeadlineError
from barnabas.runtime.herder.deadlines import due_in
from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.herder.peers import PeerClient

__all__ = ["TIMEOUT_HEADER", "RestContext", "context_of", "empty", "json"]

TIMEOUT_HEADER = "x-connect-request-timeout-ms"
"""Header in which a worker tells the one it forwards to how much of the request's time is left."""

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_JAVAS_AGENT = "kafka-connect"
_JAVAS_PATIENCE_S = 28.0
"""Java's worker that forwards a request hangs up after 30 s."""

_HERDERS_SHARE = 0.98
"""Part of the time in which the herder has to give up what it waits for, to say why."""

_encode = msgspec.json.Encoder().encode


@dataclasses.dataclass(frozen=True, slots=True)
class RestContext:
    """Shared by all resources of one worker."""

    herder: Herder
    peers: PeerClient | None = None
    """Asks other workers; None where there are none."""
    request_timeout_s: float = 90.0
    """Time an operation has until its request is answered with 500; the operation goes on."""
    health_timeout_s: float = 10.0
    peer_patience_s: float = 15.0
    """Time a worker that cannot be reached is tried again; one that died has left by then."""

    def timeout_s(self, request: Request[Any, Any, Any]) -> float:
        """Seconds a request has: 90, or fewer when another worker waits for its answer."""
        told = request.headers.get(TIMEOUT_HEADER, "")
        if not (told.isascii() and told.isdecimal()):
            is_javas = request.headers.get("user-agent") == _JAVAS_AGENT
            return min(self.request_timeout_s, _JAVAS_PATIENCE_S if is_javas else math.inf)
        return min(self.request_timeout_s, int(told[:9]) / 1000)

    async def within(
        self, operation: Coroutine[Any, Any, _T], timeout_s: float | None = None
    ) -> _T:
        """Wait for the herder, but not for ever.

        What the herder waits for has a deadline a little earlier
        (:mod:`barnabas.runtime.herder.deadlines`), so that its own words reach who asked.

        Args:
            operation: What the herder does.
            timeout_s: Time it has; that of all requests when None.

        Raises:
            DeadlineError: It took too long; the message says what the herder is doing.
        """
        given_s = self.request_timeout_s if timeout_s is None else timeout_s
        with due_in(given_s * _HERDERS_SHARE):
            task = asyncio.ensure_future(operation)
        done, _ = await asyncio.wait({task}, timeout=given_s)
        if done:
            return task.result()
        task.add_done_callback(_log_late_error)
        stage = self.herder.stage
        message = f"Request timed out. {stage}" if stage else "Request timed out"
        raise DeadlineError(message)


def context_of(request: Request[Any, Any, Any]) -> RestContext:
    """Find the context of the application a request came to."""
    return cast("RestContext", request.app.state["context"])


def json(
    value: object, status: int = 200, headers: dict[str, str] | None = None
) -> Response[bytes]:
    """Answer with a value as JSON."""
    return Response(
        _encode(value), status_code=status, media_type="application/json", headers=headers
    )


def empty(status: int) -> Response[bytes]:
    """Answer without a body."""
    return Response(b"", status_code=status, media_type="application/json")


def _log_late_error(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("An operation failed after its request had timed out: %s", error)
