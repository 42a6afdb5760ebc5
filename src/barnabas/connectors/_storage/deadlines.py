# SPDX-License-Identifier: Apache-2.0
"""Deadlines for calls of libraries that may never return."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar

__all__ = ["CallsWithDeadline"]

_T = TypeVar("_T")
_Job = tuple[Future[Any], Callable[[], Any]]


class CallsWithDeadline:
    """Makes calls in threads of its own, as many as are under way at once, and waits for them.

    A call that misses its deadline is left to its thread: nobody waits for it, nor does the end of
    the process. Methods may be called from any thread.

    Args:
        name: What the threads are called.
    """

    def __init__(self, name: str) -> None:
        self._name: Final = name
        self._idle: deque[queue.SimpleQueue[_Job | None]] = deque()
        self._is_closed = False

    def run(self, call: Callable[[], _T], timeout_s: float) -> _T:
        """Make a call, and return or raise what it does.

        Raises:
            TimeoutError: It takes longer than that; it may be carried out all the same.
            RuntimeError: `close` was called before.
        """
        if self._is_closed:
            message = f"{self._name} was closed"
            raise RuntimeError(message)
        try:
            jobs = self._idle.pop()
        except IndexError:
            jobs = queue.SimpleQueue()
            threading.Thread(target=self._work, args=(jobs,), name=self._name, daemon=True).start()
        future: Future[_T] = Future()
        jobs.put((future, call))
        return future.result(timeout_s)

    def close(self) -> None:
        """Let the threads end; those in a call do when it returns."""
        self._is_closed = True
        while self._idle:
            self._idle.pop().put(None)

    def _work(self, jobs: queue.SimpleQueue[_Job | None]) -> None:
        while not self._is_closed and (job := jobs.get()) is not None:
            future, call = job
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  # raised where the call was asked for
                future.set_exception(error)
            del job, future, call
            self._idle.append(jobs)
