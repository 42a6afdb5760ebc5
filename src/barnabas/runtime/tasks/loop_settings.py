# SPDX-License-Identifier: Apache-2.0
"""What the loops take from the worker's settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Final

from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["LoopSettings"]

_PART_OF_STOP: Final = 0.6
_PART_UNTIL_LEFT: Final = 0.8


@dataclasses.dataclass(frozen=True, slots=True)
class LoopSettings:
    """Intervals and deadlines, in seconds."""

    flush_interval_s: float
    """``offset.flush.interval.ms``: from one offset commit to the next."""
    flush_timeout_s: float
    """``offset.flush.timeout.ms``: what a commit may take."""
    last_flush_s: float = 3.0
    """What records under way are waited for at a stop: less than
    ``task.shutdown.graceful.timeout.ms``, so that offsets are committed and the task's ``stop`` is
    called before that is over and the process is killed."""
    leave_s: float = 4.0
    """How long after a stop began a rebalance is waited for, so as to leave the group."""

    @classmethod
    def read(cls, worker_config: Mapping[str, str]) -> LoopSettings:
        """Read the worker's settings.

        Raises:
            ConfigError: One of them is wrong.
        """
        config = WorkerConfig(worker_config)
        timeout_s = config.offset_flush_timeout_ms / 1000
        graceful_s = config.task_shutdown_graceful_timeout_ms / 1000
        return cls(
            config.offset_flush_interval_ms / 1000,
            timeout_s,
            min(timeout_s, _PART_OF_STOP * graceful_s),
            _PART_UNTIL_LEFT * graceful_s,
        )
