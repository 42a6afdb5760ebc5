# SPDX-License-Identifier: Apache-2.0
"""Keeps a consumer in its group while its task is busy, however long ``put`` takes.

A consumer that is not polled for ``max.poll.interval.ms`` leaves its group, and others get its
partitions, which is of no use when the task is only slow. So a thread polls when the loop does not,
in a way that takes no records and hears no news: everything else stays on the main thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

__all__ = ["PollWatch"]

_PARTS: Final = 4
_logger = logging.getLogger(__name__)


class PollWatch:
    """Polls in the place of a loop that does not.

    Args:
        keep_membership: Counts as a poll; called on the watch's own thread.
        interval_s: ``max.poll.interval.ms``, in seconds.
        now: Seconds of a clock that only goes forward.

    Differs:
        Java's sink tasks are put out of their group when ``put`` takes longer than
        ``max.poll.interval.ms``. Here that happens only in a rebalance that needs the task, which
        is not waited for any longer: an eager one, or the one after a cooperative one that takes
        partitions from it. Until then the partitions stay with a task that hangs.
    """

    def __init__(
        self,
        keep_membership: Callable[[], object],
        interval_s: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep_membership = keep_membership
        self._interval_s = interval_s
        self._now = now
        self._polled_at = now()
        self._is_told = False
        self._end = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._watch, name="poll-watch", daemon=True)
        self._thread.start()

    def polled(self) -> None:
        """Hear that the loop polled."""
        self._polled_at = self._now()
        self._is_told = False

    def stop(self) -> None:
        """End; the consumer may be closed then."""
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def look(self) -> None:
        """Poll if the loop has not for some time; warn once half the interval is over."""
        busy_s = self._now() - self._polled_at
        if busy_s < self._interval_s / _PARTS:
            return
        self._keep_membership()
        if busy_s >= self._interval_s / 2 and not self._is_told:
            self._is_told = True
            _logger.warning(
                "The task has not come back for %.0f s, half of max.poll.interval.ms. It stays in "
                "its group, but a rebalance waits no longer for it than that. Raise "
                "consumer.override.max.poll.interval.ms or lower "
                "consumer.override.max.poll.records if that is usual",
                busy_s,
            )

    def _watch(self) -> None:
        while not self._end.wait(self._interval_s / _PARTS):
            self.look()
