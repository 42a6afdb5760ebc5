# SPDX-License-Identifier: Apache-2.0
"""Having the worker do something, on its own loop, and waiting for it within bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from barnabas.runtime.group.attention import Attention
from barnabas.runtime.group.ports import Bridge

__all__ = ["ErrandFailedError", "Errands", "LateError"]

logger = logging.getLogger("barnabas.runtime.group")

_CANCEL_S: Final = 1.0
_REMIND_S: Final = 30.0


class LateError(Exception):
    """The worker did not do it in time."""


class ErrandFailedError(Exception):
    """The worker failed at it; that is logged."""


class Errands:
    """Calls the worker's coroutines, one at a time. On the member's loop.

    Args:
        group_id: For the log.
        bridge: The way to the worker's loop.
        attention: Where the member learns that waiting makes no sense any more.
    """

    def __init__(self, group_id: str, bridge: Bridge, attention: Attention) -> None:
        self._group_id = group_id
        self._bridge = bridge
        self._attention = attention
        self._stopping: asyncio.Future[None] | None = None

    async def run(
        self, errand: Coroutine[Any, Any, None], timeout_s: float, is_void: Callable[[], bool]
    ) -> None:
        """Have something done; when it is not done in time or makes no sense any more, cancel it.

        Raises:
            LateError: It was not done in time.
            ErrandFailedError: It raised.
            VoidError: It makes no sense any more.
        """
        future = self._bridge.call(errand)
        try:
            await self._attention.unless(is_void, asyncio.wait({future}, timeout=timeout_s))
            if not future.done():
                raise LateError
        finally:
            if not future.done():
                future.cancel()
                await asyncio.wait({future}, timeout=_CANCEL_S)
        if self._has_failed(future, "carrying out what the group decided"):
            raise ErrandFailedError

    async def stop_all(self, errand: Coroutine[Any, Any, None], timeout_s: float = 0.0) -> None:
        """Have everything stopped; it is not cancelled, and :meth:`finished` waits for it.

        Args:
            errand: Stops everything.
            timeout_s: How long to wait here at most.
        """
        self._stopping = self._bridge.call(errand)
        await asyncio.wait({self._stopping}, timeout=max(timeout_s, 0.0))

    async def finished(self, is_void: Callable[[], bool]) -> None:
        """Wait until everything that had to has stopped, however long that takes.

        Raises:
            VoidError: Waiting makes no sense any more.
        """
        while (future := self._stopping) is not None:
            await self._attention.unless(is_void, asyncio.wait({future}, timeout=_REMIND_S))
            if future.done():
                self._stopping = None
                self._has_failed(future, "stopping connectors and tasks")
            else:
                logger.warning(
                    "Group %s: connectors and tasks are still being stopped; this worker joins "
                    "again only after that",
                    self._group_id,
                )

    def _has_failed(self, future: asyncio.Future[None], doing: str) -> bool:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            logger.error("Group %s: %s failed", self._group_id, doing, exc_info=error)
        return error is not None
