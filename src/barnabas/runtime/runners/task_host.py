# SPDX-License-Identifier: Apache-2.0
"""Runs one task in its runner: the loop on the main thread, its link to the worker beside it."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import msgspec

from barnabas.errors import ConnectError
from barnabas.runtime import tasks
from barnabas.runtime.model import FailureCause, State, TargetState
from barnabas.runtime.plugins.plugin import import_class
from barnabas.runtime.runners import channel as channels
from barnabas.runtime.runners import traces
from barnabas.runtime.runners.channel import Answer, Channel
from barnabas.runtime.runners.control import Control
from barnabas.runtime.runners.environment import Environment, load_task_class
from barnabas.runtime.runners.expiry import ExpiryTimer, has_changed
from barnabas.runtime.runners.lease import LAPSED
from barnabas.runtime.runners.lease_watch import LeaseWatch
from barnabas.runtime.runners.messages import (
    ConfigExpired,
    ConfirmTask,
    FenceEarlierTasks,
    FindOffsetKeys,
    ForgetTopics,
    MetricsReport,
    OffsetsAnswer,
    ReadOffsets,
    ReadTopicLimits,
    RunTask,
    SetTargetState,
    Setup,
    StateReport,
    Stop,
    TopicLimitsAnswer,
    TopicsReport,
    ToRunner,
    WriteOffsets,
)
from barnabas.runtime.tasks.failure_cause import failure_cause
from barnabas.runtime.tasks.link import TaskSpec

__all__ = ["SocketTaskLink", "TaskHost"]

_log = logging.getLogger(__name__)

_READ_DEADLINE_S: Final = 60.0
_PREPARE_DEADLINE_S: Final = 330.0
"""Longer than the worker waits for the offsets of a task."""
_LOOK_S: Final = 0.1
_LIMITS_DEADLINE_S: Final = 6.0
"""A little longer than the worker takes at most."""


class SocketTaskLink:
    """A :class:`~barnabas.runtime.tasks.link.TaskLink` over the runner's socket."""

    def __init__(self, channel: Channel, target_state: TargetState, watch: LeaseWatch) -> None:
        self._channel = channel
        self._watch = watch
        self._changed = threading.Condition()
        self._target_state = target_state
        self._seen_state = target_state
        self._stopping = False
        self._wake: Callable[[], None] | None = None
        self._version: str | None = None
        self._topics_epoch = 0

    @property
    def is_stopping(self) -> bool:
        """Whether the worker asked this task to stop, or is gone."""
        return self._stopping

    @property
    def target_state(self) -> TargetState:
        """State the user wants; reading it means it has been taken notice of."""
        self._seen_state = self._target_state
        return self._seen_state

    def ensure_lease(self) -> None:
        """Return if the worker is a member of its group, else end this process at once."""
        self._watch.ensure()

    def wait(self, timeout_s: float) -> bool:
        """Sleep; cut short by a stop or a target state nobody has read yet."""
        with self._changed:
            return self._changed.wait_for(self._has_news, timeout_s)

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Set the function that ends a wait elsewhere; called at once if there is news."""
        with self._changed:
            self._wake = callback
            has_news = self._has_news()
        if has_news:
            callback()

    def report_state(
        self, state: State, trace: str | None = None, *, version: str | None = None
    ) -> None:
        """Tell the worker the state of this task."""
        self._version = version or self._version
        self._send(StateReport(state, trace, self._version))

    def report_failure(self, trace: str, cause: FailureCause) -> None:
        """Tell the worker that this task has failed."""
        self._send(StateReport(State.FAILED, trace, self._version, cause=cause))

    def report_topics(self, topics: Sequence[str]) -> None:
        """Tell the worker which topics are new."""
        self._send(TopicsReport(list(topics)))

    @property
    def topics_epoch(self) -> int:
        """Rises when all topics are to be reported again."""
        return self._topics_epoch

    def report_metrics(self, metrics: Mapping[str, float]) -> None:
        """Send the newest values of metrics."""
        self._send(MetricsReport(dict(metrics)))

    def read_offsets(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read stored source offsets."""
        asked = list(keys)
        future = self._channel.ask(lambda number: ReadOffsets(number, asked))
        answer = channels.result_within(future, _READ_DEADLINE_S, "reading source offsets")
        if not isinstance(answer, OffsetsAnswer) or len(answer.values) != len(asked):
            text = "The worker answered something else than the offsets asked for."
            raise ConnectError(text)
        return answer.values

    def topic_limits(
        self, properties: Mapping[str, str], topics: Iterable[str]
    ) -> Mapping[str, int]:
        """Have the worker ask brokers how large batches may be."""
        values, asked = dict(properties), list(topics)
        future = self._channel.ask(lambda number: ReadTopicLimits(number, values, asked))
        answer = channels.result_within(future, _LIMITS_DEADLINE_S, "reading limits of topics")
        if not isinstance(answer, TopicLimitsAnswer):
            text = "The worker answered something else than the limits of topics."
            raise ConnectError(text)
        return answer.limits

    def write_offsets(
        self, offsets: Mapping[bytes, bytes | None]
    ) -> concurrent.futures.Future[None]:
        """Have source offsets stored."""
        items = list(offsets.items())
        written: concurrent.futures.Future[None] = concurrent.futures.Future()

        def pass_on(answer: concurrent.futures.Future[Answer]) -> None:
            error = answer.exception()
            if not written.set_running_or_notify_cancel():
                return
            if error is None:
                written.set_result(None)
            else:
                written.set_exception(error)

        asked = self._channel.ask(lambda number: WriteOffsets(number, items))
        asked.add_done_callback(pass_on)
        return written

    def stored_keys(self, keys: Sequence[bytes]) -> list[bytes]:
        """Find the keys under which offsets are stored."""
        asked = list(keys)
        future = self._channel.ask(lambda number: FindOffsetKeys(number, asked))
        answer = channels.result_within(future, _READ_DEADLINE_S, "finding keys of offsets")
        if not isinstance(answer, OffsetsAnswer) or len(answer.values) != len(asked):
            text = "The worker answered something else than the keys asked for."
            raise ConnectError(text)
        return [
            own if found is None else found for own, found in zip(asked, answer.values, strict=True)
        ]

    def fence_earlier_tasks(self) -> bool:
        """Have the producers of earlier tasks fenced."""
        return self._await(FenceEarlierTasks, "fencing the producers of earlier tasks")

    def confirm_task(self) -> bool:
        """Have the worker confirm that this task may start."""
        return self._await(ConfirmTask, "confirming that the task may start")

    def _await(self, make: Callable[[int], FenceEarlierTasks | ConfirmTask], what: str) -> bool:
        """Wait for an answer that may take minutes; False when the task is to stop meanwhile."""
        future = self._channel.ask(make)
        until = time.monotonic() + _PREPARE_DEADLINE_S
        while not self._stopping:
            if concurrent.futures.wait([future], _LOOK_S).done or time.monotonic() > until:
                channels.result_within(future, 0, what)
                return True
        return False

    def forget_topics(self) -> None:
        """Have all topics reported again. Called on the control thread."""
        self._topics_epoch += 1

    def change(self, *, target_state: TargetState | None = None, stop: bool = False) -> None:
        """Take what the worker wants. Called on the control thread."""
        with self._changed:
            self._stopping = self._stopping or stop
            self._target_state = target_state or self._target_state
            wake = self._wake if self._has_news() else None
            self._changed.notify_all()
        if wake is not None:
            wake()

    def _has_news(self) -> bool:
        return self._stopping or self._target_state is not self._seen_state

    def _send(self, message: StateReport | TopicsReport | MetricsReport) -> None:
        with contextlib.suppress(ConnectError):  # the worker is gone: the control thread sees to it
            self._channel.send(message)


class TaskHost:
    """Calls the loop of one task and tells the worker how it ended.

    Args:
        channel: Connection to the worker.
        setup: What the worker said first.
        order: The task.
        watch: Watches the worker's lease.
        end: What is done when the worker is gone, see :class:`Control`.
    """

    def __init__(
        self,
        channel: Channel,
        setup: Setup,
        order: RunTask,
        watch: LeaseWatch,
        end: Callable[[], None] | None = None,
    ) -> None:
        self._channel = channel
        self._environment = Environment(setup)
        self._connector = order.connector
        self._spec = order.spec
        self._link = SocketTaskLink(channel, order.spec.target_state, watch)
        self._watch = watch
        self._is_told_to_stop = False
        self._control = Control(channel, self._handle, lambda: self._link.change(stop=True), end)

    def run(self) -> int:
        """Run the task until it is to stop or fails; returns the exit status of the runner."""
        self._watch.start(lambda: self._link.change(stop=True))
        self._control.start()
        try:
            tasks.run_task(self._prepare(), self._link, self._environment.registry)
            if not self._link.is_stopping:
                text = "The task's loop ended although nobody asked it to."
                raise ConnectError(text)  # noqa: TRY301 - reported like any failure of the task
        except BaseException as error:  # noqa: BLE001 - user code may raise anything, also SystemExit
            return self._end(error)
        return self._good_status

    def join(self) -> None:
        """Wait until the worker is gone; for a process that outlives it."""
        self._control.join()

    @property
    def _good_status(self) -> int:
        has_lapsed = self._watch.has_asked and not self._is_told_to_stop
        return LAPSED if has_lapsed else 0

    def _prepare(self) -> TaskSpec:
        """Find the class and resolve the references in the configurations."""
        connector_config, ttl_ms = self._resolve(self._spec.connector_config)
        task_config, task_ttl_ms = self._resolve(self._spec.task_config)
        spec = msgspec.structs.replace(
            self._spec,
            task_class=load_task_class(self._connector, self._spec.task_class),
            connector_config=connector_config,
            task_config=task_config,
        )
        self._expiry = ExpiryTimer(self._spec.connector_config, lambda: self._expired(spec))
        self._expiry.arm(_sooner(ttl_ms, task_ttl_ms))
        connector = import_class(self._connector.location)
        self._environment.hide_passwords_of(connector, spec.connector_config)
        self._environment.hide_passwords_of(connector, spec.task_config)
        return spec

    def _resolve(self, config: Mapping[str, str]) -> tuple[dict[str, str], int | None]:
        resolved = self._environment.resolve(config)
        for text in self._environment.missing:
            _log.warning("%s", text)
        return resolved, self._environment.ttl_ms

    def _expired(self, known: TaskSpec) -> int | None:
        """Look values up again, ask for a restart if they changed; on the timer's thread."""
        ttls = []
        for raw, used in (
            (self._spec.connector_config, known.connector_config),
            (self._spec.task_config, known.task_config),
        ):
            if has_changed(lambda raw=raw: self._environment.resolve(raw), used):  # type: ignore[misc]
                _log.info("Values of config providers have changed; asking for a restart")
                self._channel.send(ConfigExpired())
                return None
            ttls.append(self._environment.ttl_ms)
        return _sooner(*ttls)

    def _end(self, error: BaseException) -> int:
        task = self._spec.id
        path = f"/connectors/{task.connector}/tasks/{task.task}/restart"
        trace = traces.failure_trace(
            error,
            what=f"task {task}",
            mend=f"Restart it with POST {path} after mending.",
            secrets=self._environment.secrets,
        )
        if self._link.is_stopping:
            _log.warning("While it was being stopped: %s", traces.log_text(error, trace))
            return self._good_status
        _log.error("%s", traces.log_text(error, trace))
        cause = failure_cause(error)
        hidden = traces.hide(cause.error, self._environment.secrets)
        self._link.report_failure(trace, msgspec.structs.replace(cause, error=hidden))
        return 1

    def _handle(self, message: ToRunner) -> None:
        try:
            if isinstance(message, Stop):
                self._is_told_to_stop = True
                self._link.change(stop=True)
            elif isinstance(message, SetTargetState):
                self._link.change(target_state=message.state)
            elif isinstance(message, ForgetTopics):
                self._link.forget_topics()
            else:
                _log.warning("A task has no use for %s", type(message).__name__)
        except Exception:  # noqa: BLE001 - the wake-up is the loop's; the control thread must live
            _log.exception("Waking the task failed")


def _sooner(*ttls_ms: int | None) -> int | None:
    return min((ttl_ms for ttl_ms in ttls_ms if ttl_ms is not None), default=None)
