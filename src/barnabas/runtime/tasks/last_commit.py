# SPDX-License-Identifier: Apache-2.0
"""The last commit of a sink task that stops, which a rebalance may overtake.

While a group shares partitions cooperatively its members keep them during a rebalance, and the
broker answers a commit only when that has ended, with a refusal. So the commit is made again as a
member of the new generation; partitions the rebalance takes away are committed when they go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Set
from typing import Final

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.errors import ConnectError
from barnabas.runtime.tasks.consumption import Consumption, OvertakenError

__all__ = ["LastCommit"]

_SERVE_S: Final = 0.1

_logger = logging.getLogger(__name__)


class LastCommit:
    """Commits, and makes that again for as long as rebalances overtake it. Main thread only.

    Args:
        consumption: Commits, and hears of rebalances.
        ensure_lease: Called before each try; see
            :meth:`~barnabas.runtime.tasks.link.TaskLink.ensure_lease`.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        consumption: Consumption,
        ensure_lease: Callable[[], None],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._consumption = consumption
        self._ensure_lease = ensure_lease
        self._now = now
        self._waiting: dict[TopicPartition, OffsetAndMetadata] = {}
        self._closed: Set[TopicPartition] = frozenset()
        self._failure: ConnectError | None = None

    def make(
        self,
        closed: Set[TopicPartition],
        offsets: Mapping[TopicPartition, OffsetAndMetadata],
        timeout_s: float,
    ) -> None:
        """Commit offsets; not to be called while the consumer tells of partitions.

        Args:
            closed: All partitions the task was closed for; nothing more is done when they go.
            offsets: Of some of them.
            timeout_s: How long to go on trying.

        Raises:
            ConnectError: They were not committed, or not all of them.
        """
        deadline = self._now() + timeout_s
        self._waiting, self._closed, self._failure = dict(offsets), closed, None
        try:
            while self._waiting and (overtaken := self._commit()) is not None:
                if self._now() >= deadline:
                    text = f"{overtaken.message}; the rebalance did not end while the task stopped"
                    raise ConnectError(text)
                self._consumption.serve(_SERVE_S)
        finally:
            self._waiting, self._closed = {}, frozenset()
        if self._failure is not None:
            raise self._failure

    def _commit(self) -> OvertakenError | None:
        """Commit what waits; returns how a rebalance overtook that, if one did."""
        self._ensure_lease()
        try:
            self._consumption.commit_now(self._waiting)
        except OvertakenError as error:
            _logger.debug("A rebalance overtook the last commit, which is made again")
            return error
        return None

    def revoked(self, partitions: Set[TopicPartition]) -> Set[TopicPartition]:
        """Commit what goes now, if it waits for that; told by the consumer.

        Returns:
            Partitions that are not closed yet.
        """
        going = self._take(partitions)
        if going:
            self._ensure_lease()
            try:
                self._consumption.commit_now(going)
            except ConnectError as error:
                self._failure = error
        return partitions - self._closed

    def lost(self, partitions: Set[TopicPartition]) -> Set[TopicPartition]:
        """Commit nothing more of partitions that others may have.

        Returns:
            Partitions that are not closed yet.
        """
        if lost := self._take(partitions):
            text = f"{len(lost)} partitions were lost before the last commit"
            self._failure = ConnectError(text)
        return partitions - self._closed

    def _take(self, partitions: Set[TopicPartition]) -> dict[TopicPartition, OffsetAndMetadata]:
        return {where: self._waiting.pop(where) for where in partitions & self._waiting.keys()}
