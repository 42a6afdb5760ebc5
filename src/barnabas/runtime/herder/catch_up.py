# SPDX-License-Identifier: Apache-2.0
"""How long the config topic is waited for, and what follows when it cannot be read. Pure.

Source:
    Reference page *Worker group protocol*, section 3.
"""

from __future__ import annotations

import dataclasses

from barnabas.runtime.settings.distributed import DistributedConfig

__all__ = ["CatchUp"]

_TRIES = 5
"""Pauses of a worker of a cooperative group that grow, before they are short again."""


@dataclasses.dataclass(slots=True)
class CatchUp:
    """Counts failures in a row and chooses the pause after each.

    Args:
        sync_timeout_s: Time for reading the config topic, ``worker.sync.timeout.ms`` in seconds.
        unsync_backoff_s: ``worker.unsync.backoff.ms`` in seconds, for eager groups.
        max_delay_s: ``scheduled.rebalance.max.delay.ms`` in seconds, for the others.

    Differs:
        Java's worker keeps its work through five such pauses and gives it up then. Ours gives it up
        as soon as it leaves the group.
    """

    sync_timeout_s: float
    unsync_backoff_s: float
    max_delay_s: float
    _failures: int = 0

    @classmethod
    def of(cls, config: DistributedConfig) -> CatchUp:
        """Make it for a worker with these settings."""
        return cls(
            config.worker_sync_timeout_ms / 1000,
            config.worker_unsync_backoff_ms / 1000,
            config.scheduled_rebalance_max_delay_ms / 1000,
        )

    @property
    def is_failing(self) -> bool:
        """Whether the config topic could not be read the last time it had to be."""
        return self._failures > 0

    def succeed(self) -> None:
        """Hear that the worker is up to date."""
        self._failures = 0

    def fail(self, *, is_cooperative: bool) -> float:
        """Hear that it is not; returns seconds until it joins the group again."""
        tries_left = _TRIES - self._failures % _TRIES
        self._failures += 1
        return self.max_delay_s / 10 / tries_left if is_cooperative else self.unsync_backoff_s
