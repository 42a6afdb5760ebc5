# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import logging
import signal

import httpx

from barnabas.rest.http_server import HttpServer, Seldom
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


def test_what_is_no_http_is_told_of_once_in_a_while():
    now = [0.0]
    seldom = Seldom(lambda: now[0])

    def is_told(text: str) -> bool:
        return seldom.filter(logging.LogRecord("u", logging.WARNING, "f", 1, text, None, None))

    told = [now[0] for now[0] in range(100) if is_told("Invalid HTTP request received.")]
    assert told == [0, 30, 60, 90]
    assert is_told("Something else")
