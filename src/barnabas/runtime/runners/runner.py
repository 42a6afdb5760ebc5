# SPDX-License-Identifier: Apache-2.0
"""The worker's view of one runner: talk to it, wait for it, end it.

All on the worker's event loop. The end of a runner is seen twice: its socket gives end of file and
the kernel reports its exit status (by a pidfd). What it said before is heard first.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import math
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import psutil

import barnabas
from barnabas.errors import ConnectError, DeadlineError, ProtocolError
from barnabas.runtime.runners import messages, traces
from barnabas.runtime.runners.channel import error_of
from barnabas.runtime.runners.last_words import LastWords
from barnabas.runtime.runners.launcher import Launcher
from barnabas.runtime.runners.lease import LAPSED
from barnabas.runtime.runners.messages import (
    Begun,
    ConfigExpired,
    ConfirmTask,
    Done,
    Failure,
    FenceEarlierTasks,
    FindOffsetKeys,
    Hello,
    Message,
    MetricsReport,
    OffsetsCheckAnswer,
    PluginAnswer,
    ReadOffsets,
    ReadTopicLimits,
    ReconfigurationRequest,
    Resolved,
    Setup,
    StateReport,
    Stop,
    TaskConfigsAnswer,
    TopicsReport,
    ToWorker,
    ValidationAnswer,
    WriteOffsets,
)
from barnabas.telemetry import logs

__all__ = ["Answer", "Report", "Runner", "RunnerEnd", "RunnerListener", "RunnerOrder"]

_log = logging.getLogger(__name__)

Answer = Done | TaskConfigsAnswer | ValidationAnswer | PluginAnswer | OffsetsCheckAnswer | Resolved
Report = (
    StateReport
    | Begun
    | TopicsReport
    | MetricsReport
    | ReconfigurationRequest
    | ConfigExpired
    | ReadOffsets
    | ReadTopicLimits
    | FindOffsetKeys
    | FenceEarlierTasks
    | ConfirmTask
    | WriteOffsets
)

_CHUNK_BYTES: Final = 1 << 16
_HELLO_DEADLINE_S: Final = 60.0
_LAST_MESSAGES_S: Final = 1.0
"""How long to listen after the process ended: a child of its own may hold the socket open."""
_KILL_DEADLINE_S: Final = 10.0


class RunnerOrder(NamedTuple):
    """What a runner is to be."""

    setup: Setup
    mend: str
    """Sentence that tells a user how to start it again."""
    interpreter: str | None = None
    """Python of the plugin's own virtual environment."""


class RunnerEnd(NamedTuple):
    """How a runner ended."""

    status: int
    """Exit status, or the negative number of the signal that killed it."""
    was_asked: bool
    """Whether it was told to stop."""
    trace: str
    """What to tell a user unless the runner itself told why it failed."""
    has_lapsed: bool = False
    """Whether it ended because its lease was not extended in time, not because it was asked to."""
    last_words: str = ""
    """What it wrote when it crashed."""


class RunnerListener(Protocol):
    """Hears what a runner reports. Called on the event loop; must not block."""

    def on_report(self, report: Report) -> None:
        """Take a report or a question; questions are answered with :meth:`Runner.send`."""

    def on_end(self, end: RunnerEnd) -> None:
        """Hear that the process is gone. Nothing is reported afterwards."""


class Runner:
    """One child process. Make it with :meth:`start`."""

    def __init__(self, order: RunnerOrder, listener: RunnerListener, pid: int) -> None:
        self.what = order.setup.what
        self._pid = pid
        self.hint = ""
        """What else to say when it dies, for example how much memory it used."""
        self._order = order
        self._listener: RunnerListener | None = listener
        self._last_words: LastWords
        self._writer: asyncio.StreamWriter
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._calls: set[asyncio.Task[Answer]] = set()
        self._on_idle: list[Callable[[], None]] = []
        self._idle_since = 0.0
        self.is_up = False
        """Whether it has said its first words."""
        self.heard_at = -math.inf
        """When it was last heard of, by the time of the loop."""
        self._came_up = asyncio.Event()
        """Set by its first words, or by its end."""
        self._was_asked = False
        self._verdict: str | None = None
        self._ended: asyncio.Future[RunnerEnd] = asyncio.get_running_loop().create_future()
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def start(
        cls, launcher: Launcher, order: RunnerOrder, listener: RunnerListener
    ) -> Runner:
        """Start a process; the next message tells it what kind of runner it is.

        Raises:
            ConnectError: The process could not be made.
        """
        last_words = LastWords()
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                pid = await launcher.launch(theirs, last_words.descriptor, order.interpreter)
        except BaseException:
            ours.close()
            last_words.close()
            raise
        runner = cls(order, listener, pid)
        runner._last_words = last_words
        reader, runner._writer = await asyncio.open_unix_connection(sock=ours)
        runner._watch = asyncio.create_task(runner._live(reader), name=f"watch {runner.what}")
        runner.send(order.setup)
        return runner

    @property
    def pid(self) -> int:
        """Process id."""
        return self._pid

    @property
    def is_alive(self) -> bool:
        """Whether the process has not been seen to end yet."""
        return not self._ended.done()

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._was_asked

    @property
    def is_busy(self) -> bool:
        """Whether a call has not been answered yet, even if nobody waits for it any more."""
        return bool(self._calls)

    @property
    def idle_s(self) -> float:
        """Seconds since the last call was answered."""
        return 0.0 if self._calls else asyncio.get_running_loop().time() - self._idle_since

    def when_idle(self, callback: Callable[[], None]) -> None:
        """Call a function once, when all calls have been answered."""
        self._on_idle.append(callback)

    def send(self, message: Message) -> None:
        """Send a message; silently lost when the runner is gone."""
        if self.is_alive and not self._writer.is_closing():
            self._writer.write(messages.encode(message))

    def mute(self) -> None:
        """Let nobody hear any more of this runner."""
        self._listener = None

    def when_ended(self, callback: Callable[[], None]) -> None:
        """Call a function soon after the process is gone."""
        self._ended.add_done_callback(lambda _end: callback())

    def ask(self, make: Callable[[int], Message]) -> tuple[int, asyncio.Future[Answer]]:
        """Ask without a deadline; :meth:`call` is for one who does not look after it.

        Args:
            make: Makes the question from its id.

        Returns:
            The id, and the answer to come; ConnectError when the runner ends, or what it answered.

        Raises:
            ConnectError: The runner has ended.
        """
        if not self.is_alive:
            raise ConnectError(self._ended.result().trace.partition("\n")[0])
        number = next(self._ids)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self.send(make(number))
        return number, future

    async def came_up(self) -> None:
        """Return once it has said its first words, or has ended."""
        await self._came_up.wait()

    async def stack(self, thread: int | None = None) -> str:
        """Have it say where a thread is, the main thread for None; empty when it does not."""
        if not self.is_up or not self.is_alive:
            return ""
        return traces.stack_of(await self._last_words.ask(self.pid), thread)

    def thread_seconds(self) -> dict[int, float]:
        """Processor time each thread has used, by the system's number of the thread."""
        with contextlib.suppress(psutil.Error):
            threads = psutil.Process(self.pid).threads()
            return {each.id: each.user_time + each.system_time for each in threads}
        return {}

    async def call(self, make: Callable[[int], Message], *, call: str, deadline_s: float) -> Answer:
        """Ask and wait for the answer; past the deadline the runner is killed.

        Args:
            make: Makes the question from its id.
            call: The user code behind it, for people: ``Connector.start()``.
            deadline_s: Seconds until the runner counts as hung, also when the caller is cancelled;
                counted from when its process is up.

        Raises:
            DeadlineError: It did not answer in time and was killed.
            ConnectError: The runner ended, or answered with a failure.
        """
        task = asyncio.create_task(self._call(make, call, deadline_s), name=f"{self.what}: {call}")
        self._calls.add(task)
        task.add_done_callback(self._forget_call)
        return await asyncio.shield(task)

    async def stop(self, until: float) -> RunnerEnd:
        """Ask it to end and wait; past ``until`` (time of the loop) it is killed."""
        if self.is_alive and not self._was_asked:
            self._was_asked = True
            self.send(Stop())
        loop = asyncio.get_running_loop()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - loop.time())):
                return await asyncio.shield(self._ended)
        stack = await self.stack()
        return await self.kill(
            f"Runner of {self.what} did not stop in time and was killed. {stack}"
        )

    async def kill(self, verdict: str | None = None) -> RunnerEnd:
        """Kill it and wait until it is gone.

        Args:
            verdict: Trace to be reported instead of one made from the exit status.

        Raises:
            DeadlineError: The kernel did not let it die; it hangs in a system call.
        """
        self._verdict = self._verdict or verdict
        if self.is_alive:
            self._kill_group()
        try:
            async with asyncio.timeout(_KILL_DEADLINE_S):
                return await asyncio.shield(self._ended)
        except TimeoutError as error:
            text = (
                f"Runner of {self.what} (pid {self.pid}) survives SIGKILL: it hangs in the kernel, "
                "perhaps on a file system that does not answer."
            )
            raise DeadlineError(text) from error

    # -- its life ------------------------------------------------------------------------------

    async def _live(self, reader: asyncio.StreamReader) -> None:
        """Listen until the process is gone, then tell."""
        loop = asyncio.get_running_loop()
        if self._order.setup.log_context is not None:
            logs.bind_context(*self._order.setup.log_context)
        listening = asyncio.create_task(self._listen(reader), name=f"listen to {self.what}")
        hello = loop.call_later(_HELLO_DEADLINE_S, self._miss_hello)
        try:
            status = await self._exit_status()
        except (OSError, RuntimeError):
            _log.exception("The end of %s (pid %d) cannot be waited for", self.what, self.pid)
            self._kill_group()
            status = -signal.SIGKILL
        hello.cancel()
        await asyncio.wait([listening], timeout=_LAST_MESSAGES_S)
        listening.cancel()
        self._writer.close()
        has_lapsed = self._has_lapsed(status)
        end = RunnerEnd(
            status,
            self._was_asked,
            self._describe_end(status, has_lapsed=has_lapsed),
            has_lapsed and not self._was_asked,
            self._last_words.read(),
        )
        self._last_words.close()
        self._ended.set_result(end)
        self._came_up.set()
        self._fail_calls(ConnectError(end.trace.partition("\n")[0]))
        if self._listener is not None:
            self._listener.on_end(end)

    def _fail_calls(self, error: ConnectError) -> None:
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(error)
        self._waiting.clear()

    async def _exit_status(self) -> int:
        loop = asyncio.get_running_loop()
        descriptor = os.pidfd_open(self.pid)
        gone = asyncio.Event()
        loop.add_reader(descriptor, gone.set)
        try:
            await gone.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        self._kill_group()  # programs the plugin has started; the dead leader still holds the name
        _pid, status = os.waitpid(self.pid, os.WNOHANG)  # noqa: ASYNC222 - it has ended already
        loop.call_later(0.1, _reap_group, self.pid)
        return os.waitstatus_to_exitcode(status)

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        frames = messages.FrameReader()
        try:
            while data := await reader.read(_CHUNK_BYTES):
                for body in frames.feed(data):
                    self._hear(messages.decode_to_worker(body))
                await self._writer.drain()  # a runner that does not read is not read either
        except ProtocolError as error:
            self._condemn(f"Runner of {self.what} was killed: {error.message}")
        except OSError as error:
            _log.debug("Socket of %s: %s", self.what, error)

    def _hear(self, message: ToWorker) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        if isinstance(message, Hello):
            self.is_up = True
            self._came_up.set()
            if message.version != barnabas.__version__:
                self._condemn(self._wrong_version(message.version))
            return
        if isinstance(message, Failure):
            future = self._waiting.pop(message.id, None)
            if future is not None and not future.done():
                future.set_exception(error_of(message))
        elif isinstance(message, Answer):
            future = self._waiting.pop(message.id, None)
            if future is not None and not future.done():
                future.set_result(message)
        elif self._listener is not None:
            self._listener.on_report(message)

    async def _call(self, make: Callable[[int], Message], call: str, deadline_s: float) -> Answer:
        number, future = self.ask(make)
        await self._came_up.wait()  # a slow start of the process is not the call's fault
        try:
            async with asyncio.timeout(deadline_s):
                return await future
        except TimeoutError as error:
            self._waiting.pop(number, None)
            trace = traces.deadline_trace(
                what=self.what,
                call=call,
                seconds=deadline_s,
                mend=self._order.mend,
                stack=await self.stack(),
            )
            await self.kill(trace)
            raise DeadlineError(trace.partition("\n")[0]) from error

    def _forget_call(self, task: asyncio.Task[Answer]) -> None:
        self._calls.discard(task)
        if not self._calls:
            self._idle_since = asyncio.get_running_loop().time()
            callbacks, self._on_idle = self._on_idle, []
            for callback in callbacks:
                callback()
        if not task.cancelled():
            task.exception()  # seen, even if the caller has gone

    # -- its end -------------------------------------------------------------------------------

    def _condemn(self, verdict: str) -> None:
        """Kill it without waiting; its end is reported with this trace."""
        self._verdict = self._verdict or verdict
        self._kill_group()

    def _miss_hello(self) -> None:
        if not self.is_up:
            self._condemn(
                f"Runner of {self.what} did not come up within {_HELLO_DEADLINE_S:g} s and was "
                f"killed. {self._interpreter_hint()} {self._order.mend}"
            )

    def _has_lapsed(self, status: int) -> bool:
        """Whether it ended itself, or was killed by the system, for want of a lease."""
        ends_at = self._last_words.end_of_lease()
        if ends_at is None or self._verdict is not None:
            return False
        return status == LAPSED or (status == -signal.SIGKILL and time.monotonic() >= ends_at)

    def _describe_end(self, status: int, *, has_lapsed: bool) -> str:
        if self._verdict is not None:
            return self._verdict
        if has_lapsed:
            return (
                f"Runner of {self.what} (pid {self.pid}) ended since the membership of this worker "
                "was not confirmed in time."
            )
        return traces.death_trace(
            what=self.what,
            pid=self.pid,
            status=status,
            mend=self._order.mend,
            last_words=self._last_words.read(),
            hint=self.hint if self.is_up else self._interpreter_hint(),
        )

    def _interpreter_hint(self) -> str:
        interpreter = self._order.interpreter
        if interpreter is None:
            return ""
        return (
            f"The plugin's interpreter {interpreter} never got as far as running Barnabas: install "
            f"it there with `{interpreter} -m pip install barnabas=={barnabas.__version__}`."
        )

    def _wrong_version(self, version: str) -> str:
        return (
            f"Runner of {self.what} was ended: {self._order.interpreter} holds Barnabas {version}, "
            f"this worker is {barnabas.__version__}. Install the same version there: "
            f"`{self._order.interpreter} -m pip install barnabas=={barnabas.__version__}`."
        )


def _reap_group(group: int) -> None:
    """Collect the killed children of a runner, which the worker has adopted."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0] != 0:
            pass
