# SPDX-License-Identifier: Apache-2.0
"""What workers of a group ask each other; not for users."""

from __future__ import annotations

from typing import Any

from litestar import Request, post, put
from litestar.params import FromPath

from barnabas.rest.bodies import parse_text_maps
from barnabas.rest.context import context_of
from barnabas.rest.request import read_body

__all__ = ["HANDLERS"]


@post("/connectors/{name:str}/tasks", status_code=204, include_in_schema=False)
async def _put_tasks(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
    """Take configurations of tasks that another worker's connector made."""
    context = context_of(request)
    body = await read_body(request)
    configs = [
        {key: value for key, value in config.items() if value is not None}
        for config in parse_text_maps(body)
    ]
    taken = context.herder.put_task_configs(name, configs, body=body, headers=request.headers)
    await context.within(taken)


@put("/connectors/{name:str}/fence", status_code=204, include_in_schema=False)
async def _fence(request: Request[Any, Any, Any], name: FromPath[str]) -> None:
    """Fence the producers of a source connector's earlier tasks (KIP-618)."""
    context = context_of(request)
    await context.within(context.herder.fence_zombies(name, headers=request.headers))


HANDLERS = [_put_tasks, _fence]
