# SPDX-License-Identifier: Apache-2.0
"""The application: which resources there are, and what Java's framework answers around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from litestar import Litestar, MediaType, Request, Response, Router
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler, route
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

import barnabas
from barnabas.rest import connector_offsets, connectors, internal, loggers, metrics, plugins, root
from barnabas.rest.asgi import ASGIApp
from barnabas.rest.context import RestContext
from barnabas.rest.errors import EXCEPTION_HANDLERS
from barnabas.rest.request import MAX_BODY_BYTES, check_media_types

__all__ = ["make_application"]

_RESOURCES = [
    *root.HANDLERS,
    *connectors.HANDLERS,
    *connector_offsets.HANDLERS,
    *plugins.HANDLERS,
    *internal.HANDLERS,
]
_ADMIN = [*loggers.HANDLERS, *metrics.HANDLERS]


def make_application(
    context: RestContext, *, resources: bool = True, admin: bool = True
) -> ASGIApp:
    """Make the application.

    Args:
        context: What the resources work with.
        resources: Whether connectors and plugins are served.
        admin: Whether ``/admin`` and ``/metrics`` are served.
    """
    handlers = [*(_RESOURCES if resources else []), *(_ADMIN if admin else [])]
    application = Litestar(
        [Router("/", route_handlers=[*_options(handlers), *handlers])],
        before_request=check_media_types,
        exception_handlers=EXCEPTION_HANDLERS,
        state=State({"context": context}),
        request_max_body_size=MAX_BODY_BYTES,
        openapi_config=OpenAPIConfig(
            "Barnabas",
            barnabas.__version__,
            path="/openapi.json",
            render_plugins=[JsonRenderPlugin(path="/", media_type=MediaType.JSON)],
        ),
        logging_config=None,
        debug=False,
    )
    return cast("ASGIApp", application)


def _options(handlers: Iterable[HTTPRouteHandler]) -> list[HTTPRouteHandler]:
    """Make a handler of OPTIONS for each path; registered first, it replaces Litestar's own."""
    methods: dict[str, set[str]] = {}
    for handler in handlers:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(handler.http_methods)
    return [_options_of(path, allowed) for path, allowed in methods.items()]


def _options_of(path: str, methods: set[str]) -> HTTPRouteHandler:
    allow = ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))

    @route(path, http_method="OPTIONS", include_in_schema=False, sync_to_thread=False, name=path)
    def _allowed(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(allow.encode(), media_type="text/plain", headers={"Allow": allow})

    return _allowed
