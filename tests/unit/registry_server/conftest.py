# SPDX-License-Identifier: Apache-2.0
"""The REST API over a registry in memory, and states to decide on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from barnabas.registry_server.application import make_application
from barnabas.registry_server.logs import MemoryLog
from barnabas.registry_server.registry import Registry
from barnabas.registry_server.state import State
from barnabas.rest.asgi import ASGIApp


class Api:
    """Asks the API; every answer is what JSON says, with its status."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def ask(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body)
        answer = await self._client.request(method, path, content=content)
        return answer.status_code, answer.json() if answer.content else None

    async def get(self, path: str) -> tuple[int, Any]:
        return await self.ask("GET", path)

    async def put(self, path: str, body: object) -> tuple[int, Any]:
        return await self.ask("PUT", path, body)

    async def delete(self, path: str) -> tuple[int, Any]:
        return await self.ask("DELETE", path)

    async def post(self, path: str, schema: str = '"string"', **more: object) -> tuple[int, Any]:
        return await self.ask("POST", path, {"schema": schema, **more})

    async def register(self, subject: str, schema: str = '"string"', **more: object) -> int:
        status, told = await self.post(f"/subjects/{subject}/versions", schema, **more)
        assert status == 200, told
        return int(told["id"])

    async def refused(self, method: str, path: str, body: object = None) -> tuple[int, int]:
        """Return status and error code of a request that is refused."""
        status, told = await self.ask(method, path, body)
        return status, told["error_code"]


@pytest.fixture(scope="session")
def served() -> tuple[Registry, ASGIApp]:
    """One application for all tests, because making one takes longer than a test."""
    registry = Registry(MemoryLog())
    return registry, make_application(registry)


@pytest.fixture
async def api(served: tuple[Registry, ASGIApp]) -> AsyncIterator[Api]:
    """The API of a registry that is empty."""
    registry, application = served
    registry.state = State()
    await registry.start()
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as client:
        yield Api(client)
    await registry.stop()
