# SPDX-License-Identifier: Apache-2.0
"""Offsets of a connector that keeps them in a topic of its own, with the worker's beside it.

What is in the connector's topic counts; what is only in the worker's is found, too, so that a
connector may get a topic of its own at any time. Offsets are copied to the worker's, so that it may
lose its own again.

Source:
    KIP-618; Apache Kafka ``ConnectorOffsetBackingStore``; reference page *internal topics*, 5.1.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence

from barnabas.errors import ConnectError
from barnabas.runtime.stores.log_writer import Item
from barnabas.runtime.stores.offset_format import canonical_key
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.stores.privileged_writer import PrivilegedWriter

__all__ = ["ConnectorOffsetStore", "TransactionalOffsetStore"]

_CLAIM_S = 30.0
_WRITE_S = 30.0

_log = logging.getLogger(__name__)


class ConnectorOffsetStore(OffsetStore):
    """Two stores that look like one. Starting and stopping them is their owners' business.

    Args:
        own: The connector's.
        shared: The worker's.
    """

    def __init__(self, own: OffsetStore, shared: OffsetStore) -> None:
        super().__init__()
        self._own = own
        self._shared = shared
        self._copying: set[asyncio.Task[None]] = set()

    def stored_keys(self, keys: Iterable[bytes]) -> list[bytes]:
        """Find the keys under which entries are stored in the connector's topic."""
        return self._own.stored_keys(keys)

    async def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """Look up offsets; the connector's own win."""
        asked = list(keys)
        found, shared = await asyncio.gather(self._own.get(asked), self._shared.get(asked))
        return {key: shared.get(key) if found.get(key) is None else found[key] for key in asked}

    async def items(self) -> list[tuple[bytes, bytes | None]]:
        """List the entries of both; the connector's own win."""
        own, shared = await asyncio.gather(self._own.items(), self._shared.items())
        known = {canonical_key(key) for key, value in own if value is not None}
        return [*own, *(item for item in shared if canonical_key(item[0]) not in known)]

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets in the connector's topic, and copies in the worker's.

        What is removed is removed from the worker's first: else it would be found there again.
        """
        removed = {key: None for key, value in values.items() if value is None}
        if removed:
            await self._shared.set(removed)
        await self._own.set(values)
        kept = {key: value for key, value in values.items() if value is not None}
        if kept:
            copying = asyncio.create_task(self._copy(kept))
            self._copying.add(copying)
            copying.add_done_callback(self._copying.discard)

    async def _copy(self, values: Mapping[bytes, bytes | None]) -> None:
        try:
            await self._shared.set(values)
        except ConnectError as error:
            _log.warning(
                "Offsets were not copied to the worker's own offsets topic: %s", error.message
            )


class TransactionalOffsetStore(OffsetStore):
    """A store whose entries are written in one transaction each time, under a task's id.

    So whoever else holds that id is fenced, and readers of committed records see all or nothing.

    Args:
        store: Where entries are read.
        writer: Writes to the topic of that store.
    """

    def __init__(self, store: OffsetStore, writer: PrivilegedWriter) -> None:
        super().__init__()
        self._store = store
        self._writer = writer

    def stored_keys(self, keys: Iterable[bytes]) -> list[bytes]:
        """Find the keys under which entries are stored."""
        return self._store.stored_keys(keys)

    async def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """Look up offsets."""
        return await self._store.get(keys)

    async def items(self) -> list[tuple[bytes, bytes | None]]:
        """List all entries."""
        return await self._store.items()

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets, all or none of them.

        Raises:
            ConnectError: They were not stored, or nobody knows; it can be tried again.
        """
        if not values:
            return
        await self._store.get([])  # so that keys are known under which others have written
        keys = self._store.stored_keys(values)
        items: Sequence[Item] = list(zip(keys, values.values(), strict=True))
        try:
            await self._writer.claim(_CLAIM_S)
            await self._writer.write(items, _WRITE_S)
        finally:
            await self._writer.stop()
