# SPDX-License-Identifier: Apache-2.0
"""A memory with limits: so many things, for so long."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Recent"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Keeps the things used last; safe for use by several threads.

    Args:
        size: How many are kept; 0 keeps none.
        ttl_s: For how many seconds each is kept since it was put; negative for ever, 0 keeps none.
        now: Seconds of a clock that never goes back.
    """

    def __init__(
        self, size: int, ttl_s: float = -1, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._size = size if ttl_s != 0 else 0
        self._ttl_s = ttl_s
        self._now = now
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, tuple[V, float]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """Find a thing; None when it is not, or no longer, kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            if 0 <= self._ttl_s <= self._now() - found[1]:
                del self._kept[key]
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: K, value: V) -> None:
        """Keep a thing, and drop the one unused for longest when there are too many."""
        if not self._size:
            return
        with self._lock:
            self._kept[key] = (value, self._now())
            self._kept.move_to_end(key)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
