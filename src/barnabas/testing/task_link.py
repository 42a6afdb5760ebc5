# SPDX-License-Identifier: Apache-2.0
"""A task's link to a worker that is not there: everything is kept in memory."""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState

__all__ = ["MemoryTaskLink"]


class MemoryTaskLink:
    """Implements :class:`barnabas.runtime.tasks.TaskLink`; the test plays the worker.

    Run the task's loop on one thread, and ask and change the link on another.

    Attributes:
        offsets: The offset store, raw.
        states: What the task reported, in order.
        topics: Topics the task reported, in order.
        metrics: The newest value of each metric.
        limits: How large batches may be, in bytes by topic.
        write_error: What the next write of offsets fails with.
        lease_error: Set it to have the loop end where a runner would whose worker is no member any
            more.
        topics_epoch: Raise it to have all topics reported again.
        asked: ``fence`` and ``confirm``, as the task asked for them.
        fence_error: What the fencing of earlier tasks fails with.
        confirm_error: Why the task may not start.
    """

    def __init__(self, target_state: TargetState = TargetState.STARTED) -> None:
        self.offsets: dict[bytes, bytes | None] = {}
        self.states: list[State] = []
        self.topics: list[str] = []
        self.metrics: dict[str, float] = {}
        self.limits: dict[str, int] = {}
        self.write_error: Exception | None = None
        self.lease_error: BaseException | None = None
        self.topics_epoch = 0
        self.asked: list[str] = []
        self.fence_error: Exception | None = None
        self.confirm_error: Exception | None = None
        self._changed = threading.Condition()
        self._target_state = target_state
        self._seen_state = target_state
        self._is_stopping = False
        self._wake: Callable[[], None] = lambda: None

    # -- what the test does ------------------------------------------------------------------------

    def stop(self) -> None:
        """Ask the task to stop."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        self._wake()

    def set_target_state(self, state: TargetState) -> None:
        """Ask the task to pause or to go on."""
        with self._changed:
            self._target_state = state
            self._changed.notify_all()
        self._wake()

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Wait until something the task reports makes a condition true.

        Raises:
            TimeoutError: It did not in time.
        """
        with self._changed:
            if not self._changed.wait_for(condition, timeout_s):
                text = f"not true within {timeout_s} s; the task reported {self.states}"
                raise TimeoutError(text)

    # -- what the task sees ------------------------------------------------------------------------

    @property
    def is_stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._is_stopping

    @property
    def target_state(self) -> TargetState:
        """State set last; reading it means it has been taken notice of."""
        self._seen_state = self._target_state
        return self._seen_state

    def ensure_lease(self) -> None:
        """Return, or raise :attr:`lease_error`."""
        if self.lease_error is not None:
            raise self.lease_error

    def wait(self, timeout_s: float) -> bool:
        """Sleep; cut short by a stop or a target state nobody has read yet."""
        with self._changed:
            return self._changed.wait_for(self._has_news, timeout_s)

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Set the function to be called at a stop or change of state."""
        self._wake = callback

    def report_state(
        self, state: State, trace: str | None = None, *, version: str | None = None
    ) -> None:
        """Remember a state."""
        with self._changed:
            self.states.append(state)
            self._changed.notify_all()

    def report_topics(self, topics: Sequence[str]) -> None:
        """Remember topics."""
        with self._changed:
            self.topics.extend(topics)
            self._changed.notify_all()

    def report_metrics(self, metrics: Mapping[str, float]) -> None:
        """Remember metrics."""
        with self._changed:
            self.metrics.update(metrics)
            self._changed.notify_all()

    def read_offsets(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Look offsets up by their exact bytes."""
        return [self.offsets.get(key) for key in keys]

    def topic_limits(
        self, properties: Mapping[str, str], topics: Iterable[str]
    ) -> Mapping[str, int]:
        """Look limits up."""
        return {topic: self.limits[topic] for topic in topics if topic in self.limits}

    def write_offsets(
        self, offsets: Mapping[bytes, bytes | None]
    ) -> concurrent.futures.Future[None]:
        """Keep offsets; the future is done when this returns."""
        future: concurrent.futures.Future[None] = concurrent.futures.Future()
        error, self.write_error = self.write_error, None
        if error is not None:
            future.set_exception(ConnectError(str(error)))
            return future
        with self._changed:
            self.offsets.update(offsets)
            self._changed.notify_all()
        future.set_result(None)
        return future

    def stored_keys(self, keys: Sequence[bytes]) -> list[bytes]:
        """Answer with the keys themselves."""
        return list(keys)

    def fence_earlier_tasks(self) -> bool:
        """Remember that it was asked; :attr:`fence_error` is raised."""
        self.asked.append("fence")
        if self.fence_error is not None:
            raise self.fence_error
        return not self._is_stopping

    def confirm_task(self) -> bool:
        """Remember that it was asked; :attr:`confirm_error` is raised."""
        self.asked.append("confirm")
        if self.confirm_error is not None:
            raise self.confirm_error
        return not self._is_stopping

    def _has_news(self) -> bool:
        return self._is_stopping or self._target_state is not self._seen_state
