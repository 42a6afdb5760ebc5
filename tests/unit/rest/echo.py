# SPDX-License-Identifier: Apache-2.0
"""An application that remembers what it was asked, and ways to ask without a server."""

from __future__ import annotations

import httpx

from barnabas.rest.asgi import ASGIApp, respond


class Echo:
    """Answers with a word and remembers the scope of the last request."""

    def __init__(
        self, headers: list[tuple[bytes, bytes]] | None = None, *, status: int = 200
    ) -> None:
        self.headers = headers or []
        self.status = status
        self.scope: dict | None = None

    async def __call__(self, scope, receive, send) -> None:
        self.scope = scope
        await respond(send, self.status, b"echo", self.headers)


async def ask(app: ASGIApp, method: str = "GET", path: str = "/", **headers: str) -> httpx.Response:
    """Ask an application; underscores in names of headers stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        return await client.request(method, path, headers=named)


async def ask_raw(app: ASGIApp, raw_path: bytes, method: str = "GET") -> tuple[int, bytes]:
    """Ask with a path that clients would not send."""
    sent: list[dict] = []

    async def send(message) -> None:
        sent.append(message)

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": method,
        "path": raw_path.decode("latin-1"),
        "raw_path": raw_path,
        "query_string": b"",
        "headers": [],
    }
    await app(scope, receive, send)
    return sent[0]["status"], sent[1]["body"]
