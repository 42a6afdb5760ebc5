# SPDX-License-Identifier: Apache-2.0
"""``/compatibility``: whether a schema could be registered, without doing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from barnabas.registry_server import problems
from barnabas.registry_server.checks import incompatibilities, parse
from barnabas.registry_server.model import Version
from barnabas.registry_server.requests import parse_schema, parse_version
from barnabas.registry_server.resources.answers import (
    AnyRequest,
    answer,
    flag,
    registry_of,
    subject_in,
)
from barnabas.registry_server.state import State

__all__ = ["HANDLERS"]


@post("/compatibility/subjects/{subject:str}/versions", status_code=200)
async def _with_all(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Compare a schema with the versions the level of the subject asks for."""
    return await _compare(request, subject_in(subject), State.versions)


@post("/compatibility/subjects/{subject:str}/versions/{version:str}", status_code=200)
async def _with_one(
    request: AnyRequest, subject: FromPath[str], version: FromPath[str]
) -> Response[bytes]:
    """Compare a schema with one version."""
    number = parse_version(version)

    def choose(state: State, name: str) -> Sequence[Version]:
        found = state.version(name, number)
        if found is None and number != -1:
            raise problems.version_not_found(number)
        return [found] if found is not None else []

    return await _compare(request, subject_in(subject), choose)


async def _compare(
    request: AnyRequest, subject: FromPath[str], choose: Callable[[State, str], Sequence[Version]]
) -> Response[bytes]:
    body = parse_schema(await request.body())
    state = registry_of(request).state
    versions = choose(state, subject)
    verbose = flag(request, "verbose")
    try:
        normalize = flag(request, "normalize") or state.config_in_scope(subject).get("normalize")
        parsed = parse(state, subject, body.definition(), normalize=normalize is True)
        messages = incompatibilities(state, subject, parsed, versions)
    except problems.RefusalError as problem:
        if not verbose:
            raise
        messages = [problem.message]
    told: dict[str, Any] = {"is_compatible": not messages}
    return answer({**told, "messages": messages} if verbose else told)


HANDLERS = [_with_all, _with_one]
