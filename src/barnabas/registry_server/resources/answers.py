# SPDX-License-Identifier: Apache-2.0
"""Reading requests and writing answers, the same for all resources."""

from __future__ import annotations

import http
import logging
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from barnabas.errors import ConnectError
from barnabas.registry_server import names, problems
from barnabas.registry_server.formats.protobuf_format import serialized
from barnabas.registry_server.model import AVRO, PROTOBUF, Definition, Version
from barnabas.registry_server.registry import Registry

__all__ = [
    "EXCEPTION_HANDLERS",
    "MEDIA_TYPE",
    "AnyRequest",
    "answer",
    "describe",
    "flag",
    "number",
    "page",
    "parameter",
    "parameters",
    "registry_of",
    "subject_in",
    "text_answer",
    "text_of",
    "version_fields",
]

AnyRequest = Request[Any, Any, Any]
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode


def registry_of(request: AnyRequest) -> Registry:
    """Return the registry behind the API."""
    found = request.app.state["registry"]
    assert isinstance(found, Registry)
    return found


def subject_in(name: str) -> str:
    """Read the name of a subject from the address, where a slash is written ``%2F``."""
    return names.normalize(urllib.parse.unquote(name))


def parameters(request: AnyRequest, name: str) -> list[str]:
    """All values of a parameter of the address, in order."""
    text = request.scope["query_string"].decode("latin-1")
    pairs = urllib.parse.parse_qsl(text, keep_blank_values=True)
    return [value for key, value in pairs if key == name]


def parameter(request: AnyRequest, name: str, default: str = "") -> str:
    """First value of a parameter of the address."""
    return next(iter(parameters(request, name)), default)


def flag(request: AnyRequest, name: str) -> bool:
    """Whether a parameter of the address is *true*."""
    return parameter(request, name).lower() == "true"


def number(request: AnyRequest, name: str, default: int) -> int:
    """Read a parameter of the address as a whole number; what is none is taken for the default."""
    text = parameter(request, name)
    return int(text) if text.removeprefix("-").isdecimal() else default


def page(request: AnyRequest, items: Sequence[_T]) -> Sequence[_T]:
    """Choose the part of a list that ``offset`` and ``limit`` ask for."""
    first, limit = max(number(request, "offset", 0), 0), number(request, "limit", -1)
    return items[first : first + limit] if limit > 0 else items[first:]


def answer(content: object, status: int = 200) -> Response[bytes]:
    """Make an answer of JSON."""
    return Response(_encode(content), status_code=status, media_type=MEDIA_TYPE)


def text_answer(text: str) -> Response[bytes]:
    """Make an answer of the bare text of a schema."""
    return Response(text.encode(), media_type=MEDIA_TYPE)


def text_of(definition: Definition, form: str) -> str:
    """Return the text of a schema, for Protobuf in the form a client asks for."""
    if form == "serialized" and definition.schema_type == PROTOBUF:
        return serialized(definition.text)
    return definition.text


def describe(definition: Definition, form: str = "") -> dict[str, Any]:
    """Tell of a schema; a schema without ``schemaType`` is Avro's.

    Args:
        definition: The schema.
        form: What the request has as ``format``.
    """
    told: dict[str, Any] = {"guid": definition.guid}
    if definition.schema_type != AVRO:
        told["schemaType"] = definition.schema_type
    if definition.references:
        told["references"] = [
            {"name": one.name, "subject": one.subject, "version": one.version}
            for one in definition.references
        ]
    if definition.metadata:
        told["metadata"] = msgspec.Raw(definition.metadata.encode())
    if definition.rule_set:
        told["ruleSet"] = msgspec.Raw(definition.rule_set.encode())
    return {**told, "schema": text_of(definition, form)}


def version_fields(version: Version, form: str = "") -> Mapping[str, Any]:
    """Tell of a version."""
    told = {"subject": version.subject, "version": version.number, "id": version.schema_id}
    deleted = {"deleted": True} if version.is_deleted else {}
    return {**told, **describe(version.definition, form), **deleted}


def _refuse(request: AnyRequest, error: Exception) -> Response[bytes]:
    if isinstance(error, problems.RefusalError):
        status, code, message = error.status, error.error_code, error.message
    elif isinstance(error, HTTPException):
        status = code = error.status_code
        message = f"HTTP {status} {http.HTTPStatus(status).phrase}"
    else:
        status, code, message = 500, 500, str(error) or type(error).__name__
    if status >= 500:
        expected = isinstance(error, ConnectError)
        trace = None if expected else error
        _log.error("%s %s: %s", request.method, request.url.path, message, exc_info=trace)
    return answer({"error_code": code, "message": message}, status)


EXCEPTION_HANDLERS: Any = {HTTPException: _refuse, Exception: _refuse, 404: _refuse, 405: _refuse}
"""For Litestar; it looks handlers up by status code before it does by class."""
