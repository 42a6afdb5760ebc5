# SPDX-License-Identifier: Apache-2.0
"""``/connectors/<name>/offsets``: look at, change and reset offsets (KIP-875)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, delete, get, patch
from litestar.params import FromPath

from barnabas.rest.bodies import parse_offsets
from barnabas.rest.context import context_of, json
from barnabas.rest.forwarding import complete_or_forward
from barnabas.rest.request import read_body
from barnabas.rest.schemas import FORWARD, OFFSETS, answers, operation
from barnabas.runtime.model import ConnectorOffsets

__all__ = ["HANDLERS"]

_PATH = "/connectors/{name:str}/offsets"


class Message(msgspec.Struct, frozen=True):
    """Answer to a change of offsets."""

    message: str


@get(_PATH, responses=answers(ConnectorOffsets), summary="Offsets of a connector")
async def _get_offsets(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Source offsets, or what the consumer group of a sink has committed."""
    context = context_of(request)
    return json(await context.within(context.herder.connector_offsets(name)))


@patch(
    _PATH,
    responses=answers(Message),
    operation_class=operation(OFFSETS, forward=FORWARD),
    summary="Change offsets of a stopped connector",
)
async def _alter_offsets(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Set the offsets of some partitions; an offset of null forgets the partition's."""
    herder = context_of(request).herder
    offsets = parse_offsets(await read_body(request))
    return await complete_or_forward(
        request,
        lambda: herder.alter_offsets(name, offsets),
        lambda message: json(Message(message)),
    )


@delete(
    _PATH,
    status_code=200,
    responses=answers(Message),
    operation_class=operation(forward=FORWARD),
    summary="Reset offsets of a stopped connector",
)
async def _reset_offsets(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Forget all offsets; the connector begins anew when it is resumed."""
    herder = context_of(request).herder
    return await complete_or_forward(
        request,
        lambda: herder.reset_offsets(name),
        lambda message: json(Message(message)),
    )


HANDLERS = [_get_offsets, _alter_offsets, _reset_offsets]
