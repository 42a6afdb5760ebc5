# SPDX-License-Identifier: Apache-2.0
"""What the framework offers a task: the contexts of the plugin API over a task's link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

from barnabas.api import ErrantRecordReporter, TopicPartition, TransactionContext
from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.stores.offset_format import decode_value, offset_key
from barnabas.runtime.tasks.link import TaskLink

__all__ = ["LinkedOffsetReader", "LinkedSourceContext", "SinkContext"]


class LinkedOffsetReader:
    """Reads stored source offsets over the link.

    Implements :class:`barnabas.api.OffsetStorageReader`.
    """

    def __init__(self, link: TaskLink, connector: str) -> None:
        self._link = link
        self._connector = connector

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the stored offset of a partition."""
        return self.offsets([partition])[0]

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        """Return the stored offsets of many partitions, in the order asked."""
        keys = [offset_key(self._connector, partition) for partition in partitions]
        if not keys:
            return []
        values = self._link.read_offsets(keys)
        return [decode_value(value, key) for key, value in zip(keys, values, strict=True)]


class LinkedSourceContext:
    """Implements :class:`barnabas.api.SourceTaskContext`."""

    def __init__(
        self,
        link: TaskLink,
        connector: str,
        configs: Mapping[str, str],
        transaction_context: TransactionContext | None = None,
    ) -> None:
        self.configs = configs
        self.transaction_context = transaction_context
        self.offset_storage_reader = LinkedOffsetReader(link, connector)
        self._link = link

    @property
    def is_stopping(self) -> bool:
        """Whether the task has been asked to stop."""
        return self._link.is_stopping

    def wait(self, timeout_s: float) -> bool:
        """Sleep, but wake when the task is to stop or pause."""
        return self._link.wait(timeout_s)


class SinkContext:
    """Implements :class:`barnabas.api.SinkTaskContext`; the loop reads what the task asked for.

    Args:
        link: Link to the worker.
        configs: The task's configuration.
        pause: Makes the consumer pause partitions.
        resume: Makes the consumer read partitions again.
        reporter: Takes records that the task cannot store.
    """

    def __init__(
        self,
        link: TaskLink,
        configs: Mapping[str, str],
        *,
        pause: Callable[[Set[TopicPartition]], None],
        resume: Callable[[Set[TopicPartition]], None],
        reporter: ErrantRecordReporter | None = None,
    ) -> None:
        self.configs = configs
        self.assigned: set[TopicPartition] = set()
        """Partitions the loop says the task has."""
        self.paused: set[TopicPartition] = set()
        """Partitions the task itself paused."""
        self.rewinds: dict[TopicPartition, int] = {}
        """Offsets to go on at before the next poll."""
        self.timeout_ms: int | None = None
        """Wish for the next poll."""
        self.wants_commit = False
        self._link = link
        self._pause = pause
        self._resume = resume
        self._reporter = reporter

    @property
    def assignment(self) -> Set[TopicPartition]:
        """Partitions this task reads now."""
        return frozenset(self.assigned)

    @property
    def errant_record_reporter(self) -> ErrantRecordReporter | None:
        """Takes records that cannot be stored; None when nothing would be told anywhere."""
        return self._reporter

    @property
    def is_stopping(self) -> bool:
        """Whether the task has been asked to stop."""
        return self._link.is_stopping

    def offset(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Go on reading at these offsets."""
        wrong = {where: offset for where, offset in offsets.items() if offset < 0}
        if wrong:
            text = f"Cannot go on reading at negative offsets: {wrong}"
            raise ConnectError(text)
        self.rewinds.update((TopicPartition(*where), offset) for where, offset in offsets.items())

    def timeout(self, timeout_ms: int) -> None:
        """Call ``put`` again within this time."""
        self.timeout_ms = timeout_ms

    def pause(self, *partitions: TopicPartition) -> None:
        """Read no more of these partitions."""
        chosen = self._checked(partitions, "pause")
        self.paused |= chosen
        self._pause(chosen)

    def resume(self, *partitions: TopicPartition) -> None:
        """Read paused partitions again."""
        chosen = self._checked(partitions, "resume")
        self.paused -= chosen
        self._resume(chosen)

    def request_commit(self) -> None:
        """Commit offsets with the next iteration."""
        self.wants_commit = True

    def _checked(self, partitions: Sequence[TopicPartition], doing: str) -> set[TopicPartition]:
        chosen = {TopicPartition(*where) for where in partitions}
        foreign = sorted(f"{where.topic}-{where.partition}" for where in chosen - self.assigned)
        if foreign:
            text = (
                f"SinkTasks may not {doing} partitions that are not currently assigned to them: "
                f"{', '.join(foreign)}"
            )
            raise IllegalStateError(text)
        return chosen
