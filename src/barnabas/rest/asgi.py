# SPDX-License-Identifier: Apache-2.0
"""What the layers around the application share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import msgspec

__all__ = [
    "ASGIApp",
    "Header",
    "Message",
    "Receive",
    "Scope",
    "Send",
    "changing_start",
    "error_body",
    "header",
    "respond",
]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]

_encode = msgspec.json.Encoder().encode


class ErrorMessage(msgspec.Struct, frozen=True):
    """Body of every answer that is an error."""

    error_code: int
    message: str | None


def error_body(status: int, message: str | None) -> bytes:
    """Encode the body of an error."""
    return _encode(ErrorMessage(status, message))


def header(scope: Scope, name: bytes) -> bytes | None:
    """First value of a request header; the name is in lower case."""
    headers: Sequence[Header] = scope["headers"]
    return next((value for key, value in headers if key == name), None)


async def respond(send: Send, status: int, body: bytes, headers: Sequence[Header]) -> None:
    """Send a whole answer."""
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def changing_start(send: Send, change: Callable[[Message], None]) -> Send:
    """Wrap ``send`` so that ``change`` may alter status and headers of the answer."""

    async def changed(message: Message) -> None:
        if message["type"] == "http.response.start":
            change(message)
        await send(message)

    return changed
