# SPDX-License-Identifier: Apache-2.0
"""The REST API of a worker: what Java's workers answer, over Litestar and uvicorn.

One module per resource (``root``, ``connectors``, ``connector_offsets``, ``plugins``, ``loggers``,
``metrics``, ``internal``). Around the application stand layers of plain ASGI, outermost first::

    access_log        one log line per request
    header_rules      response.http.headers.config
    cors              access.control.allow.origin and .methods
    basic_auth        the basic auth extension
    uri_rules         addresses Java's server refuses; HEAD is a GET without its body
    application       Litestar: routing, media types, errors → status codes

``forwarding`` has other workers of the cluster answer what only they can.
``server`` listens and runs it all in the worker's event loop. Source: reference page *REST API*.
"""
