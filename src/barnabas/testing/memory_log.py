# SPDX-License-Identifier: Apache-2.0
"""A topic in memory, and logs on it: the stores of several workers without a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from barnabas.errors import ConnectError, DeadlineError, RetriableError
from barnabas.runtime.stores.log_reader import LogRecord
from barnabas.runtime.stores.log_writer import Item
from barnabas.runtime.stores.topic_log import OnRecords

__all__ = ["MemoryLog", "MemoryTopic"]


class MemoryTopic:
    """One partition of records that all logs on it share. Used on one event loop.

    Attributes:
        records: Everything written so far.
        error: What writes fail with, None when they succeed.
        is_away: Set it to have reading to the end wait and writing fail, as without a broker.
    """

    def __init__(self, name: str = "memory", items: Iterable[Item] = ()) -> None:
        self.name = name
        self.records: list[LogRecord] = []
        self.error: ConnectError | None = None
        self.is_away = False
        self._followers: list[Callable[[], object]] = []
        self.append(items)

    @property
    def items(self) -> list[tuple[str, str | None]]:
        """Keys and values of all records, as text."""
        return [
            ((record.key or b"").decode(), None if record.value is None else record.value.decode())
            for record in self.records
        ]

    def append(self, items: Iterable[tuple[bytes | None, bytes | None]]) -> int:
        """Write as another program would; returns the offset after the last record."""
        for key, value in items:
            self.records.append(LogRecord(0, len(self.records), key, value))
        for follow in self._followers:
            follow()
        return len(self.records)

    def follow(self, follow: Callable[[], object]) -> None:
        """Have a function called whenever there is more."""
        self._followers.append(follow)


class MemoryLog:
    """Implements :class:`barnabas.runtime.stores.topic_log.Log`; one for each worker.

    Records come in a later round of the event loop, as they do from a broker.
    """

    def __init__(self, topic: MemoryTopic) -> None:
        self._topic = topic
        self._on_records: OnRecords | None = None
        self._reached = 0
        self._is_stopped = False
        self.has_let_go = False
        """Whether it was told to drop what waits."""
        self._progress = asyncio.Event()

    @property
    def topic(self) -> str:
        """Name of the topic."""
        return self._topic.name

    async def start(self, on_records: OnRecords) -> None:
        """Read everything, then follow."""
        self._on_records = on_records
        self._deliver()
        loop = asyncio.get_running_loop()
        self._topic.follow(lambda: loop.call_soon(self._deliver))

    async def stop(self) -> None:
        """Follow no more."""
        self._is_stopped = True

    def post(self, items: Sequence[Item]) -> asyncio.Future[dict[int, int]]:
        """Write records; they are stored at once, or fail in the next round of the loop."""
        stored: asyncio.Future[dict[int, int]] = asyncio.get_running_loop().create_future()
        error = self._topic.error
        if self._topic.is_away:
            error = RetriableError(f"Topic {self.topic} is away")
        if error is not None:
            stored.set_exception(error)
        else:
            stored.set_result({0: self._topic.append(items)})
        return stored

    async def send(self, items: Sequence[Item], timeout_s: float) -> dict[int, int]:
        """Write records; ``timeout_s`` does not matter."""
        return await self.post(items)

    def let_go(self) -> None:
        """Note that it was asked for; no record ever waits here."""
        self.has_let_go = True

    async def read_to_end(self, timeout_s: float) -> None:
        """Return once everything has been given; waits while the topic is away."""
        await self._read(lambda: not self._topic.is_away, len(self._topic.records), timeout_s)

    async def read_until(self, ends: Mapping[int, int], timeout_s: float) -> None:
        """Return once everything before these offsets has been given."""
        await self._read(lambda: True, ends.get(0, 0), timeout_s)

    async def _read(self, may: Callable[[], bool], end: int, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                while not may() or self._reached < end:
                    self._progress.clear()
                    await self._progress.wait()
        except TimeoutError:
            text = f"Topic {self.topic} was not read to its end within {timeout_s:g} s"
            raise DeadlineError(text) from None

    def _deliver(self) -> None:
        if self._is_stopped or self._on_records is None:
            return
        new = self._topic.records[self._reached :]
        if new:
            self._on_records(new)
        self._reached = len(self._topic.records)
        self._progress.set()
