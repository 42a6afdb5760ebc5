# SPDX-License-Identifier: Apache-2.0
"""``/`` and ``/health``."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get

from barnabas.rest.context import RestContext, context_of, json
from barnabas.rest.schemas import answers
from barnabas.runtime.model import ServerInfo

__all__ = ["HANDLERS"]

_HEALTHY = "Worker has completed startup and is ready to handle requests."
_STARTING = "Worker is still starting up."
_UNHEALTHY = "Worker was unable to handle this request and may be unable to handle other requests."


class HealthReport(msgspec.Struct, frozen=True):
    """Answer of ``GET /health``."""

    status: str
    message: str


@get("/", sync_to_thread=False, responses=answers(ServerInfo), summary="Worker and cluster")
def _root(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Version of Connect the worker speaks, and the id of its Kafka cluster."""
    return json(context_of(request).herder.server_info())


@get("/health", responses=answers(HealthReport, also=503), summary="Health of the worker")
async def _health(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Answer 200 when healthy, 503 while starting, 500 when the worker is stuck (KIP-1017).

    Differs:
        While the worker starts, the answer comes at once; Java's comes after 10 s.
    """
    context = context_of(request)
    if not context.herder.is_ready:
        return json(HealthReport("starting", _with_stage(_STARTING, context)), 503)
    try:
        async with asyncio.timeout(context.health_timeout_s):
            await context.herder.health_check()
    except TimeoutError:
        return json(HealthReport("unhealthy", _with_stage(_UNHEALTHY, context)), 500)
    return json(HealthReport("healthy", _HEALTHY))


def _with_stage(text: str, context: RestContext) -> str:
    stage = context.herder.stage
    return f"{text} {stage}" if stage else text


HANDLERS = [_root, _health]
