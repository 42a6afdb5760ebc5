# SPDX-License-Identifier: Apache-2.0
"""Waiting for one thing while others may come up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

__all__ = ["Attention", "VoidError"]

_T = TypeVar("_T")


class VoidError(Exception):
    """What was waited for matters no more."""


class Attention:
    """Lets one coroutine wait, and others call for its attention. One event loop."""

    def __init__(self) -> None:
        self._called = asyncio.Event()

    def call(self) -> None:
        """Say that something came up."""
        self._called.set()

    async def next_call(self, *tasks: asyncio.Future[Any]) -> None:
        """Wait until something came up, or one of the tasks is done."""
        call = asyncio.ensure_future(self._called.wait())
        try:
            await asyncio.wait({call, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            call.cancel()
        self._called.clear()

    async def unless(self, is_void: Callable[[], bool], awaitable: Awaitable[_T]) -> _T:
        """Wait for something, and look at each call whether that still makes sense.

        Args:
            is_void: Says that it does not; what is waited for is then cancelled.
            awaitable: What is waited for.

        Raises:
            VoidError: It made no sense any more.
        """
        task = asyncio.ensure_future(awaitable)
        try:
            while not task.done():
                if is_void():
                    raise VoidError
                await self.next_call(task)
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
