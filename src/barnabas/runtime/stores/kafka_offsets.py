# SPDX-License-Identifier: Apache-2.0
"""Source offsets in a topic all workers of a group share.

Reading first reads the topic to its end: the task that asks may have run on another worker a moment
ago. What is written had better arrive before the task can have gone to another worker, or a late
record would undo what its successor stored: so the producer gives a record up soon, and the store
hands it over anew for as long as this worker may write.

Source:
    Apache Kafka ``storage/KafkaOffsetBackingStore``; reference page *internal topics*, 5.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final

from barnabas.errors import DataError, DeadlineError, RetriableError
from barnabas.runtime.stores import offset_format
from barnabas.runtime.stores.garbage import GarbageLog
from barnabas.runtime.stores.offset_format import canonical_key
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.stores.topic_log import Log, LogRecord

__all__ = ["KafkaOffsetStore"]

_LIST_S: Final = 30.0
_PATIENCE_S: Final = 300.0
_WRITE_S: Final = 30.0
_PAUSE_S: Final = 0.2


class KafkaOffsetStore(OffsetStore):
    """Keeps offsets in the topic ``offset.storage.topic``.

    Args:
        log: The topic.
        patience_s: Time a starting task waits for the offsets; it had better wait for a broker
            than begin at the wrong place or fail.
        list_s: Time a user's request waits for the offsets.
        write_s: Time a write may take.
        sleep: Waits for some seconds.
    """

    def __init__(
        self,
        log: Log,
        *,
        patience_s: float = _PATIENCE_S,
        list_s: float = _LIST_S,
        write_s: float = _WRITE_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        self._log = log
        self._garbage = GarbageLog(log.topic, "offset")
        self._patience_s = patience_s
        self._list_s = list_s
        self._write_s = write_s
        self._sleep = sleep
        self._era = 0
        """How often the membership in which offsets were given has ended."""
        self._numbers = itertools.count()
        self._newest: dict[bytes, int] = {}
        """For keys that are being written: the number of the newest write."""

    async def start(self) -> None:
        """Read the topic to its end; tries until it is done or cancelled."""
        await self._log.start(self._take)

    async def stop(self) -> None:
        """Stop reading and writing."""
        await self._log.stop()

    def let_go(self) -> None:
        """Drop offsets that are not stored: others have the tasks now."""
        self._era += 1
        self._log.let_go()

    async def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """Look up offsets, those just written by others included."""
        asked = list(keys)
        await self._read_to_end(self._patience_s)
        return await super().get(asked)

    async def items(self) -> list[tuple[bytes, bytes | None]]:
        """List all entries, those just written by others included."""
        await self._read_to_end(self._list_s)
        return await super().items()

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets; durable when it returns.

        Raises:
            RetriableError: They were not stored in time. They may be stored later, if nothing newer
                is; try again.
            ConnectError: The broker refused.
        """
        if not values:
            return
        number = next(self._numbers)
        self._newest.update(dict.fromkeys(values, number))
        try:
            await self._write(number, values, time.monotonic() + self._write_s)
        finally:
            for key in self._mine(number, values):
                del self._newest[key]

    async def _write(
        self, number: int, values: Mapping[bytes, bytes | None], deadline_s: float
    ) -> None:
        """Hand records over until they are stored, save those for which there is a newer write."""
        era = self._era
        while True:
            if era != self._era or not self.may_write():
                text = (
                    f"Nothing is written to topic {self._log.topic} while this worker's membership "
                    "of its group is not confirmed"
                )
                raise RetriableError(text)
            records = [(self._stored(key), values[key]) for key in values]
            try:
                await self._log.send(records, max(0.0, deadline_s - time.monotonic()))
            except RetriableError:
                if time.monotonic() + _PAUSE_S >= deadline_s:
                    raise
                await self._sleep(_PAUSE_S)
                values = {key: values[key] for key in self._mine(number, values)}
                if not values:
                    raise
            else:
                return

    def _mine(self, number: int, values: Mapping[bytes, bytes | None]) -> list[bytes]:
        return [key for key in values if self._newest.get(key) == number]

    async def _read_to_end(self, timeout_s: float) -> None:
        try:
            await self._log.read_to_end(timeout_s)
        except DeadlineError as error:
            text = f"Source offsets cannot be read: {error.message}"
            raise RetriableError(text) from error

    def _take(self, records: list[LogRecord]) -> None:
        for record in records:
            if record.key is None:
                self._garbage.warn(record, "it has no key")
                continue
            if record.value is None:
                self._forget(record.key)
                continue
            self._check(record, record.key, record.value)
            self._remember(record.key, record.value)

    def _check(self, record: LogRecord, key: bytes, value: bytes) -> None:
        if offset_format.decode_key(key) is None:
            self._garbage.warn(record, "its key is not of a connector's partition")
            return
        try:
            offset_format.decode_value(value, key)
        except DataError as error:
            self._garbage.warn(record, error.message, is_kept=True)

    def _remember(self, key: bytes, value: bytes) -> None:
        if key not in self._values:
            self._stored_keys[canonical_key(key)] = key
        self._values[key] = value

    def _forget(self, key: bytes) -> None:
        self._values.pop(key, None)
        canonical = canonical_key(key)
        if self._stored_keys.get(canonical) == key:
            del self._stored_keys[canonical]
