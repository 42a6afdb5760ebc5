# SPDX-License-Identifier: Apache-2.0
"""``/connectors``: create, look at, change, restart, stop and delete connectors and tasks."""

from __future__ import annotations

import asyncio
import itertools
import urllib.parse
from collections.abc import Sequence
from typing import Any

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromPath

from barnabas.errors import BadRequestError, NotFoundError
from barnabas.rest.bodies import parse_create_connector, parse_text_map
from barnabas.rest.context import context_of, empty, json
from barnabas.rest.forwarding import complete_or_forward
from barnabas.rest.request import (
    query,
    read_body,
    task_number,
    truth,
)
from barnabas.rest.schemas import CONFIG, CREATE_CONNECTOR, FORWARD, answers, operation
from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.model import (
    ConnectorInfo,
    ConnectorStateInfo,
    RestartRequest,
    TargetState,
    TaskId,
    TaskInfo,
    TaskState,
)

__all__ = ["HANDLERS"]

AnyRequest = Request[Any, Any, Any]
Answer = Response[bytes]
NoContent = Response[None]
Config = dict[str, str | None]

_PORTION = 100
"""Connectors that are described before other requests have their turn; about 2 ms."""

_UNESCAPED = "/~!$&'()*+,;=:@"


@get(
    "/connectors",
    responses=answers(list[str]),
    operation_class=operation(expand="status, info or both (repeated): answer with an object."),
    summary="List connectors",
)
async def _list(request: AnyRequest) -> Answer:
    """List names; with ``expand`` an object of what is known of each."""
    herder = context_of(request).herder
    expand = query(request, "expand")
    if not expand:
        return json(herder.connectors())
    described: dict[str, object] = {}
    names = iter(herder.connectors())
    while portion := list(itertools.islice(names, _PORTION)):
        described |= _described(herder, portion, expand)
        await asyncio.sleep(0)
    return json(described)


def _described(herder: Herder, names: Sequence[str], expand: list[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in names:
        try:
            found[name] = _expanded(herder, name, expand)
        except NotFoundError:
            continue  # it has just been deleted, or has no status yet
    return found


def _expanded(herder: Herder, name: str, expand: list[str]) -> dict[str, object]:
    views: dict[str, Any] = {"status": herder.connector_status, "info": herder.connector_info}
    return {view: views[view](name) for view in expand if view in views}


@post(
    "/connectors",
    responses=answers(ConnectorInfo, 201),
    operation_class=operation(CREATE_CONNECTOR, forward=FORWARD),
    summary="Create a connector",
)
async def _create(request: AnyRequest) -> Answer:
    """Validate a configuration and create a connector; 409 when the name is taken."""
    wanted = parse_create_connector(await read_body(request))
    return await _write(
        request, wanted.name, wanted.config, target_state=wanted.target_state, replace=False
    )


@get("/connectors/{name:str}", sync_to_thread=False, responses=answers(ConnectorInfo))
def _info(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Configuration, tasks and type of a connector."""
    return json(context_of(request).herder.connector_info(name))


@delete(
    "/connectors/{name:str}",
    status_code=204,
    responses=answers(None, 204),
    operation_class=operation(forward=FORWARD),
    summary="Delete a connector",
)
async def _delete(request: AnyRequest, name: FromPath[str]) -> NoContent:
    """Stop a connector and its tasks and forget them; its offsets stay."""
    herder = context_of(request).herder
    return await complete_or_forward(
        request, lambda: herder.delete_connector(name), lambda _: empty(204)
    )


@get("/connectors/{name:str}/config", sync_to_thread=False, responses=answers(dict[str, str]))
def _config(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Configuration of a connector, references to config providers unresolved."""
    return json(context_of(request).herder.connector_config(name))


@put(
    "/connectors/{name:str}/config",
    responses=answers(ConnectorInfo, 200, also=201),
    operation_class=operation(CONFIG, forward=FORWARD),
    summary="Create or reconfigure a connector",
)
async def _put_config(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Replace the whole configuration, or create the connector."""
    return await _write(request, name, parse_text_map(await read_body(request)), replace=True)


@patch(
    "/connectors/{name:str}/config",
    responses=answers(ConnectorInfo),
    operation_class=operation(CONFIG, forward=FORWARD),
    summary="Change settings of a connector",
)
async def _patch_config(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Set some settings; null removes one (KIP-477)."""
    herder = context_of(request).herder
    changes = parse_text_map(await read_body(request))
    return await complete_or_forward(request, lambda: herder.patch_connector(name, changes), json)


@get("/connectors/{name:str}/status", sync_to_thread=False, responses=answers(ConnectorStateInfo))
def _status(request: AnyRequest, name: FromPath[str]) -> Answer:
    """States of a connector and its tasks."""
    return json(context_of(request).herder.connector_status(name))


@get("/connectors/{name:str}/tasks", sync_to_thread=False, responses=answers(list[TaskInfo]))
def _tasks(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Tasks of a connector with their configurations."""
    return json(context_of(request).herder.task_infos(name))


@get(
    "/connectors/{name:str}/tasks/{task:str}/status",
    sync_to_thread=False,
    responses=answers(TaskState),
)
def _task_status(request: AnyRequest, name: FromPath[str], task: FromPath[str]) -> Answer:
    """State of one task."""
    return json(context_of(request).herder.task_status(TaskId(name, task_number(task))))


@post(
    "/connectors/{name:str}/tasks/{task:str}/restart",
    status_code=204,
    responses=answers(None, 204),
    operation_class=operation(forward=FORWARD),
)
async def _restart_task(request: AnyRequest, name: FromPath[str], task: FromPath[str]) -> NoContent:
    """Restart one task."""
    herder = context_of(request).herder
    wanted = TaskId(name, task_number(task))
    return await complete_or_forward(
        request, lambda: herder.restart_task(wanted), lambda _: empty(204)
    )


@post(
    "/connectors/{name:str}/restart",
    status_code=202,
    responses={**answers(None, 204), **answers(ConnectorStateInfo, 202)},
    operation_class=operation(
        includeTasks="true to restart the tasks as well",
        onlyFailed="true to restart only what has failed",
        forward=FORWARD,
    ),
    summary="Restart a connector",
)
async def _restart(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Restart the connector instance, and with flags its tasks (KIP-745)."""
    herder = context_of(request).herder
    wanted = RestartRequest(
        name,
        only_failed=truth(query(request, "onlyFailed")),
        include_tasks=truth(query(request, "includeTasks")),
    )
    if wanted.forces_restart:
        return await complete_or_forward(
            request,
            lambda: herder.restart_connector_and_tasks(wanted),
            lambda planned: json(planned, 202),
        )
    return await complete_or_forward(
        request, lambda: herder.restart_connector(name), lambda _: empty(204)
    )


@put("/connectors/{name:str}/pause", status_code=202, responses=answers(None, 202))
async def _pause(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Pause a connector and its tasks; they keep what they have."""
    context = context_of(request)
    await context.within(context.herder.pause_connector(name))
    return empty(202)


@put("/connectors/{name:str}/resume", status_code=202, responses=answers(None, 202))
async def _resume(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Let a paused or stopped connector go on."""
    context = context_of(request)
    await context.within(context.herder.resume_connector(name))
    return empty(202)


@put(
    "/connectors/{name:str}/stop",
    status_code=204,
    responses=answers(None, 204),
    operation_class=operation(forward=FORWARD),
)
async def _stop(request: AnyRequest, name: FromPath[str]) -> NoContent:
    """Stop a connector and end its tasks, so that its offsets can be changed (KIP-875)."""
    herder = context_of(request).herder
    return await complete_or_forward(
        request, lambda: herder.stop_connector(name), lambda _: empty(204)
    )


@get("/connectors/{name:str}/topics", sync_to_thread=False, responses=answers(dict[str, Any]))
def _topics(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Topics the connector has used since the last reset (KIP-558)."""
    return json({name: {"topics": context_of(request).herder.active_topics(name)}})


@put("/connectors/{name:str}/topics/reset", status_code=202, responses=answers(None, 202))
async def _reset_topics(request: AnyRequest, name: FromPath[str]) -> Answer:
    """Forget the topics the connector has used."""
    context = context_of(request)
    await context.within(context.herder.reset_active_topics(name))
    return empty(202)


async def _write(
    request: AnyRequest,
    name: str,
    config: Config,
    *,
    target_state: TargetState | None = None,
    replace: bool,
) -> Answer:
    herder = context_of(request).herder
    config, location = _named(config, name), _location(request, name)
    return await complete_or_forward(
        request,
        lambda: herder.create_connector(name, config, target_state=target_state, replace=replace),
        lambda written: _written(*written, location),
        location=location,
    )


def _written(created: bool, info: ConnectorInfo, location: str) -> Answer:
    return json(info, 201, {"Location": location}) if created else json(info)


def _named(config: Config, name: str) -> Config:
    """Add the name of the connector to its configuration."""
    included = config.get("name")
    if included is None:
        return {**config, "name": name}
    if included != name:
        message = (
            f"Connector name configuration ({included}) doesn't match connector name in the URL "
            f"({name})"
        )
        raise BadRequestError(message)
    return config


def _location(request: AnyRequest, name: str) -> str:
    host = request.headers.get("host") or ":".join(map(str, request.scope["server"] or ("",)))
    return f"{request.scope['scheme']}://{host}/connectors/{urllib.parse.quote(name, _UNESCAPED)}"


HANDLERS = [
    _list,
    _create,
    _info,
    _delete,
    _config,
    _put_config,
    _patch_config,
    _status,
    _tasks,
    _task_status,
    _restart_task,
    _restart,
    _pause,
    _resume,
    _stop,
    _topics,
    _reset_topics,
]
