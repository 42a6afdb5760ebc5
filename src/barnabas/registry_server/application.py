# SPDX-License-Identifier: Apache-2.0
"""The application: all resources over one registry."""

from __future__ import annotations

from typing import cast

from litestar import Litestar
from litestar.datastructures import State

from barnabas.registry_server.registry import Registry
from barnabas.registry_server.resources import compatibility, root, schemas, settings, subjects
from barnabas.registry_server.resources.answers import EXCEPTION_HANDLERS
from barnabas.rest.asgi import ASGIApp, Receive, Scope, Send

__all__ = ["make_application"]

_MAX_BODY_BYTES = 32 * 1024 * 1024


def make_application(registry: Registry) -> ASGIApp:
    """Make the application."""
    application = Litestar(
        [
            *root.HANDLERS,
            *subjects.HANDLERS,
            *schemas.HANDLERS,
            *compatibility.HANDLERS,
            *settings.HANDLERS,
        ],
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"registry": registry}),
        request_max_body_size=_MAX_BODY_BYTES,
        openapi_config=None,
        logging_config=None,
        debug=False,
    )
    return _EncodedPaths(cast("ASGIApp", application))


class _EncodedPaths:
    """Leaves paths as they were sent, so that a name may hold an encoded slash.

    Subjects of Protobuf files do: ``google%2Ftype%2Fdate.proto``.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "http":
            raw = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1")
            method = "GET" if scope["method"] == "HEAD" else scope["method"]
            scope = {**scope, "path": raw.partition("?")[0], "method": method}
        await self._app(scope, receive, send)
