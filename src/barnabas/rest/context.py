# SPDX-License-Identifier: Apache-2.0
"""What the resources work with: the herder, and a deadline for what it does."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar, cast

import msgspec
from litestar import Request, Response

from barnabas.errors import DeadlineError
from barnabas.runtime.herder.herder import Herder

__all__ = ["RestContext", "context_of", "empty", "json"]

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


@dataclasses.dataclass(frozen=True, slots=True)
class RestContext:
    """Shared by all resources of one worker."""

    herder: Herder
    request_timeout_s: float = 90.0
    """Time an operation has until its request is answered with 500; the operation goes on."""
    health_timeout_s: float = 10.0

    async def within(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Wait for the herder, but not for ever.

        Raises:
            DeadlineError: It took too long; the message says what the herder is doing.
        """
        task = asyncio.ensure_future(operation)
        done, _ = await asyncio.wait({task}, timeout=self.request_timeout_s)
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
