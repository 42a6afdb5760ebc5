# SPDX-License-Identifier: Apache-2.0
"""``/admin/loggers``: levels of loggers, of the worker and its runners (KIP-495, KIP-976)."""

from __future__ import annotations

import logging
from typing import Any

from litestar import Request, Response, get, put
from litestar.params import FromPath

from barnabas.errors import BadRequestError
from barnabas.rest.bodies import parse_text_map
from barnabas.rest.context import context_of, empty, json
from barnabas.rest.request import query, read_body
from barnabas.rest.schemas import LEVEL, answers, operation
from barnabas.runtime.model import LoggerLevel

__all__ = ["HANDLERS"]

_log = logging.getLogger(__name__)


@get(
    "/admin/loggers",
    sync_to_thread=False,
    responses=answers(dict[str, LoggerLevel]),
    summary="Levels of all loggers",
)
def _list(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Level of each logger, and when it was changed last."""
    return json(context_of(request).herder.loggers())


@get("/admin/loggers/{logger:str}", sync_to_thread=False, responses=answers(LoggerLevel))
def _get(request: Request[Any, Any, Any], logger: FromPath[str]) -> Response[bytes]:
    """Level of one logger."""
    return json(context_of(request).herder.logger(logger))


@put(
    "/admin/loggers/{logger:str}",
    responses={**answers(None, 204), **answers(list[str])},
    operation_class=operation(LEVEL, scope="worker (default) or cluster"),
    summary="Set the level of a logger",
)
async def _set(request: Request[Any, Any, Any], logger: FromPath[str]) -> Response[bytes]:
    """Set the level of a logger and of those below it."""
    level = parse_text_map(await read_body(request)).get("level")
    if level is None:
        message = "Desired 'level' parameter was not specified in request."
        raise BadRequestError(message)
    scope = next(iter(query(request, "scope")), "worker").lower()
    if scope not in ("worker", "cluster"):
        _log.warning("The scope %r of a logger level is neither worker nor cluster: worker", scope)
    cluster = scope == "cluster"
    context = context_of(request)
    changed = await context.within(context.herder.set_logger_level(logger, level, cluster=cluster))
    return empty(204) if cluster else json(changed)


HANDLERS = [_list, _get, _set]
