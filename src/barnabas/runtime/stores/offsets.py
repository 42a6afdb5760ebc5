# SPDX-License-Identifier: Apache-2.0
"""Where source offsets are kept: the interface, and the form that forgets.

Keys and values are opaque bytes here (:mod:`barnabas.runtime.stores.offset_format` gives them
meaning), except that keys which mean the same find each other: Java may have written the members of
a partition in another order, and its key is kept so that no second entry lives on beside it.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from barnabas.runtime.stores.offset_format import canonical_key

__all__ = ["WRITE_SHARE", "MemoryOffsetStore", "OffsetStore", "delivery_timeout_ms"]

WRITE_SHARE: Final = 0.2
"""Share of the group's session that must be left of a membership for offsets to be written."""
_DELIVERY_SHARE: Final = 0.15
"""Share of the session in which they are delivered: less, as what was sent needs time, too."""


def delivery_timeout_ms(session_timeout_ms: int) -> int:
    """Say how long a producer may try to deliver an offset, in ms.

    A client library gives up by the clock, also in a process that was frozen meanwhile, before it
    sends again. So an offset written while :attr:`OffsetStore.may_write` was true reaches a
    broker only before the membership of the group is over, or never.

    Args:
        session_timeout_ms: ``session.timeout.ms`` of the group.
    """
    return max(1, int(session_timeout_ms * _DELIVERY_SHARE))


class OffsetStore(abc.ABC):
    """Keeps the newest offset of each source partition. Used on the worker's event loop only."""

    def __init__(self) -> None:
        self._values: dict[bytes, bytes | None] = {}
        self._stored_keys: dict[bytes, bytes] = {}
        self.may_write: Callable[[], bool] = lambda: True
        """Whether this worker is surely a member of its group for a while yet; what others might
        write too is written only then. Set by the worker."""

    async def start(self) -> None:  # noqa: B027 - optional
        """Load what is stored.

        Raises:
            ConfigError: It cannot be read; the worker does not start.
        """

    async def stop(self) -> None:  # noqa: B027 - optional
        """Release what the store holds; everything :meth:`set` returned for is durable already."""

    def stored_keys(self, keys: Iterable[bytes]) -> list[bytes]:
        """Find the keys under which entries of the same meaning are stored, in the order asked.

        Looks at what was read before; a key that is new is its own answer.
        """
        return [self._stored(key) for key in keys]

    async def get(self, keys: Iterable[bytes]) -> dict[bytes, bytes | None]:
        """Look up offsets; a key nothing is stored for gives None.

        Raises:
            RetriableError: The store cannot be read now.
        """
        return {key: self._values.get(self._stored(key)) for key in keys}

    async def items(self) -> list[tuple[bytes, bytes | None]]:
        """List all entries; a value of None is a reset offset.

        Raises:
            RetriableError: The store cannot be read now.
        """
        return list(self._values.items())

    @abc.abstractmethod
    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets; durable when it returns. None resets the offset of its key.

        Raises:
            RetriableError: They could not be stored. Nothing changed; try again later.
        """

    def _stored(self, key: bytes) -> bytes:
        """Find the key under which an entry of the same meaning is stored."""
        return key if key in self._values else self._stored_keys.get(canonical_key(key), key)

    def _merged(self, values: Mapping[bytes, bytes | None]) -> dict[bytes, bytes | None]:
        merged = dict(self._values)
        merged.update((self._stored(key), value) for key, value in values.items())
        return merged

    def _replace(self, values: dict[bytes, bytes | None]) -> None:
        added = values.keys() - self._values.keys()
        self._values = values
        self._stored_keys.update((canonical_key(key), key) for key in added)


class MemoryOffsetStore(OffsetStore):
    """Keeps offsets until the process ends: for tests and for throw-away workers."""

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        """Store offsets in memory."""
        self._replace(self._merged(values))
