# SPDX-License-Identifier: Apache-2.0
"""CPU and memory of the processes of a worker: all of them together, whoever started them."""

from __future__ import annotations

import contextlib
import time

import psutil

__all__ = ["Meter", "busy_s", "cpu_s", "memory_mib", "tree"]


def tree(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it; none when it has ended."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


def memory_mib(pid: int) -> tuple[float, float]:
    """Proportional and resident set size (PSS, RSS) of a process with all descendants, in MiB."""
    pss = rss = 0
    for process in tree(pid):
        with contextlib.suppress(psutil.Error):
            info = process.memory_full_info()
            pss, rss = pss + info.pss, rss + info.rss
    return pss / 2**20, rss / 2**20


def cpu_s(pid: int) -> float:
    """CPU seconds so far of a process with all descendants, those that ended before included."""
    used = 0.0
    for process in tree(pid):
        with contextlib.suppress(psutil.Error):
            used += sum(process.cpu_times()[:4])  # the waited-for children's, too
    return used


def busy_s() -> float:
    """CPU seconds the whole machine has spent on anything."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice + times.irq + times.softirq)


class Meter:
    """CPU and memory of a worker's processes, and how busy the machine is otherwise."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._seen: dict[int, float] = {}
        self._before = self._cpu()
        self._busy_before = busy_s()
        self._began_at = time.monotonic()
        self._sampled_at = 0.0
        self.max_pss_mib = 0.0

    def look(self) -> None:
        """Notice processes that may have ended at the next look; measure memory at times."""
        self._cpu()
        if time.monotonic() - self._sampled_at > 0.5:
            self._sampled_at = time.monotonic()
            self.max_pss_mib = max(self.max_pss_mib, memory_mib(self._pid)[0])

    def stop(self) -> tuple[float, float]:
        """CPU seconds of the worker, and cores busy with anything else."""
        used = self._cpu() - self._before
        length_s = time.monotonic() - self._began_at
        return used, max(0.0, (busy_s() - self._busy_before - used) / length_s)

    def _cpu(self) -> float:
        for process in tree(self._pid):
            with contextlib.suppress(psutil.Error):
                self._seen[process.pid] = sum(process.cpu_times()[:2])
        return sum(self._seen.values())
