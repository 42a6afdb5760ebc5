# SPDX-License-Identifier: Apache-2.0
"""Reading requests by Java's rules: media types, bodies, flags.

Bodies are bound as Jackson binds them: in a map of text to text, numbers and booleans become the
text they were written as, null stays null, unknown fields of an object are refused.

Differs:
    A body that cannot be bound is answered with 400 and the reason; Java answers 500 by accident.
"""

from __future__ import annotations

import http
import re
import urllib.parse
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, NotFoundException

from barnabas.errors import BadRequestError
from barnabas.runtime.model import ConnectorOffset, TargetState

__all__ = [
    "MAX_BODY_BYTES",
    "CreateConnector",
    "check_media_types",
    "query",
    "read_body",
    "read_create_connector",
    "read_offsets",
    "read_text_map",
    "read_text_maps",
    "task_number",
    "truth",
]

AnyRequest = Request[Any, Any, Any]
Config = dict[str, str | None]
_T = TypeVar("_T")

MAX_BODY_BYTES = 32 * 1024 * 1024
_JSON = "application/json"
_BOM = b"\xef\xbb\xbf"
_INT32 = re.compile(r"[+-]?[0-9]{1,10}")
_INITIAL_STATES = {
    "RUNNING": TargetState.STARTED,
    "PAUSED": TargetState.PAUSED,
    "STOPPED": TargetState.STOPPED,
}


class CreateConnector(msgspec.Struct, frozen=True):
    """What ``POST /connectors`` asks for."""

    name: str
    config: Config
    target_state: TargetState | None


class _RawCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: msgspec.Raw = msgspec.Raw(b"null")
    config: dict[str, msgspec.Raw] | None = None
    initial_state: msgspec.Raw = msgspec.Raw(b"null")


class _RawOffset(msgspec.Struct, forbid_unknown_fields=True):
    partition: dict[str, Any] | None = None
    offset: dict[str, Any] | None = None


class _RawOffsets(msgspec.Struct, forbid_unknown_fields=True):
    offsets: list[_RawOffset] | None = None


_create = msgspec.json.Decoder(_RawCreate | None)
_offsets = msgspec.json.Decoder(_RawOffsets | None)
_map = msgspec.json.Decoder(dict[str, msgspec.Raw] | None)
_maps = msgspec.json.Decoder(list[dict[str, msgspec.Raw]] | None)
_text = msgspec.json.Decoder(str)


def check_media_types(request: AnyRequest) -> None:
    """Refuse media types other than JSON; runs before each resource.

    Raises:
        HTTPException: 415 for a body of another type, 406 when the client wants another type.
    """
    content_type = request.headers.get("content-type")
    if content_type is not None and request.method != "GET" and not _is_root(request):
        media_type = content_type.partition(";")[0].strip().lower()
        if media_type not in (_JSON, "*/*", "application/*"):
            raise http_error(http.HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    accept = request.headers.get("accept")
    if accept is not None and not _accepts_json(accept):
        raise http_error(http.HTTPStatus.NOT_ACCEPTABLE)


def http_error(status: http.HTTPStatus) -> HTTPException:
    """Make the error the framework of Java's workers gives with this status."""
    return HTTPException(status_code=status)


async def read_body(request: AnyRequest) -> bytes:
    """Read the whole body.

    Raises:
        HTTPException: 413 when it is longer than :data:`MAX_BODY_BYTES`, 415 when it has no type.
    """
    body = await request.body()
    if body.strip() and "content-type" not in request.headers:
        raise http_error(http.HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return body.removeprefix(_BOM)


async def read_text_map(request: AnyRequest) -> Config:
    """Read a map of text to text.

    Raises:
        BadRequestError: The body is not such a map.
    """
    return _texts(_object(await read_body(request), _map))


def read_text_maps(body: bytes) -> list[Config]:
    """Read a list of maps of text to text.

    Raises:
        BadRequestError: The body is not such a list.
    """
    return [_texts(item) for item in _object(body, _maps)]


async def read_create_connector(request: AnyRequest) -> CreateConnector:
    """Read the body of ``POST /connectors``.

    Raises:
        BadRequestError: The body has another form.
    """
    raw = _object(await read_body(request), _create)
    if raw.config is None:
        message = 'The field "config" is missing: it holds the configuration of the connector'
        raise BadRequestError(message)
    name = _as_text("name", raw.name) or ""
    state = _as_text("initial_state", raw.initial_state)
    return CreateConnector(name.strip(), _texts(raw.config), _target_state(state))


async def read_offsets(request: AnyRequest) -> list[ConnectorOffset]:
    """Read the body of ``PATCH /connectors/<name>/offsets``.

    Raises:
        BadRequestError: The body has another form, or holds no offsets.
    """
    raw = _object(await read_body(request), _offsets)
    if not raw.offsets:
        message = "Partitions / offsets need to be provided for an alter offsets request"
        raise BadRequestError(message)
    return [ConnectorOffset(item.partition, item.offset) for item in raw.offsets]


def query(request: AnyRequest, name: str) -> list[str]:
    """All values of a parameter of the address, in order; empty when it is not there."""
    text = request.scope["query_string"]
    if not text:
        return []
    pairs = urllib.parse.parse_qsl(text.decode("latin-1"), keep_blank_values=True)
    return [value for key, value in pairs if key == name]


def truth(values: Sequence[str], *, default: bool = False) -> bool:
    """Read a flag as Java's ``Boolean.valueOf`` does: everything but *true* is false."""
    return values[0].lower() == "true" if values else default


def task_number(text: str) -> int:
    """Read the number of a task from the path.

    Raises:
        NotFoundException: It is not a whole number of 32 bits.
    """
    if _INT32.fullmatch(text) and -(2**31) <= int(text) < 2**31:
        return int(text)
    raise NotFoundException


def _is_root(request: AnyRequest) -> bool:
    return request.scope["path"] in ("/", "/health")


def _accepts_json(accept: str) -> bool:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_range in (_JSON, "application/*", "*/*", "*", "") and not _is_refused(parameters):
            return True
    return False


def _is_refused(parameters: Sequence[str]) -> bool:
    return any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)


def _object(body: bytes, decoder: msgspec.json.Decoder[_T | None]) -> _T:
    try:
        decoded = decoder.decode(body) if body.strip() else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The body cannot be read as JSON of the expected form: {error}"
        raise BadRequestError(message) from error
    if decoded is None:
        message = "The request has no body; this resource needs one"
        raise BadRequestError(message)
    return decoded


def _texts(raw: dict[str, msgspec.Raw]) -> Config:
    return {key: _as_text(key, value) for key, value in raw.items()}


def _as_text(key: str, raw: msgspec.Raw) -> str | None:
    written = bytes(raw).strip()
    match written[:1]:
        case b'"':
            return _text.decode(written)
        case b"n":
            return None
        case b"{" | b"[":
            kind = "an object" if written[:1] == b"{" else "a list"
            message = f'The value of "{key}" is {kind}, but must be text, a number or a boolean'
            raise BadRequestError(message)
    return written.decode("ascii")


def _target_state(text: str | None) -> TargetState | None:
    if text is None:
        return None
    state = _INITIAL_STATES.get(text.upper())
    if state is None:
        message = f'"initial_state" is {text!r}; it can be RUNNING, PAUSED or STOPPED'
        raise BadRequestError(message)
    return state
