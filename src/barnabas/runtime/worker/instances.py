# SPDX-License-Identifier: Apache-2.0
"""A connector instance or task on this node, as its runner reports it.

Each start makes a new instance object, and only that object hears its runner. So whatever an older
runner still has to say can never become the status of a newer one.
"""

from __future__ import annotations

import abc
import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from barnabas.errors import ConnectError
from barnabas.runtime.model import (
    ConnectorStatus,
    FailureCause,
    Stall,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.plugins import Plugin
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners.messages import (
    ConfigExpired,
    ConfirmTask,
    Done,
    FenceEarlierTasks,
    FindOffsetKeys,
    Message,
    MetricsReport,
    OffsetsAnswer,
    ReadOffsets,
    ReadTopicLimits,
    ReconfigurationRequest,
    StateReport,
    TopicLimitsAnswer,
    TopicsReport,
    WriteOffsets,
)
from barnabas.runtime.runners.runner import Report, Runner, RunnerEnd
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.worker.connector_runners import Seat
from barnabas.runtime.worker.offset_stores import OffsetsLease
from barnabas.runtime.worker.plugin_facts import PluginFacts
from barnabas.runtime.worker.topic_limits import TopicLimits

__all__ = ["ConnectorInstance", "Host", "Instance", "TaskGuard", "TaskInstance", "leaving"]

_log = logging.getLogger(__name__)

AnyInstance = TypeVar("AnyInstance", bound="Instance[Any]")


class Host(Protocol):
    """What instances need of the worker."""

    @property
    def offset_store(self) -> OffsetStore:
        """Where source offsets are kept."""

    @property
    def guard(self) -> TaskGuard | None:
        """Asked before exactly-once tasks start; None on a worker that has no such tasks."""

    @property
    def topic_limits(self) -> TopicLimits:
        """Knows how large batches for topics may be."""

    @property
    def is_void(self) -> bool:
        """Whether the worker's membership is over, or not sure any more."""

    def lapsed(self, instance: Instance[Any]) -> None:
        """Hear that an instance ended because the worker's membership was not confirmed in time."""

    def begun(self, instance: Instance[Any], *, succeeded: bool) -> None:
        """Hear how the start of an instance ended."""

    def status(self, state: State, trace: str | None, version: str | None) -> ConnectorStatus:
        """Make a status of this worker."""

    def connector_status(self, name: str, status: ConnectorStatus) -> None:
        """Pass on the status of a connector."""

    def task_status(self, task: TaskId, status: ConnectorStatus) -> None:
        """Pass on the status of a task."""

    def active_topics(self, task: TaskId, topics: list[str]) -> None:
        """Pass on topics a task has newly used."""

    def reconfiguration_requested(self, name: str) -> None:
        """Pass on that a connector wants new task configurations."""

    def config_expired(self, what: str | TaskId) -> None:
        """Pass on that a connector or task is to be started again with new values."""


class TaskGuard(Protocol):
    """Sees to it that only the newest tasks of exactly-once sources write."""

    async def fence(self, connector: str) -> None:
        """Have the producers of a connector's earlier tasks fenced.

        Raises:
            ConnectError: It could not be done; says why.
        """

    async def confirm(self, task: TaskId) -> None:
        """Return if a task may start here.

        Raises:
            ConnectError: It has been given to another worker, or there are newer tasks.
        """


class Speaker(Protocol):
    """What an instance needs of its process, or of its seat in one."""

    @property
    def is_alive(self) -> bool:
        """Whether it lives."""

    @property
    def pid(self) -> int | None:
        """Process id; None while the process is being made."""

    def send(self, message: Message) -> None:
        """Send a message; lost when it is gone."""

    def mute(self) -> None:
        """Let nobody hear any more of it."""


R = TypeVar("R", bound=Speaker)


class Instance(abc.ABC, Generic[R]):
    """One started connector or task.

    Args:
        host: The worker.
        log_context: Connector and part, for log lines.
    """

    def __init__(self, host: Host, log_context: tuple[str, str]) -> None:
        self._host = host
        self.log_context = log_context
        self.target_state = TargetState.STARTED
        """What the user wants."""
        self.start_again: Callable[[], Awaitable[None]]
        """Starts another instance in the place of this one."""
        self.runner: R | None = None
        """Its process, or its seat in one; None while that is being made."""
        self.state: State | None = None
        """The last state reported."""
        self.version: str | None = None
        self.offsets: OffsetsLease | None = None
        """Where its source offsets are; None: in the worker's own topic."""
        self.has_lapsed = False
        """Whether its process ended with the worker's lease; it is to be started again."""
        self._trace: str | None = None
        self._owes_status = False
        self._is_leaving = False
        self._is_closed = False
        self._has_spoken = asyncio.Event()
        self._writing = asyncio.Lock()
        self._writes: set[asyncio.Task[None]] = set()

    @property
    def is_alive(self) -> bool:
        """Whether its process lives."""
        return self.runner is not None and self.runner.is_alive

    @property
    def is_over(self) -> bool:
        """Whether it has failed or lapsed and its process is gone: it may be started anew."""
        return (self.state is State.FAILED or self.has_lapsed) and not self.is_alive

    @property
    def is_closed(self) -> bool:
        """Whether its stop was ordered and is over."""
        return self._is_closed

    def report(self, state: State, trace: str | None = None) -> None:
        """Make a state the status of this instance.

        While the worker may be no member any more nothing is said: it could be said over a
        successor's status. :meth:`make_up` says it later if the membership turns out to hold.
        """
        if self._is_closed or (self._is_leaving and state in {State.RUNNING, State.PAUSED}):
            return
        if self.state is None and state is not State.UNASSIGNED:
            self._host.begun(self, succeeded=state is not State.FAILED)
        self.state, self._trace = state, trace
        self._has_spoken.set()
        self._owes_status = self._host.is_void
        if not self._owes_status:
            self._pass_on(self._host.status(state, trace, self.version))

    async def spoken(self, timeout_s: float) -> None:
        """Wait until it has said its first state, is closed, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._has_spoken.wait()

    def leave(self) -> None:
        """Hear that its stop was ordered: that it was just started is no news any more.

        Else a status could change to RUNNING after a newer configuration was known.
        """
        self._is_leaving = True

    def make_up(self) -> None:
        """Say the status that could not be said."""
        if self._owes_status and self.state is not None:
            self.report(self.state, self._trace)

    def close(self) -> None:
        """End it: say UNASSIGNED if its process has not, then nothing any more.

        A failed one stays FAILED, as in Java, where its thread has ended.
        """
        if self.state not in {State.UNASSIGNED, State.FAILED}:
            self.report(State.UNASSIGNED)
        self._is_closed = True
        self.let_go()
        self._has_spoken.set()
        if self.runner is not None:
            self.runner.mute()

    def silence(self) -> None:
        """End it without a word: its status is for somebody else to say."""
        self._is_closed = True
        self.let_go()
        self._has_spoken.set()
        if self.runner is not None:
            self.runner.mute()

    def on_report(self, report: Report) -> None:
        """Take what the runner says."""
        if isinstance(report, StateReport):
            self.version = report.version or self.version
            self.report(report.state, report.trace)
        elif isinstance(report, ReadOffsets):
            self._start(self._read(report))
        elif isinstance(report, ReadTopicLimits):
            self._start(self._read_limits(report))
        elif isinstance(report, WriteOffsets):
            self._start(self._write(report))
        else:
            self._on_other(report)

    def on_end(self, end: RunnerEnd) -> None:
        """Hear that the process is gone."""
        self.let_go()
        if end.was_asked:
            if end.status != 0:
                _log.warning("%s", end.trace)
        elif end.has_lapsed:
            self.has_lapsed = True
            self._host.lapsed(self)
        elif self.state is not State.FAILED:
            _log.error("%s", end.trace)
            self.report(State.FAILED, end.trace)

    @abc.abstractmethod
    def _pass_on(self, status: ConnectorStatus) -> None:
        """Tell the listener a new status."""

    @abc.abstractmethod
    def _on_other(self, report: Report) -> None:
        """Take a report only this kind of instance makes."""

    def _answer(
        self,
        message: OffsetsAnswer | TopicLimitsAnswer | Done,
        error: ConnectError | None = None,
    ) -> None:
        if self.runner is not None:
            answer = message if error is None else channels.failure_of(message.id, error)
            self.runner.send(answer)

    def let_go(self) -> None:
        """Need the offsets topic no more."""
        if self.offsets is not None:
            self.offsets.release()

    async def _ready_store(self) -> OffsetStore:
        """Return where offsets are, once it has been read."""
        if self.offsets is None:
            return self._host.offset_store
        await self.offsets.ready()
        return self.offsets.store

    async def _read(self, question: ReadOffsets) -> None:
        try:
            store = await self._ready_store()
            found = await store.get(question.keys)
        except ConnectError as error:
            self._answer(Done(question.id), error)
            return
        self._answer(OffsetsAnswer(question.id, [found.get(key) for key in question.keys]))

    async def _read_limits(self, question: ReadTopicLimits) -> None:
        try:
            limits = await self._host.topic_limits.get(question.properties, question.topics)
        except ConnectError as error:
            self._answer(Done(question.id), error)
            return
        self._answer(TopicLimitsAnswer(question.id, dict(limits)))

    async def _write(self, question: WriteOffsets) -> None:
        """Store offsets; those of one runner are stored in the order it gave them."""
        async with self._writing:
            try:
                self._check_membership()
                await self._write_offsets(dict(question.offsets))
            except ConnectError as error:
                self._answer(Done(question.id), error)
            else:
                self._answer(Done(question.id))

    async def _write_offsets(self, offsets: dict[bytes, bytes | None]) -> None:
        store = await self._ready_store()
        await store.set(offsets)

    def _check_membership(self) -> None:
        if self._host.is_void:
            text = (
                "This worker may be no member of its group any more, so offsets are not stored: "
                "another worker may have stored newer ones."
            )
            raise ConnectError(text)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)


class ConnectorInstance(Instance[Seat]):
    """One started connector."""

    def __init__(self, host: Host, name: str, config: Mapping[str, str | None]) -> None:
        super().__init__(host, (name, "worker"))
        self.name = name
        self.plugin: Plugin | None = None
        """Set once it is found."""
        self.config = dict(config)

    @property
    def is_running(self) -> bool:
        """Whether it is started, so that it can be asked for task configurations."""
        return self.is_alive and self.state is State.RUNNING

    def _pass_on(self, status: ConnectorStatus) -> None:
        self._host.connector_status(self.name, status)

    def _on_other(self, report: Report) -> None:
        if isinstance(report, ReconfigurationRequest) and not self.is_closed:
            self._host.reconfiguration_requested(self.name)
        elif isinstance(report, ConfigExpired) and not self.is_closed:
            self._host.config_expired(self.name)


class TaskInstance(Instance[Runner]):
    """One started task."""

    def __init__(self, host: Host, task: TaskId) -> None:
        super().__init__(host, (task.connector, f"task-{task.task}"))
        self.task = task
        self.metrics: dict[str, float] = {}
        """Newest values by Kafka Connect's names."""
        self.measured_s = -math.inf
        """When they came, by :func:`time.monotonic`."""
        self.returned_s = time.monotonic()
        """When its code was last known to have returned, by the same clock; at first, its begin."""
        self.cause: FailureCause | None = None
        """Why it failed, where more than the trace is known."""
        self.stall: Stall | None = None
        """Set while its code does not return."""
        self.facts = PluginFacts()
        """Which plugins it works with."""
        self.is_exactly_once = False
        """Whether it writes its offsets itself."""

    def set_stall(self, stall: Stall | None) -> None:
        """Have its status say that its code does not return, or that it has returned."""
        self.stall = stall
        if not self.is_closed and self.state is State.RUNNING:
            self.report(State.RUNNING)

    def on_report(self, report: Report) -> None:
        """Take what the runner says."""
        if isinstance(report, StateReport):
            self.cause, self.stall = report.cause, None
            self.returned_s = time.monotonic()
        super().on_report(report)

    def _pass_on(self, status: ConnectorStatus) -> None:
        if self.stall is not None:
            status = msgspec.structs.replace(status, stalled=self.stall)
        self._host.task_status(self.task, status)

    def _on_other(self, report: Report) -> None:
        if isinstance(report, TopicsReport) and not self.is_closed:
            self._host.active_topics(self.task, report.topics)
        elif isinstance(report, ConfigExpired) and not self.is_closed:
            self._host.config_expired(self.task)
        elif isinstance(report, MetricsReport):
            self.metrics.update(report.values)
            self.measured_s = self.returned_s = time.monotonic()
        elif isinstance(report, FindOffsetKeys):
            self._start(self._find_keys(report))
        elif isinstance(report, FenceEarlierTasks):
            self._start(self._do(report.id, self._fence()))
        elif isinstance(report, ConfirmTask):
            self._start(self._do(report.id, self._confirm()))

    async def _write_offsets(self, offsets: dict[bytes, bytes | None]) -> None:
        if self.is_exactly_once:  # these are only copies
            await self._host.offset_store.set(offsets)
        else:
            await super()._write_offsets(offsets)

    async def _find_keys(self, question: FindOffsetKeys) -> None:
        store = self._host.offset_store if self.offsets is None else self.offsets.store
        self._answer(OffsetsAnswer(question.id, [*store.stored_keys(question.keys)]))

    async def _do(self, number: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ConnectError as error:
            self._answer(Done(number), error)
        else:
            self._answer(Done(number))

    async def _fence(self) -> None:
        if self._host.guard is not None:
            await self._host.guard.fence(self.task.connector)

    async def _confirm(self) -> None:
        """Let it start once its offsets have been read and it is still to run here."""
        store = await self._ready_store()
        if not self.is_exactly_once:
            return
        await store.get([])  # to the end: what others wrote before they were fenced
        self._check_membership()
        if self._host.guard is not None:
            await self._host.guard.confirm(self.task)


@contextlib.contextmanager
def leaving(instances: Sequence[AnyInstance], among: set[AnyInstance]) -> Iterator[None]:
    """Tell instances that their stop was ordered, and keep them in a set until it is done.

    Args:
        instances: Those that are being stopped.
        among: Gets them for as long as the context is entered.
    """
    among.update(instances)
    for instance in instances:
        instance.leave()
    try:
        yield
    finally:
        among.difference_update(instances)
