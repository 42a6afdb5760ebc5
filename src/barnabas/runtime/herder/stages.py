# SPDX-License-Identifier: Apache-2.0
"""What the herder is doing, for people who wait for it (KIP-1017 and time-out answers)."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator

__all__ = ["Stages"]


class Stages:
    """Remembers what is going on since when, and what was completed last."""

    def __init__(self, now: Callable[[], datetime.datetime]) -> None:
        """Take the clock, which tells the time in UTC."""
        self._now = now
        self._running: dict[object, tuple[str, datetime.datetime]] = {}
        self._completed: tuple[str, datetime.datetime, datetime.datetime] | None = None

    @contextlib.contextmanager
    def during(self, description: str) -> Iterator[None]:
        """Say what the code inside does: *starting the connector*."""
        token, began = object(), self._now()
        self._running[token] = (description, began)
        try:
            yield
        finally:
            del self._running[token]
            self._completed = (description, began, self._now())

    @property
    def summary(self) -> str | None:
        """One sentence: the longest running stage, or the last one that was completed."""
        if self._running:
            description, began = next(iter(self._running.values()))
            return f"The worker is currently {description}, which began at {_instant(began)}."
        if self._completed is None:
            return None
        description, began, ended = self._completed
        return (
            f"The last operation the worker completed was {description}, which began at "
            f"{_instant(began)} and completed at {_instant(ended)}."
        )


def _instant(moment: datetime.datetime) -> str:
    """Write a moment as Java's ``Instant.toString``."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
