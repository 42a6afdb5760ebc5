# SPDX-License-Identifier: Apache-2.0
"""A compacted topic as a log that one worker reads to its end and writes to.

::

    event loop                       threads
    ----------                       -------
    post, send  ───────────────────▶ writer (librdkafka's producer) ──▶ topic
    futures     ◀─ call_soon_threadsafe ┘
    on_records  ◀─ call_soon_threadsafe ─ reader (consumer) ◀────────── topic
    read_to_end ── end offsets from the admin client; done once the reader has delivered to there

All state is the loop's. While no broker can be reached, what was read stays, writing fails after
its time and reading to the end waits; one warning tells of the outage and one line of its end.

Source:
    Apache Kafka ``util/KafkaBasedLog``; reference page *internal topics*, 2.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from barnabas.errors import ConnectError, DeadlineError, RetriableError
from barnabas.kafka.layering import ClientProperties
from barnabas.kafka.topic_admin import AccessDeniedError, TopicAdmin
from barnabas.runtime.stores.log_reader import LogReader, LogRecord
from barnabas.runtime.stores.log_writer import Item, LogWriter
from barnabas.runtime.stores.outage import Outage
from barnabas.runtime.stores.storage_topics import StorageTopic, prepare_topic

__all__ = ["Item", "Log", "LogRecord", "OnRecords", "TopicLog"]

_Answer = TypeVar("_Answer")
_ASK_S: Final = 5.0
_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 1.0
_CLOSE_S: Final = 2.0

OnRecords: TypeAlias = Callable[[list[LogRecord]], None]
"""Takes records in order of their offsets within each partition; called on the loop."""

_logger = logging.getLogger(__name__)


class Log(Protocol):
    """What the stores need of a topic; used on one event loop."""

    @property
    def topic(self) -> str:
        """Name of the topic, for messages."""

    async def start(self, on_records: OnRecords) -> None:
        """Read the topic to its end; from then on records come as they are written.

        Raises:
            ConfigError: The topic cannot be used.
        """

    async def stop(self) -> None:
        """Let go of the topic."""

    def post(self, items: Sequence[Item]) -> asyncio.Future[dict[int, int]]:
        """Write records in the order of the calls.

        Returns:
            By partition the offset after the last of them, once all are stored. Fails with
            RetriableError or ConnectError.
        """

    async def send(self, items: Sequence[Item], timeout_s: float) -> dict[int, int]:
        """Write records and wait until they are stored.

        Raises:
            RetriableError: They were not stored in time, or the broker could not do it now.
            ConnectError: The broker refused.
        """

    def let_go(self) -> None:
        """Drop what was posted and is not stored: another worker may write in its place now.

        Who posted it gets a RetriableError.
        """

    async def read_to_end(self, timeout_s: float) -> None:
        """Return once all that was stored before this call has been given to ``on_records``.

        Raises:
            DeadlineError: That took longer than ``timeout_s``.
            ConnectError: The broker refused to say where the end is, or to give the records.
        """

    async def read_until(self, ends: Mapping[int, int], timeout_s: float) -> None:
        """Return once everything before these offsets has been given to ``on_records``.

        Raises:
            DeadlineError: That took longer than ``timeout_s``.
            ConnectError: The broker refused to give the records.
        """


class TopicLog:
    """A :class:`Log` on a topic of a Kafka cluster.

    Args:
        topic: What the topic must be like; it is created when it is missing.
        producer: Properties of the producer.
        consumer: Properties of the consumer.
        admin: Asks for offsets; may be shared, and is not closed here.
    """

    def __init__(
        self,
        topic: StorageTopic,
        *,
        producer: ClientProperties,
        consumer: ClientProperties,
        admin: TopicAdmin,
    ) -> None:
        self._spec = topic
        self._admin = admin
        self._writer = LogWriter(topic.name, producer)
        self._reader = LogReader(topic.name, consumer, self._from_reader, self._trouble)
        self._outage = Outage(topic.name)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._on_records: OnRecords = lambda records: None
        self._reached: dict[int, int] = {}
        self._count = 0
        self._is_stopping = False
        self._denial: ConnectError | None = None
        self._readers: list[tuple[Mapping[int, int], asyncio.Future[None]]] = []
        self._asking: list[asyncio.Future[dict[int, int]]] = []
        self._asked: list[asyncio.Future[dict[int, int]]] = []
        self._look: asyncio.Task[None] | None = None

    @property
    def topic(self) -> str:
        """Name of the topic."""
        return self._spec.name

    async def start(self, on_records: OnRecords) -> None:
        """Prepare the topic and read it to its end; tries until it is done or cancelled.

        Raises:
            ConfigError: The topic cannot be used; says what to change.
            ConnectError: Broker and client do not accept each other.
        """
        self._loop = asyncio.get_running_loop()
        self._on_records = on_records
        began = time.monotonic()
        description = await self._patiently(lambda: prepare_topic(self._admin, self._spec))
        partitions = range(description.partitions)
        self._reached = await self._patiently(
            lambda: self._admin.first_offsets(self.topic, partitions, _ASK_S)
        )
        await asyncio.to_thread(self._writer.open)
        await asyncio.to_thread(self._reader.start, dict(self._reached))
        await self._reach(await self._ends())
        _logger.info(
            "Read topic %s (%s) to its end: %d record(s) in %d partition(s), %.0f ms",
            self.topic,
            self._spec.purpose,
            self._count,
            len(partitions),
            (time.monotonic() - began) * 1000,
        )

    async def stop(self) -> None:
        """Write what waits to be written, for a bounded time, and end the threads."""
        self._is_stopping = True
        self._reader.ask_to_stop()
        if self._look is not None:
            self._look.cancel()
        closed = RetriableError(f"Topic {self.topic} is not read any more")
        waiting: list[asyncio.Future[Any]] = [*self._asking, *self._asked]
        waiting += [future for _ends, future in self._readers]
        for future in waiting:
            if not future.done():
                future.set_exception(closed)
        await asyncio.to_thread(self._writer.close, _CLOSE_S)
        await asyncio.to_thread(self._reader.join, _CLOSE_S)

    # -- writing ----------------------------------------------------------------------------------

    def post(self, items: Sequence[Item]) -> asyncio.Future[dict[int, int]]:
        """Write records in the order of the calls; see :meth:`Log.post`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[dict[int, int]] = loop.create_future()

        def tell(error: ConnectError | None, ends: dict[int, int]) -> None:
            if future.done():
                return
            if error is None:
                future.set_result(ends)
            else:
                future.set_exception(error)

        def stored(error: ConnectError | None, ends: dict[int, int]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(tell, error, ends)

        self._writer.post(items, stored)
        return future

    async def send(self, items: Sequence[Item], timeout_s: float) -> dict[int, int]:
        """Write records and wait until they are stored; see :meth:`Log.send`."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.post(items)
        except TimeoutError:
            why = f": {self._writer.trouble}" if self._writer.trouble else ""
            text = (
                f"Topic {self.topic} at {self._admin.servers} did not take a record within "
                f"{timeout_s:g} s{why}"
            )
            raise RetriableError(text) from None

    def let_go(self) -> None:
        """Drop what was posted and is not stored; see :meth:`Log.let_go`."""
        self._writer.let_go()

    # -- reading ----------------------------------------------------------------------------------

    async def read_to_end(self, timeout_s: float) -> None:
        """Return once all that was stored before this call is read; see :meth:`Log.read_to_end`."""
        async with self._deadline(timeout_s):
            await self._reach(await self._ends())

    async def read_until(self, ends: Mapping[int, int], timeout_s: float) -> None:
        """Return once everything before these offsets is read; see :meth:`Log.read_until`."""
        async with self._deadline(timeout_s):
            await self._reach(ends)

    @contextlib.asynccontextmanager
    async def _deadline(self, timeout_s: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except TimeoutError:
            why = f" ({self._outage.reason})" if self._outage.reason else ""
            text = f"Topic {self.topic} was not read to its end within {timeout_s:g} s{why}"
            raise DeadlineError(text) from None

    async def _reach(self, ends: Mapping[int, int]) -> None:
        if not self._has_reached(ends):
            if self._denial is not None:
                raise self._denial
            future = asyncio.get_running_loop().create_future()
            self._readers.append((ends, future))
            await future

    def _has_reached(self, ends: Mapping[int, int]) -> bool:
        return all(self._reached.get(partition, 0) >= end for partition, end in ends.items())

    def _from_reader(self, records: list[LogRecord], reached: dict[int, int]) -> None:
        """Hear the reader, on its thread."""
        self._tell_loop(lambda: self._take(records, reached))

    def _take(self, records: list[LogRecord], reached: dict[int, int]) -> None:
        if self._is_stopping:
            return
        self._count += len(records)
        try:
            if records:
                self._on_records(records)
        finally:
            self._reached.update(reached)
            self._denial = None
            waiting, self._readers = self._readers, []
            for ends, future in waiting:
                if self._has_reached(ends) and not future.done():
                    future.set_result(None)
                elif not future.done():
                    self._readers.append((ends, future))

    async def _ends(self) -> dict[int, int]:
        """Ask where the partitions end, together with all others who ask at the moment."""
        future: asyncio.Future[dict[int, int]] = asyncio.get_running_loop().create_future()
        self._ask(future)
        return await future

    def _ask(self, future: asyncio.Future[dict[int, int]]) -> None:
        self._asking.append(future)
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._look_for_ends())

    async def _look_for_ends(self) -> None:
        """Ask until nobody waits; those who come while it asks wait for the next answer."""
        pause_s = _FIRST_PAUSE_S
        while self._asking:
            self._asked, self._asking = self._asking, []
            began = time.monotonic()
            try:
                ends = await self._admin.end_offsets(self.topic, list(self._reached), _ASK_S)
            except RetriableError as error:
                self._outage.failed(error.message, began)
                self._asking = [
                    future for future in self._asked if not future.done()
                ] + self._asking
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            except ConnectError as error:
                for future in self._asked:
                    if not future.done():
                        future.set_exception(error)
            else:
                self._outage.over()
                for future in self._asked:
                    if not future.done():
                        future.set_result(ends)

    # -- outages ----------------------------------------------------------------------------------

    async def _patiently(self, ask: Callable[[], Awaitable[_Answer]]) -> _Answer:
        pause_s = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            try:
                answer = await ask()
            except RetriableError as error:
                self._outage.failed(error.message, began)
            else:
                self._outage.over()
                return answer
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _trouble(self, error: ConnectError) -> None:
        """Hear the reader, on its thread."""
        if isinstance(error, AccessDeniedError):
            self._tell_loop(lambda: self._deny(error))
        else:
            self._tell_loop(lambda: self._probe(error.message))

    def _deny(self, error: ConnectError) -> None:
        """Hear that this worker may not read; all who wait for records hear it until it may."""
        if self._is_stopping:
            return
        if self._denial is None:
            _logger.error("%s. What was read before stays in use; trying again", error.message)
        self._denial = error
        waiting, self._readers = self._readers, []
        for _ends, future in waiting:
            if not future.done():
                future.set_exception(error)

    def _probe(self, why: str) -> None:
        """Ask for the ends until there is an answer, to learn whether this is an outage."""
        if self._is_stopping or self._outage.reason:
            return
        self._outage.reason = why
        probe: asyncio.Future[dict[int, int]] = asyncio.get_running_loop().create_future()
        probe.add_done_callback(_retrieve)
        self._ask(probe)

    def _tell_loop(self, what: Callable[[], None]) -> None:
        assert self._loop is not None
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(what)


def _retrieve(done: asyncio.Future[dict[int, int]]) -> None:
    """Mark an error as seen."""
    if not done.cancelled():
        done.exception()
