# SPDX-License-Identifier: Apache-2.0
"""Source offsets on their way to the store: newest wins, a failed flush gives back. Pure.

Source:
    Apache Kafka ``connect/runtime`` ``OffsetStorageWriter``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

__all__ = ["OffsetLog"]

K = TypeVar("K")
V = TypeVar("V")


class OffsetLog(Generic[K, V]):
    """Offsets waiting to be stored, at most one flush of them under way."""

    def __init__(self) -> None:
        self._waiting: dict[K, V] = {}
        self._flushing: dict[K, V] | None = None

    @property
    def is_flushing(self) -> bool:
        """Whether a flush has begun and not ended."""
        return self._flushing is not None

    def add(self, offsets: Mapping[K, V]) -> None:
        """Take newer offsets."""
        self._waiting.update(offsets)

    def begin_flush(self) -> dict[K, V]:
        """Begin to store everything that waits; an empty answer means nothing was begun."""
        assert self._flushing is None
        taken, self._waiting = self._waiting, {}
        if taken:
            self._flushing = taken
        return dict(taken)

    def end_flush(self) -> None:
        """Hear that the flush was stored."""
        self._flushing = None

    def cancel_flush(self) -> None:
        """Hear that the flush failed: its offsets wait again, unless newer ones came."""
        self._waiting = {**(self._flushing or {}), **self._waiting}
        self._flushing = None
