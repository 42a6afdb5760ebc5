# SPDX-License-Identifier: Apache-2.0
"""Keeps the runners of a worker: starts them, knows what they use, ends them together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterable
from typing import Final

import msgspec
import psutil

from barnabas.runtime.runners.launcher import Launcher
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.memory_shares import MemoryShares
from barnabas.runtime.runners.messages import SetLoggerLevel
from barnabas.runtime.runners.runner import Runner, RunnerEnd, RunnerListener, RunnerOrder
from barnabas.telemetry import levels

__all__ = ["RunnerUsage", "Supervisor"]

_log = logging.getLogger(__name__)

_SAMPLE_INTERVAL_S: Final = 5.0


class RunnerUsage(msgspec.Struct, frozen=True):
    """What a process of the worker uses."""

    pid: int
    what: str
    rss_bytes: int
    cpu_seconds: float
    pss_bytes: int | None = None
    """Resident memory with shared pages in parts; None when it is not known (yet)."""


class Supervisor:
    """The runners of one worker. Used on the event loop of the main thread.

    Args:
        plugin_path: The worker's setting ``plugin.path``.
        lease: Until when runners may run; for ever by default.
    """

    def __init__(self, plugin_path: str = "", lease: Lease | None = None) -> None:
        self._launcher = Launcher(plugin_path, lease)
        self._runners: dict[int, Runner] = {}
        self._processes: dict[int, psutil.Process] = {}
        self._logger_levels: dict[str, str] = {}
        self._sampled: tuple[RunnerUsage, ...] = ()
        self._shares = MemoryShares()
        self._sampler: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the forkserver, without waiting until it is ready."""
        self._launcher.start()
        self._sampler = asyncio.create_task(self._sample(), name="sample runners")

    @property
    def forkserver_pid(self) -> int | None:
        """Process id of the forkserver."""
        return self._launcher.forkserver_pid

    @property
    def sampled(self) -> tuple[RunnerUsage, ...]:
        """What each process used lately, the worker's own included; a few seconds old."""
        self._shares.want()
        return self._sampled

    async def run(self, order: RunnerOrder, listener: RunnerListener) -> Runner:
        """Start a runner.

        Raises:
            ConnectError: The process could not be made.
        """
        root = levels.level_name(logging.getLogger().level)
        setup = msgspec.structs.replace(
            order.setup, logger_levels={"root": root, **self._logger_levels}
        )
        runner = await Runner.start(self._launcher, order._replace(setup=setup), listener)
        self._runners[runner.pid] = runner
        runner.when_ended(lambda: self._forget(runner))
        return runner

    async def stop_runners(self, runners: Iterable[Runner], deadline_s: float) -> list[RunnerEnd]:
        """Stop runners together; what is left after ``deadline_s`` in total is killed."""
        until = asyncio.get_running_loop().time() + deadline_s
        ends = await asyncio.gather(
            *(runner.stop(until) for runner in runners), return_exceptions=True
        )
        for end in ends:
            if isinstance(end, BaseException):
                _log.error("%s", end)
        return [end for end in ends if not isinstance(end, BaseException)]

    async def kill_runners(self, runners: Iterable[Runner]) -> None:
        """Kill runners together and wait until they are gone."""
        ends = await asyncio.gather(*(runner.kill() for runner in runners), return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                _log.error("%s", end)

    async def stop(self, deadline_s: float) -> None:
        """Stop all runners and the forkserver."""
        if self._sampler is not None:
            self._sampler.cancel()
            self._sampler = None
        self._shares.close()
        await self.stop_runners(list(self._runners.values()), deadline_s)
        await self._launcher.stop()

    def usage(self) -> list[RunnerUsage]:
        """Memory and processor time of each living runner and the forkserver, measured now."""
        measured = (self._measure(pid, what) for pid, what in self._names().items())
        return [usage for usage in measured if usage is not None]

    def set_logger_level(self, name: str, level: str) -> None:
        """Set a logger's level in all runners, also in those started later."""
        self._logger_levels.pop(name, None)
        self._logger_levels[name] = level  # the newest comes last, also for runners of later
        for runner in self._runners.values():
            runner.send(SetLoggerLevel(name, level))

    def _forget(self, runner: Runner) -> None:
        if self._runners.get(runner.pid) is runner:
            del self._runners[runner.pid]
            self._processes.pop(runner.pid, None)

    def _names(self) -> dict[int, str]:
        names = {pid: runner.what for pid, runner in self._runners.items()}
        if self.forkserver_pid is not None:
            names[self.forkserver_pid] = "forkserver"
        return names

    def _measure(self, pid: int, what: str) -> RunnerUsage | None:
        with contextlib.suppress(psutil.Error):
            if pid not in self._processes:
                self._processes[pid] = psutil.Process(pid)
            process = self._processes[pid]
            times = process.cpu_times()
            cpu_s, rss_bytes = times.user + times.system, process.memory_info().rss
            return RunnerUsage(pid, what, rss_bytes, cpu_s, self._shares.get(pid))
        return None

    async def _sample(self) -> None:
        """Remember what each process uses: to be told when it dies, and as metrics."""
        while True:
            await asyncio.sleep(_SAMPLE_INTERVAL_S)
            await self._shares.measure([os.getpid(), *self._names()])
            sampled = [self._measure(os.getpid(), "worker")]
            for pid, what in self._names().items():
                await asyncio.sleep(0)  # a thousand processes take a while
                runner = self._runners.get(pid)
                if runner is None and pid != self.forkserver_pid:
                    continue
                usage = self._measure(pid, what)
                sampled.append(usage)
                if runner is not None and usage is not None:
                    megabytes = usage.rss_bytes / 1e6
                    runner.hint = f"It was last seen using {megabytes:.0f} MB of memory."
            self._sampled = tuple(usage for usage in sampled if usage is not None)
