# SPDX-License-Identifier: Apache-2.0
"""``/subjects``: registering, looking up, listing and deleting versions."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath

from barnabas.registry_server import names, problems
from barnabas.registry_server.changes import WantedSchema, find_version
from barnabas.registry_server.model import Version
from barnabas.registry_server.requests import parse_schema, parse_version
from barnabas.registry_server.resources.answers import (
    AnyRequest,
    answer,
    describe,
    flag,
    page,
    parameter,
    parameters,
    registry_of,
    subject_in,
    text_answer,
    text_of,
    version_fields,
)
from barnabas.registry_server.state import Place, State

__all__ = ["HANDLERS"]


@get("/subjects", sync_to_thread=False)
def _list(request: AnyRequest) -> Response[bytes]:
    """Names of all subjects."""
    prefix = parameter(request, "subjectPrefix", names.ALL_CONTEXTS)
    found = registry_of(request).state.subjects(
        deleted=flag(request, "deleted"), deleted_only=flag(request, "deletedOnly")
    )
    return answer(page(request, [one for one in found if names.matches_prefix(one, prefix)]))


@get("/subjects/{subject:str}/versions", sync_to_thread=False)
def _versions(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Numbers of the versions of a subject."""
    state, name = registry_of(request).state, subject_in(subject)
    deleted_only = flag(request, "deletedOnly")
    found = state.versions(name, deleted=deleted_only or flag(request, "deleted"))
    numbers = [one.number for one in found if one.is_deleted or not deleted_only]
    if not numbers:
        raise problems.subject_not_found(name)
    return answer(page(request, numbers))


@post("/subjects/{subject:str}/versions", status_code=200)
async def _register(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Register a schema; the same schema again is the same version."""
    name = subject_in(subject)
    if not names.is_valid(name):
        raise problems.invalid_subject(name)
    wanted = await _wanted(request, name)
    version = await registry_of(request).register(wanted)
    told = {"id": version.schema_id, "version": version.number}
    return answer({**told, **describe(version.definition, parameter(request, "format"))})


@post("/subjects/{subject:str}", status_code=200)
async def _look_up(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Find the version a schema is."""
    name = subject_in(subject)
    state, wanted = registry_of(request).state, await _wanted(request, name)
    deleted = flag(request, "deleted")
    for place in [name, *names.other_contexts(state.contexts, name)]:
        found = find_version(state, wanted._replace(subject=place), deleted=deleted)
        if found is not None:
            return answer(version_fields(found, parameter(request, "format")))
    if not state.has_subject(name, deleted=deleted):
        raise problems.subject_not_found(name)
    raise problems.schema_not_found()


@get("/subjects/{subject:str}/metadata", sync_to_thread=False)
def _latest_with(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Latest version with some properties in its metadata."""
    state, name = registry_of(request).state, subject_in(subject)
    deleted = flag(request, "deleted")
    keys, values = parameters(request, "key"), parameters(request, "value")
    wanted = dict(zip(keys, values, strict=False))
    for version in reversed(state.versions(name, deleted=deleted)):
        if wanted.items() <= _properties(version).items():
            return answer(version_fields(version, parameter(request, "format")))
    if not state.has_subject(name, deleted=deleted):
        raise problems.subject_not_found(name)
    raise problems.schema_not_found()


@get("/subjects/{subject:str}/versions/{version:str}", sync_to_thread=False)
def _version(
    request: AnyRequest, subject: FromPath[str], version: FromPath[str]
) -> Response[bytes]:
    """One version."""
    return answer(version_fields(_find(request, subject, version), parameter(request, "format")))


@get("/subjects/{subject:str}/versions/{version:str}/schema", sync_to_thread=False)
def _schema(request: AnyRequest, subject: FromPath[str], version: FromPath[str]) -> Response[bytes]:
    """Bare text of one version."""
    found = _find(request, subject, version)
    return text_answer(text_of(found.definition, parameter(request, "format")))


@get("/subjects/{subject:str}/versions/{version:str}/referencedby", sync_to_thread=False)
def _referenced_by(
    request: AnyRequest, subject: FromPath[str], version: FromPath[str]
) -> Response[bytes]:
    """Ids of the schemas that refer to a version."""
    found = _find(request, subject, version, deleted=True)
    referrers = registry_of(request).state.referrers(
        Place(found.subject, found.number), deleted=flag(request, "deleted")
    )
    return answer(page(request, sorted({one.schema_id for one in referrers})))


@delete("/subjects/{subject:str}", status_code=200)
async def _delete_subject(request: AnyRequest, subject: FromPath[str]) -> Response[bytes]:
    """Delete all versions of a subject."""
    permanent = flag(request, "permanent")
    return answer(
        await registry_of(request).delete_subject(subject_in(subject), permanent=permanent)
    )


@delete("/subjects/{subject:str}/versions/{version:str}", status_code=200)
async def _delete_version(
    request: AnyRequest, subject: FromPath[str], version: FromPath[str]
) -> Response[bytes]:
    """Delete one version."""
    number, permanent = parse_version(version), flag(request, "permanent")
    return answer(
        await registry_of(request).delete_version(subject_in(subject), number, permanent=permanent)
    )


async def _wanted(request: AnyRequest, subject: str) -> WantedSchema:
    body = parse_schema(await request.body())
    config = registry_of(request).state.config_in_scope(subject)
    return WantedSchema(
        subject,
        body.definition(),
        flag(request, "normalize") or config.get("normalize") is True,
        -1 if body.id is None else body.id,
        body.version or 0,
    )


def _find(request: AnyRequest, subject: str, version: str, *, deleted: bool = False) -> Version:
    state, name, number = registry_of(request).state, subject_in(subject), parse_version(version)
    deleted = deleted or flag(request, "deleted")
    for place in [name, *names.other_contexts(state.contexts, name)]:
        found = state.version(place, number, deleted=deleted)
        if found is not None:
            return found
    raise _missing(state, name, number, deleted=deleted)


def _missing(state: State, name: str, number: int, *, deleted: bool) -> problems.RefusalError:
    if not state.has_subject(name, deleted=deleted):
        return problems.subject_not_found(name)
    return problems.version_not_found(number)


def _properties(version: Version) -> dict[str, Any]:
    metadata = version.definition.metadata
    return msgspec.json.decode(metadata).get("properties") or {} if metadata else {}


HANDLERS = [
    _list,
    _versions,
    _register,
    _look_up,
    _latest_with,
    _version,
    _schema,
    _referenced_by,
    _delete_subject,
    _delete_version,
]
