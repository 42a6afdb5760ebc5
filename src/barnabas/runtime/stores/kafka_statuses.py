# SPDX-License-Identifier: Apache-2.0
"""Statuses in a topic all workers of a group share.

Writing returns at once, and this worker shows what it wrote at once. The others see it when they
have read it; a write the broker could not take is sent again until something newer takes its place.

A worker that was cut off may say that it gave something up when others have it since. Such a late
word is passed over, and whoever runs the thing writes its status again.

Differs:
    Java shows what a worker wrote only when it has read it back. It sends a status again even after
    a newer one of the same instance was sent, which it then may overwrite. It passes over late
    words of tasks only, and leaves them the last on the topic. A topic's use that is on its way is
    not written a second time.

Source:
    Apache Kafka ``storage/KafkaStatusBackingStore``; reference page *internal topics*, 4.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import Callable
from typing import Final

from barnabas.errors import ConnectError, DataError, RetriableError
from barnabas.runtime.model import ConnectorStatus, State, TaskId
from barnabas.runtime.stores import status_format
from barnabas.runtime.stores.garbage import GarbageLog
from barnabas.runtime.stores.status_format import ConnectorKey, StatusKey, TaskKey, TopicKey
from barnabas.runtime.stores.statuses import MemoryStatusStore, StatusStore
from barnabas.runtime.stores.topic_log import Item, Log, LogRecord

__all__ = ["KafkaStatusStore"]

_PAUSE_S: Final = 0.5
_STOP_S: Final = 2.0
_NONE: Final = -2
"""A generation nothing was put in."""

_log = logging.getLogger(__name__)


class KafkaStatusStore(StatusStore):
    """Keeps statuses in the topic ``status.storage.topic``.

    Args:
        log: The topic.
        now_ms: The time in ms since the epoch.
        pause_s: Time between two tries to write a status.
    """

    def __init__(
        self,
        log: Log,
        *,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        pause_s: float = _PAUSE_S,
    ) -> None:
        self._log = log
        self._garbage = GarbageLog(log.topic, "status")
        self._now_ms = now_ms
        self._pause_s = pause_s
        self._read = MemoryStatusStore()
        self._shown = MemoryStatusStore()
        self._unread: dict[StatusKey, list[_Write]] = {}
        """Writes of each key that were not read back yet, in order; none of them is empty."""
        self._mine: dict[StatusKey, ConnectorStatus] = {}
        self._generation = 0
        self._has_started = False
        self._writes: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Read the topic to its end; tries until it is done or cancelled."""
        await self._log.start(self._take)
        self._has_started = True

    async def stop(self) -> None:
        """Write what waits, for a bounded time, then stop."""
        await self.flush(_STOP_S)
        for write in self._writes:
            write.cancel()
        await self._log.stop()

    async def flush(self, timeout_s: float) -> None:
        """Wait until what was put is stored, or the time is over."""
        if self._writes:
            await asyncio.wait(set(self._writes), timeout=timeout_s)

    def let_go(self) -> None:
        """Write nothing more of what was put and is not stored: others have the work now."""
        self._generation = _NONE
        self._log.let_go()

    # -- reading ----------------------------------------------------------------------------------

    def connectors(self) -> set[str]:
        """Names of all connectors of which, or of a task of which, a status is known."""
        return self._shown.connectors()

    def connector(self, name: str) -> ConnectorStatus | None:
        """Status of a connector, None when there is none."""
        return self._shown.connector(name)

    def task(self, task: TaskId) -> ConnectorStatus | None:
        """Status of a task, None when there is none."""
        return self._shown.task(task)

    def tasks(self, name: str) -> dict[TaskId, ConnectorStatus]:
        """Statuses of all tasks of a connector, in order of their numbers."""
        return self._shown.tasks(name)

    def topics(self, name: str) -> list[str]:
        """Topics the connector used since the last reset."""
        return self._read.topics(name)

    # -- writing ----------------------------------------------------------------------------------

    def put_connector(self, name: str, status: ConnectorStatus, *, safe: bool = False) -> None:
        """Store the status of a connector."""
        self._put(ConnectorKey(name), status, lambda: self._read.connector(name), safe=safe)

    def put_task(self, task: TaskId, status: ConnectorStatus, *, safe: bool = False) -> None:
        """Store the status of a task."""
        self._put(TaskKey(task), status, lambda: self._read.task(task), safe=safe)

    def remove_connector(self, name: str) -> None:
        """Forget the status of a connector; nothing is done when there is none."""
        self._remove(ConnectorKey(name), is_known=self._read.connector(name) is not None)

    def remove_task(self, task: TaskId) -> None:
        """Forget the status of a task; nothing is done when there is none."""
        self._remove(TaskKey(task), is_known=self._read.task(task) is not None)

    def add_topic(self, task: TaskId, topic: str) -> None:
        """Remember that a task used a topic."""
        key = TopicKey(topic, task.connector)
        if self._coming(key) is None and topic not in self._read.topics(task.connector):
            value = status_format.topic_value(topic, task, self._now_ms())
            self._write(key, value, lambda: True)

    def remove_topics(self, name: str) -> None:
        """Forget the topics a connector used."""
        coming = [
            key.topic for key in self._unread if isinstance(key, TopicKey) and key.connector == name
        ]
        for topic in dict.fromkeys([*self._read.topics(name), *coming]):
            self._remove(TopicKey(topic, name), is_known=True)

    def _put(
        self,
        key: StatusKey,
        status: ConnectorStatus,
        known: Callable[[], ConnectorStatus | None],
        *,
        safe: bool,
    ) -> None:
        self._generation = status.generation
        if safe and not _gives_way_to(known(), status):
            return

        def is_wanted() -> bool:
            return status.generation == self._generation and (
                not safe or _gives_way_to(known(), status)
            )

        self._mine[key] = status
        self._write(key, status_format.status_value(status), is_wanted, status)

    def _put_again(self, key: StatusKey, status: ConnectorStatus) -> None:
        """Have the status this worker gave something be the last on the topic."""
        if self._mine.get(key) == status:
            value = status_format.status_value(status)
            self._write(key, value, lambda: self._mine.get(key) == status, status)

    def _remove(self, key: StatusKey, *, is_known: bool) -> None:
        self._mine.pop(key, None)
        if self._coming(key) is not None or (is_known and key not in self._unread):
            self._write(key, None, lambda: True)

    def _coming(self, key: StatusKey) -> bytes | None:
        """Look up what was written last and not read back; None for nothing and for a removal."""
        return self._unread[key][-1].value if key in self._unread else None

    def _write(
        self,
        key: StatusKey,
        value: bytes | None,
        is_wanted: Callable[[], bool],
        status: ConnectorStatus | None = None,
    ) -> None:
        write = _Write(key, value, is_wanted)
        self._unread.setdefault(key, []).append(write)
        self._show(key, status)
        task = asyncio.create_task(self._follow(write, self._log.post([write.record])))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def _follow(self, write: _Write, stored: asyncio.Future[dict[int, int]]) -> None:
        """See to it that the broker takes a record, unless a newer one of its key makes it void."""
        while True:
            try:
                await stored
            except RetriableError:
                await asyncio.sleep(self._pause_s)
            except ConnectError as error:
                _log.error("Failed to write status update: %s", error.message)
                break
            else:
                return
            if not self._is_newest(write) or not write.is_wanted():
                break
            stored = self._log.post([write.record])
        self._cease_waiting(write)

    def _is_newest(self, write: _Write) -> bool:
        return write.key in self._unread and self._unread[write.key][-1] is write

    def _cease_waiting(self, write: _Write) -> None:
        """Do not expect to read a record back that was not stored."""
        writes = self._unread.get(write.key, [])
        if write in writes:
            writes.remove(write)
            self._show_read(write.key)

    # -- what is read back ------------------------------------------------------------------------

    def _take(self, records: list[LogRecord]) -> None:
        for record in records:
            try:
                self._apply(status_format.decode_key(record.key), record.value)
            except DataError as error:
                self._garbage.warn(record, error.message)

    def _apply(self, key: StatusKey, value: bytes | None) -> None:
        self._note_read(key, value)
        if isinstance(key, ConnectorKey):
            self._apply_connector(key.name, value)
        elif isinstance(key, TaskKey):
            self._apply_task(key.task, value)
        elif value is None:
            self._read.remove_topic(key.connector, key.topic)
            if self._has_started and self.on_topic_forgotten is not None:
                self.on_topic_forgotten(key.connector)
        else:
            status_format.decode_topic(value)
            self._read.add_topic(TaskId(key.connector, 0), key.topic)
        self._show_read(key)

    def _note_read(self, key: StatusKey, value: bytes | None) -> None:
        """Tell which write was read back: the oldest that fits, for values come again."""
        writes = self._unread.get(key, [])
        read = next((place for place, write in enumerate(writes) if write.value == value), None)
        if read is not None:
            del writes[: read + 1]

    def _show_read(self, key: StatusKey) -> None:
        """Show what was read, unless something newer was written."""
        if not self._unread.get(key):
            self._unread.pop(key, None)
            self._show(key, self._known(key))

    def _known(self, key: StatusKey) -> ConnectorStatus | None:
        """Look up what was read."""
        if isinstance(key, ConnectorKey):
            return self._read.connector(key.name)
        return self._read.task(key.task) if isinstance(key, TaskKey) else None

    def _show(self, key: StatusKey, status: ConnectorStatus | None) -> None:
        """Show a status from now on, or none; topics are shown as they were read."""
        if isinstance(key, ConnectorKey):
            if status is None:
                self._shown.remove_connector(key.name)
            else:
                self._shown.put_connector(key.name, status)
        elif isinstance(key, TaskKey):
            if status is None:
                self._shown.remove_task(key.task)
            else:
                self._shown.put_task(key.task, status)

    def _apply_connector(self, name: str, value: bytes | None) -> None:
        if value is not None:
            status, known = status_format.decode_status(value), self._read.connector(name)
            self._tell(name, status)
            if known is not None and _is_late(known, status) and _is_anothers(known, status):
                self._put_again(ConnectorKey(name), known)
            else:
                self._read.put_connector(name, status)
            return
        self._read.remove_connector(name)
        self._read.remove_topics(name)
        for task in self._read.tasks(name):
            self._read.remove_task(task)
            if TaskKey(task) not in self._unread:
                self._shown.remove_task(task)

    def _tell(self, what: str | TaskId, status: ConnectorStatus) -> None:
        if self._has_started and self.on_read is not None:
            self.on_read(what, status)

    def _apply_task(self, task: TaskId, value: bytes | None) -> None:
        if value is None:
            self._read.remove_task(task)
            return
        status, known = status_format.decode_status(value), self._read.task(task)
        self._tell(task, status)
        if known is None or not _is_late(known, status):
            self._read.put_task(task, status)
        elif _is_anothers(known, status):
            self._put_again(TaskKey(task), known)


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class _Write:
    """A record on its way."""

    key: StatusKey
    value: bytes | None
    is_wanted: Callable[[], bool]
    """Whether it should be sent again when the broker could not take it."""

    @property
    def record(self) -> Item:
        return self.key.encode(), self.value


def _gives_way_to(known: ConnectorStatus | None, status: ConnectorStatus) -> bool:
    """Say whether a safe write may replace what is known."""
    return (
        known is None
        or known.worker_id == status.worker_id
        or known.generation <= status.generation
    )


def _is_late(known: ConnectorStatus, status: ConnectorStatus) -> bool:
    """Say whether the last word about something came after the first of who has it since."""
    return (
        status.state is State.UNASSIGNED
        and known.state is State.RUNNING
        and known.generation >= status.generation
    )


def _is_anothers(known: ConnectorStatus, status: ConnectorStatus) -> bool:
    """Say whether a status comes from another worker than the known one."""
    return known.worker_id != status.worker_id
