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
        now: Seconds of a clock that only goes forward.
    """

    def __init__(self, consumption: Consumption, now: Callable[[], float] = time.monotonic) -> None:
        self._consumption = consumption
        self._now = now
        self._waiting: dict[TopicPartition, OffsetAndMetadata] = {}
        self._closed: Set[TopicPartition] = frozenset()
        self._lost: Set[TopicPartition] = frozenset()

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
            ConnectError: They were not committed.
        """
        deadline = self._now() + timeout_s
        self._waiting, self._closed = dict(offsets), closed
        try:
            while self._waiting:
                try:
                    self._consumption.commit_now(self._waiting)
                except OvertakenError as error:
                    if self._now() >= deadline:
                        raise
                    _logger.info("A rebalance overtook the last commit, which is made again")
                    self._consumption.serve(_SERVE_S)
                    if lost := offsets.keys() & self._lost:
                        text = f"{error.message}; {len(lost)} partitions were lost meanwhile"
                        raise ConnectError(text) from None
                else:
                    return
        finally:
            self._waiting, self._closed, self._lost = {}, frozenset(), frozenset()

    def revoked(self, partitions: Set[TopicPartition]) -> Set[TopicPartition]:
        """Commit what goes now, if it waits for that; told by the consumer.

        Returns:
            Partitions that are not closed yet.
        """
        going = {where: self._waiting[where] for where in partitions & self._waiting.keys()}
        if going:
            try:
                self._consumption.commit_now(going)
            except ConnectError as error:
                _logger.warning("The last commit was not made: %s", error)
            for where in going:
                del self._waiting[where]
        return partitions - self._closed

    def lost(self, partitions: Set[TopicPartition]) -> Set[TopicPartition]:
        """Commit nothing more of partitions that others may have.

        Returns:
            Partitions that are not closed yet.
        """
        self._lost = self._lost | (partitions & self._waiting.keys())
        return partitions - self._closed
