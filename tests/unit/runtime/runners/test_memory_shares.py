# SPDX-License-Identifier: Apache-2.0
"""Shares of processes in memory."""

from __future__ import annotations

import os

import psutil

from barnabas.runtime.runners.memory_shares import MemoryShares, read_share


class Kernel:
    """Counts questions, and knows the time."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.time = 100.0

    def read(self, pid: int) -> int | None:
        self.asked.append(pid)
        return None if pid == 3 else pid * 1000

    def make(self) -> MemoryShares:
        return MemoryShares(self.read, lambda: self.time)


def test_the_kernel_tells_what_psutil_tells():
    share = read_share(os.getpid())
    assert share is not None
    assert abs(share / psutil.Process().memory_full_info().pss - 1) < 0.2
    assert read_share(0) is None


async def test_nothing_is_asked_while_nobody_wants_it():
    kernel = Kernel()
    shares = kernel.make()
    await shares.measure([1])
    assert (kernel.asked, shares.get(1)) == ([], None)


async def test_shares_are_asked_once_a_minute_at_most():
    kernel = Kernel()
    shares = kernel.make()
    for _ in range(3):
        shares.want()
        await shares.measure([1, 2, 3])
    assert kernel.asked == [1, 2, 3]
    assert [shares.get(pid) for pid in (1, 2, 3)] == [1000, 2000, None]
    kernel.time += 60
    await shares.measure([2])
    assert [shares.get(pid) for pid in (1, 2)] == [None, 2000]
    shares.close()
    shares.close()
