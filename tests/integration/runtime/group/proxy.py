# SPDX-License-Identifier: Apache-2.0
"""A wire between a member and its brokers that can be cut without either noticing."""

from __future__ import annotations

import asyncio
import contextlib

from barnabas.kafka.broker_connection import Address, BrokerConnection, Doorman
from tests.services.ports import free_port

__all__ = ["Wire"]


class Wire:
    """Forwards what members of this process send; `cut` swallows it, in both directions.

    Brokers name themselves by their own addresses, so every connection is led through here by
    replacing :meth:`Doorman.open` while the context lasts.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self.opened = 0
        self._address = Address("127.0.0.1", free_port())
        self._target = Address("", 0)
        self._open = Doorman.open
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Wire:
        wire, really = self, self._open

        async def detour(door: Doorman, address: Address, timeout_s: float) -> BrokerConnection:
            wire._target = address
            connection = await really(door, wire._address, timeout_s)
            connection.address = address
            return connection

        Doorman.open = detour  # type: ignore[method-assign]  # put back at the end
        host, port = self._address.host, self._address.port
        self._server = await asyncio.start_server(self._serve, host, port)
        return self

    async def __aexit__(self, *_: object) -> None:
        Doorman.open = self._open  # type: ignore[method-assign]  # as it was
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        target = await asyncio.open_connection(self._target.host, self._target.port)
        ways = ((reader, target[1]), (target[0], writer))
        tasks = [asyncio.create_task(self._forward(*way)) for way in ways]
        self._tasks.update(tasks)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in (target[1], writer):
                end.transport.abort()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._tasks.difference_update(tasks)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if not self.is_cut:
                    writer.write(data)
                    await writer.drain()
