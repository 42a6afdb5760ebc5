# SPDX-License-Identifier: Apache-2.0
"""``/config`` and ``/mode``: of the registry, a context or a subject."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, delete, get, put
from litestar.params import FromPath

from barnabas.registry_server import problems
from barnabas.registry_server.requests import parse_object
from barnabas.registry_server.resources.answers import (
    AnyRequest,
    answer,
    flag,
    registry_of,
    subject_in,
)

__all__ = ["HANDLERS"]


@get(["/config", "/config/{subject:str}"], sync_to_thread=False)
def _config(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Compatibility level and what goes with it."""
    state, owner = registry_of(request).state, _owner(subject)
    if owner is None or flag(request, "defaultToGlobal"):
        return answer(state.config_in_scope(owner))
    found = state.config(owner)
    if found is None:
        raise problems.no_subject_config(owner)
    return answer(found)


@put(["/config", "/config/{subject:str}"], status_code=200)
async def _set_config(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Change the configuration; the answer repeats the request."""
    changes = parse_object(await request.body())
    await registry_of(request).set_config(_owner(subject), changes)
    return answer(_echo(changes))


@delete(["/config", "/config/{subject:str}"], status_code=200)
async def _delete_config(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Take the configuration away; the answer is what it was."""
    return answer(await registry_of(request).delete_config(_owner(subject)))


@get(["/mode", "/mode/{subject:str}"], sync_to_thread=False)
def _mode(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Whether schemas may be registered, imported or only read."""
    state, owner = registry_of(request).state, _owner(subject)
    if owner is None or flag(request, "defaultToGlobal"):
        return answer({"mode": state.mode_in_scope(owner)})
    found = state.mode(owner)
    if found is None:
        raise problems.no_subject_mode(owner)
    return answer({"mode": found})


@put(["/mode", "/mode/{subject:str}"], status_code=200)
async def _set_mode(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Change the mode."""
    mode = str(parse_object(await request.body()).get("mode") or "")
    await registry_of(request).set_mode(_owner(subject), mode, force=flag(request, "force"))
    return answer({"mode": mode.upper()})


@delete(["/mode", "/mode/{subject:str}"], status_code=200)
async def _delete_mode(request: AnyRequest, subject: FromPath[str] = "") -> Response[bytes]:
    """Take the mode away; the answer is what it was."""
    before = await registry_of(request).delete_mode(
        _owner(subject), recursive=flag(request, "recursive")
    )
    return answer({"mode": before or "READWRITE"} if not subject else {"mode": before})


def _owner(subject: str) -> str | None:
    """Read whose setting it is; the default context is the registry itself."""
    return subject_in(subject) or None


def _echo(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    level = changes.get("compatibility")
    return {**changes, "compatibility": str(level).upper()} if level is not None else changes


HANDLERS = [_config, _set_config, _delete_config, _mode, _set_mode, _delete_mode]
