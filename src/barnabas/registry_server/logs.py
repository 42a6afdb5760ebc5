# SPDX-License-Identifier: Apache-2.0
"""Where the records of a registry are kept: an interface, and its form in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

from barnabas.registry_server.records import Raw

__all__ = ["Apply", "MemoryLog", "SchemaLog"]

Apply: TypeAlias = Callable[[Raw], None]
"""Takes one record, in the order they are kept in; called on the event loop."""


class SchemaLog(Protocol):
    """Records in one order; used on one event loop."""

    async def start(self, apply: Apply) -> None:
        """Give everything that is kept to ``apply``, and from then on what is added.

        Raises:
            ConfigError: The log cannot be used; says what to change.
        """

    async def stop(self) -> None:
        """Let go of it. May be called when it was not started."""

    async def catch_up(self) -> None:
        """Return once everything that was added before has been applied.

        Raises:
            ConnectError: That took too long, or was refused.
        """

    async def add(self, records: Sequence[Raw]) -> None:
        """Add records; returns once they have been applied.

        Raises:
            ConnectError: They were not stored in time, or refused.
        """


class MemoryLog:
    """Keeps nothing: what is added is applied and lives in the state."""

    def __init__(self) -> None:
        self._apply: Apply = lambda record: None

    def __str__(self) -> str:
        return "in memory: schemas are gone when it ends"

    async def start(self, apply: Apply) -> None:
        """Begin empty."""
        self._apply = apply

    async def stop(self) -> None:
        """Nothing is to be let go."""

    async def catch_up(self) -> None:
        """Everything is applied at once."""

    async def add(self, records: Sequence[Raw]) -> None:
        """Apply records."""
        for record in records:
            self._apply(record)
