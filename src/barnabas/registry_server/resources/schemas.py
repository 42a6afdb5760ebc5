# SPDX-License-Identifier: Apache-2.0
"""``/schemas``: schemas by id and GUID, wherever they are registered."""

from __future__ import annotations

import urllib.parse

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from barnabas.registry_server import names, problems
from barnabas.registry_server.formats.known import FORMATS
from barnabas.registry_server.model import Definition
from barnabas.registry_server.resources.answers import (
    AnyRequest,
    answer,
    describe,
    flag,
    page,
    parameter,
    registry_of,
    text_answer,
    text_of,
    version_fields,
)
from barnabas.registry_server.state import Place

__all__ = ["HANDLERS"]


@get("/schemas", sync_to_thread=False)
def _search(request: AnyRequest) -> Response[bytes]:
    """Versions of all subjects that begin with a prefix."""
    state, prefix = registry_of(request).state, parameter(request, "subjectPrefix")
    deleted, latest_only = flag(request, "deleted"), flag(request, "latestOnly")
    found = [
        version
        for version in state.all_versions(deleted=deleted)
        if names.matches_prefix(version.subject, prefix)
        and (not latest_only or version == state.version(version.subject, -1, deleted=deleted))
    ]
    return answer([version_fields(version) for version in page(request, found)])


@get("/schemas/types", sync_to_thread=False)
def _types(request: AnyRequest) -> Response[bytes]:
    """Kinds of schemas."""
    return answer(list(FORMATS))


@get("/schemas/ids/{schema_id:str}", sync_to_thread=False)
def _by_id(request: AnyRequest, schema_id: FromPath[str]) -> Response[bytes]:
    """Schema with an id."""
    context, wanted, definition = _find(request, schema_id)
    told = describe(definition, parameter(request, "format"))
    subject = parameter(request, "subject")
    if subject:
        places = registry_of(request).state.places(context, wanted, deleted=True) or []
        mine = [one for one in places if names.local_name(one.subject) == names.local_name(subject)]
        if mine:
            told.update(subject=mine[-1].subject, version=mine[-1].version)
    if flag(request, "fetchMaxId"):
        told["maxId"] = registry_of(request).state.last_id(context)
    return answer(told)


@get("/schemas/ids/{schema_id:str}/schema", sync_to_thread=False)
def _text_by_id(request: AnyRequest, schema_id: FromPath[str]) -> Response[bytes]:
    """Bare text of the schema with an id."""
    return text_answer(text_of(_find(request, schema_id)[2], parameter(request, "format")))


@get("/schemas/ids/{schema_id:str}/subjects", sync_to_thread=False)
def _subjects_by_id(request: AnyRequest, schema_id: FromPath[str]) -> Response[bytes]:
    """Subjects that have a schema."""
    return answer(page(request, sorted({one.subject for one in _places(request, schema_id)})))


@get("/schemas/ids/{schema_id:str}/versions", sync_to_thread=False)
def _versions_by_id(request: AnyRequest, schema_id: FromPath[str]) -> Response[bytes]:
    """Subjects that have a schema, with the version it is there."""
    places = page(request, _places(request, schema_id))
    return answer([{"subject": one.subject, "version": one.version} for one in places])


@get("/schemas/guids/{guid:str}", sync_to_thread=False)
def _by_guid(request: AnyRequest, guid: FromPath[str]) -> Response[bytes]:
    """Schema with a GUID."""
    found = registry_of(request).state.by_guid(guid.lower())
    if not found:
        raise problems.schema_not_found(guid)
    return answer(describe(found[0][2], parameter(request, "format")))


@get("/schemas/guids/{guid:str}/ids", sync_to_thread=False)
def _ids_by_guid(request: AnyRequest, guid: FromPath[str]) -> Response[bytes]:
    """Ids of a schema, by context."""
    found = registry_of(request).state.by_guid(guid.lower())
    return answer([{"context": context, "id": schema_id} for context, schema_id, _ in found])


def _find(request: AnyRequest, schema_id: str) -> tuple[str, int, Definition]:
    """Find the context, the number and the schema of an id.

    An id without a subject, or with one that names no context, is looked for in the default context
    first, then in all others in which there is such a subject.
    """
    state, wanted = registry_of(request).state, _number(schema_id)
    for context in _contexts(request):
        found = state.definition(context, wanted)
        if found is not None:
            return context, wanted, found
    raise problems.schema_not_found(wanted)


def _contexts(request: AnyRequest) -> list[str]:
    state = registry_of(request).state
    subject = urllib.parse.unquote(parameter(request, "subject"))
    first = names.context_of(names.normalize(subject))
    others = names.other_contexts(state.contexts, subject) if subject else []
    return [
        first,
        *(names.context_of(one) for one in others if state.has_subject(one, deleted=True)),
    ]


def _places(request: AnyRequest, schema_id: str) -> list[Place]:
    context, wanted, _ = _find_or_nothing(request, schema_id)
    found = registry_of(request).state.places(context, wanted, deleted=flag(request, "deleted"))
    subject = names.local_name(parameter(request, "subject"))
    return [one for one in found or [] if not subject or names.local_name(one.subject) == subject]


def _find_or_nothing(request: AnyRequest, schema_id: str) -> tuple[str, int, Definition]:
    try:
        return _find(request, schema_id)
    except problems.RefusalError:
        raise problems.schema_not_found() from None


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 10:
        return int(text)
    raise NotFoundException


HANDLERS = [
    _search,
    _types,
    _by_id,
    _text_by_id,
    _subjects_by_id,
    _versions_by_id,
    _by_guid,
    _ids_by_guid,
]
