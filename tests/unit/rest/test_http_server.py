# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import signal

import httpx

from barnabas.rest.http_server import HttpServer
from barnabas.rest.listeners import Listener, open_socket
from tests.unit.rest.echo import Echo


async def test_it_serves_as_a_guest_and_leaves_signals_alone():
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    opened = open_socket(Listener("http", "127.0.0.1", 0))
    port = opened.getsockname()[1]
    server = HttpServer(Echo(), None)
    serving = asyncio.create_task(server.serve(sockets=[opened]))
    await server.has_started.wait()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    async with httpx.AsyncClient() as client:
        answer = await client.head(f"http://127.0.0.1:{port}/")
    assert (answer.status_code, answer.content) == (200, b"")
    server.should_exit = True
    await serving
    opened.close()
