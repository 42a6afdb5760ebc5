# SPDX-License-Identifier: Apache-2.0
"""Reading requests by the rules of Java's framework: media types, body, flags, numbers."""

from __future__ import annotations

import http
import re
import urllib.parse
from collections.abc import Sequence
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException, NotFoundException

__all__ = [
    "MAX_BODY_BYTES",
    "check_media_types",
    "query",
    "read_body",
    "task_number",
    "truth",
]

AnyRequest = Request[Any, Any, Any]
MAX_BODY_BYTES = 32 * 1024 * 1024
_JSON = "application/json"
_BODILESS = ("/", "/health", "/openapi.json")
_INT32 = re.compile(r"[+-]?[0-9]{1,10}")


def check_media_types(request: AnyRequest) -> None:
    """Refuse media types other than JSON; runs before each resource.

    What a request says of its body counts even when it has none, as Java reads it; only the root
    resources, which never have one, and OPTIONS take any.

    Raises:
        HTTPException: 415 for a body of another type, 406 when the client wants another type.
    """
    if request.method == "OPTIONS":
        return
    content_type = request.headers.get("content-type")
    if content_type is not None and request.scope["path"] not in _BODILESS:
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
        HTTPException: 413 when it is longer than :data:`MAX_BODY_BYTES`, 415 when it has no type,
            400 when the client went away before its end.
    """
    try:
        body = await request.body()
    except InternalServerException as error:  # the framework's way to say that the client went
        raise http_error(http.HTTPStatus.BAD_REQUEST) from error
    if body.strip() and "content-type" not in request.headers:
        raise http_error(http.HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return body


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


def _accepts_json(accept: str) -> bool:
    for part in accept.split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_range in (_JSON, "application/*", "*/*", "*", "") and not _is_refused(parameters):
            return True
    return False


def _is_refused(parameters: Sequence[str]) -> bool:
    return any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
