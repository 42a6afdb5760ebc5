# SPDX-License-Identifier: Apache-2.0
"""Which status code an error has: the only place that knows.

Source:
    Apache Kafka ``ConnectExceptionMapper``; reference page *REST API*, section 1.
"""

from __future__ import annotations

import http
import logging
import math
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from barnabas import errors
from barnabas.rest.asgi import error_body
from barnabas.rest.warning_header import warning_headers
from barnabas.telemetry.logs import redact

__all__ = ["EXCEPTION_HANDLERS", "status_of"]

_log = logging.getLogger(__name__)

_STATUS: dict[type[errors.ConnectError], int] = {
    errors.NotFoundError: 404,
    errors.AlreadyExistsError: 409,
    errors.ConflictError: 409,
    errors.BadRequestError: 400,
    errors.ConfigError: 400,
    errors.PluginError: 400,
    errors.ForbiddenError: 403,
    errors.UnavailableError: 503,
}
"""Everything that is not here, and not derived from it, is 500."""


def status_of(error: Exception) -> int:
    """Status code of an error."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def _answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    status = status_of(error)
    if isinstance(error, HTTPException):
        message = f"HTTP {status} {http.HTTPStatus(status).phrase}"
    else:
        message = redact(str(error)) or type(error).__name__
    if status >= 500:
        expected = isinstance(error, errors.ConnectError)
        trace = None if expected else error
        _log.error("%s %s: %s", request.method, request.url.path, message, exc_info=trace)
    return Response(
        error_body(status, message),
        status_code=status,
        media_type="application/json",
        headers={**_retry_after(error), **_notices(error)},
    )


def _retry_after(error: Exception) -> dict[str, str]:
    """Tell clients when to try again what is only in the way for a moment."""
    if isinstance(error, errors.RebalanceError):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}
    if isinstance(error, errors.RequestTargetError):
        return {"Retry-After": "1"}
    return {}


def _notices(error: Exception) -> dict[str, str]:
    """What a user should know besides, such as a misspelt name beside the missing one."""
    if isinstance(error, errors.BadRequestError):
        return warning_headers(map(redact, error.notices))
    return {}


EXCEPTION_HANDLERS: Any = {HTTPException: _answer, Exception: _answer, 404: _answer, 405: _answer}
"""For Litestar; it looks handlers up by status code before it does by class."""
