# SPDX-License-Identifier: Apache-2.0
"""How long the config topic is waited for, and what follows when it cannot be read. Pure.

Source:
    Reference page *Worker group protocol*, section 3.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

__all__ = ["CatchUp", "Pause"]

_TRIES = 5
"""Times a worker of a cooperative group keeps its work while it tries to catch up."""


class Pause(NamedTuple):
    """What a worker does that could not catch up."""

    pause_s: float
    """Seconds until it joins the group again."""
    gives_up_work: bool
    """Whether it stops what it runs meanwhile."""


@dataclasses.dataclass(slots=True)
class CatchUp:
    """Counts failures in a row and chooses the pause after each.

    Args:
        sync_timeout_s: Time for reading the config topic, ``worker.sync.timeout.ms`` in seconds.
        unsync_backoff_s: ``worker.unsync.backoff.ms`` in seconds, for eager groups.
        max_delay_s: ``scheduled.rebalance.max.delay.ms`` in seconds, for the others.
    """

    sync_timeout_s: float
    unsync_backoff_s: float
    max_delay_s: float
    _tries_left: int = _TRIES

    def succeed(self) -> None:
        """Hear that the worker is up to date."""
        self._tries_left = _TRIES

    def fail(self, *, is_cooperative: bool) -> Pause:
        """Hear that it is not."""
        if not is_cooperative:
            return Pause(self.unsync_backoff_s, gives_up_work=False)
        if self._tries_left == 0:
            self._tries_left = _TRIES
            return Pause(self.max_delay_s / 10 / _TRIES, gives_up_work=True)
        pause_s = self.max_delay_s / 10 / self._tries_left
        self._tries_left -= 1
        return Pause(pause_s, gives_up_work=False)
