# SPDX-License-Identifier: Apache-2.0
"""What each process adds to the memory in use: shared pages count in parts (PSS).

Runners share most of their pages with the forkserver, so the sum of their resident sizes is far
more than what they take. The kernel counts the parts when asked, which costs one to three
milliseconds a process: so it is asked once a minute at most, on a thread, and only while somebody
reads metrics.

Source:
    ``proc_pid_smaps_rollup(5)``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

__all__ = ["MemoryShares", "read_share"]

_INTERVAL_S: Final = 60.0
_PATIENCE_S: Final = 5.0


def read_share(pid: int) -> int | None:
    """Ask the kernel for a process's share, in bytes; None where it does not tell."""
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
    except OSError:
        return None
    for line in told.splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return None


class MemoryShares:
    """Shares of processes as they were lately. Used on the event loop.

    Args:
        read: Reads the share of one; called on a thread.
        now: A clock that only goes forward, s.
    """

    def __init__(
        self,
        read: Callable[[int], int | None] = read_share,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._now = now
        self._is_wanted = False
        self._next_s = 0.0
        self._thread: ThreadPoolExecutor | None = None
        self._reading: Future[dict[int, int]] | None = None
        self._shares: dict[int, int] = {}

    def get(self, pid: int) -> int | None:
        """Share of a process in bytes, up to a minute old; None when it is not known."""
        return self._shares.get(pid)

    def want(self) -> None:
        """Have the next `measure` measure."""
        self._is_wanted = True

    async def measure(self, pids: Iterable[int]) -> None:
        """Measure processes, if somebody wants that and the last time is a minute ago.

        Waits 5 s at most; what takes longer counts for the next call.
        """
        if not self._is_wanted or self._now() < self._next_s:
            return
        if self._reading is None:
            self._thread = self._thread or ThreadPoolExecutor(1, "memory shares")
            self._reading = self._thread.submit(self._read_all, list(pids))
        done, _ = await asyncio.wait([asyncio.wrap_future(self._reading)], timeout=_PATIENCE_S)
        if done:
            self._shares, self._reading = self._reading.result(), None
            self._is_wanted, self._next_s = False, self._now() + _INTERVAL_S

    def close(self) -> None:
        """Let go of the thread; does not wait for it."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None

    def _read_all(self, pids: Iterable[int]) -> dict[int, int]:
        read = ((pid, self._read(pid)) for pid in pids)
        return {pid: share for pid, share in read if share is not None}
