# SPDX-License-Identifier: Apache-2.0
"""What workers of a group ask each other; not for users."""

from __future__ import annotations

import logging
from collections.abc import Coroutine
from typing import Any

from litestar import Request, Response, post, put
from litestar.params import FromPath

from barnabas.errors import BadRequestError, ForbiddenError, UnavailableError
from barnabas.rest.bodies import parse_text_maps
from barnabas.rest.context import context_of, empty
from barnabas.rest.forwarding import complete_or_forward
from barnabas.rest.request import read_body

__all__ = ["HANDLERS"]

AnyRequest = Request[Any, Any, Any]

_log = logging.getLogger(__name__)

_FORGED = (
    " It was signed with another session key than the newest one in this worker's config topic: "
    "the sender has not read that yet and tries again, or has another config.storage.topic, or is "
    "no worker of this group."
)


@post("/connectors/{name:str}/tasks", status_code=204, include_in_schema=False)
async def _put_tasks(request: AnyRequest, name: FromPath[str]) -> Response[None]:
    """Take configurations of tasks that another worker's connector made."""
    herder = context_of(request).herder
    body = await read_body(request)
    configs = [
        {key: value for key, value in config.items() if value is not None}
        for config in parse_text_maps(body)
    ]
    return await complete_or_forward(
        request,
        lambda: _told_when_refused(
            request, herder.put_task_configs(name, configs, body=body, headers=request.headers)
        ),
        lambda _: empty(204),
    )


@put("/connectors/{name:str}/fence", status_code=204, include_in_schema=False)
async def _fence(request: AnyRequest, name: FromPath[str]) -> Response[None]:
    """Fence the producers of a source connector's earlier tasks (KIP-618)."""
    herder = context_of(request).herder
    return await complete_or_forward(
        request,
        lambda: _told_when_refused(request, herder.fence_zombies(name, headers=request.headers)),
        lambda _: empty(204),
    )


async def _told_when_refused(request: AnyRequest, operation: Coroutine[Any, Any, None]) -> None:
    """Let the log tell of requests that are not accepted: nobody may see their answers."""
    try:
        await operation
    except (BadRequestError, ForbiddenError, UnavailableError) as error:
        _log.warning(
            "Refused %s %s from %s: %s%s",
            request.method,
            request.url.path,
            "nobody knows where" if request.client is None else request.client.host,
            error.message,
            _FORGED if isinstance(error, ForbiddenError) else "",
        )
        raise


HANDLERS = [_put_tasks, _fence]
