# SPDX-License-Identifier: Apache-2.0
"""What a task's loop is given, and its link to the worker process.

The loops in this package know nothing of sockets or messages: :mod:`barnabas.runtime.runners`
implements :class:`TaskLink` over the runner's socket, tests implement it in memory.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from barnabas.runtime.model import State, TargetState, TaskId

__all__ = ["ExactlyOnce", "TaskLink", "TaskSpec"]


class ExactlyOnce(msgspec.Struct, frozen=True):
    """What a source task needs to deliver exactly once."""

    transactional_id: str
    """``<group.id>-<connector>-<task>``, as Java's."""
    offsets_topic: str
    """Where its offsets go."""
    copies_offsets: bool
    """Whether they are also to be written to the worker's own offsets topic, through the link."""


class TaskSpec(msgspec.Struct, frozen=True):
    """All a runner needs to run one task. Holds secrets: never print or log it."""

    id: TaskId
    connector_class: str
    """Name of the connector's plugin, as written in the configuration."""
    task_class: str
    """Where the task's class is imported from: ``module:qualified.name``."""
    connector_config: dict[str, str]
    """Configuration of the connector, references to config providers resolved."""
    task_config: dict[str, str]
    """Configuration of the task, references resolved; ``task.class`` is in it."""
    worker_config: dict[str, str]
    """The worker's original settings: converters, ``producer.``/``consumer.`` prefixes …"""
    target_state: TargetState
    generation: int
    """Generation of the worker when the task was given out; standalone: 0."""
    is_sink: bool
    exactly_once: ExactlyOnce | None = None
    """None for sinks, and where ``exactly.once.source.support`` is not enabled."""
    has_own_offsets: bool = False
    """Whether the connector keeps its offsets in a topic of its own."""

    def __repr__(self) -> str:
        return f"TaskSpec({self.id})"


class TaskLink(Protocol):
    """A task loop's only way to the worker. Methods may be called from any thread of the runner."""

    @property
    def is_stopping(self) -> bool:
        """Whether the worker asked this task to stop, or is gone."""

    @property
    def target_state(self) -> TargetState:
        """State the user wants; a loop compares it between batches."""

    def ensure_lease(self) -> None:
        """Return if the worker is a member of its group; else end this process, without clean-up.

        Called before records are produced or put and before offsets are committed: others may
        already have this task, and nothing of ours must come after what they do. Cheap.
        """

    def wait(self, timeout_s: float) -> bool:
        """Sleep, but wake at once when the task is to stop or its target state changes.

        Returns:
            True when the wait was cut short.
        """

    def on_wake(self, callback: Callable[[], None]) -> None:
        """Set a function, without arguments, to be called at stop or state change.

        It is called on the link's thread, for example to make a consumer's poll return early.
        """

    def report_state(
        self, state: State, trace: str | None = None, *, version: str | None = None
    ) -> None:
        """Tell the worker the state of this task; it becomes the task's status.

        Loops report RUNNING and PAUSED. FAILED and the end are reported by whoever called the loop.

        Args:
            state: The new state.
            trace: What went wrong.
            version: What the task's ``version()`` says; remembered for later reports.
        """

    def report_topics(self, topics: Sequence[str]) -> None:
        """Tell the worker which topics this task has newly used (KIP-558)."""

    @property
    def topics_epoch(self) -> int:
        """Rises when a user has the topics of the connector forgotten: all are new again."""

    def report_metrics(self, metrics: Mapping[str, float]) -> None:
        """Send the newest values of this task's metrics, by Kafka Connect's metric names."""

    def read_offsets(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """Read stored source offsets, raw as in the offset store; blocks with a deadline.

        Raises:
            ConnectError: The store cannot be read.
            DeadlineError: The worker did not answer in time.
        """

    def topic_limits(
        self, properties: Mapping[str, str], topics: Iterable[str]
    ) -> Mapping[str, int]:
        """Ask brokers for the limits of batches, ``max.message.bytes``; blocks for seconds at most.

        The worker asks for all its tasks, so that they need no admin clients of their own.

        Args:
            properties: Those of an admin client, in Java's names.
            topics: Names of topics.

        Returns:
            Bytes by topic, without those that could not be learnt.

        Raises:
            ConnectError: No limit could be learnt.
        """

    def write_offsets(
        self, offsets: Mapping[bytes, bytes | None]
    ) -> concurrent.futures.Future[None]:
        """Have source offsets stored; the future is done when they are durable, or fails."""

    def stored_keys(self, keys: Sequence[bytes]) -> list[bytes]:
        """Find the keys under which offsets of the same meaning are stored, in the order asked.

        Java may have written the members of a partition in another order; a second entry beside
        that one would live on. Looks at what was read before; a key that is new is its own answer.

        Raises:
            ConnectError: The worker does not answer.
        """

    def fence_earlier_tasks(self) -> bool:
        """Have the producers of the connector's earlier tasks fenced; for exactly-once tasks.

        Returns:
            False when the task is to stop meanwhile.

        Raises:
            ConnectError: It could not be done; says why.
        """

    def confirm_task(self) -> bool:
        """Have the worker confirm that this task may start, and get its offsets ready.

        Returns:
            False when the task is to stop meanwhile.

        Raises:
            ConnectError: It has been given to another worker, is of an older set of tasks, or its
                offsets topic cannot be used.
        """
