# SPDX-License-Identifier: Apache-2.0
"""What the loops take from the worker's settings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from barnabas.runtime.settings.worker import WorkerConfig

__all__ = ["LoopSettings"]


@dataclasses.dataclass(frozen=True, slots=True)
class LoopSettings:
    """Intervals and deadlines, in seconds."""

    flush_interval_s: float
    """``offset.flush.interval.ms``: from one offset commit to the next."""
    flush_timeout_s: float
    """``offset.flush.timeout.ms``: what a commit may take."""

    @classmethod
    def read(cls, worker_config: Mapping[str, str]) -> LoopSettings:
        """Read the worker's settings.

        Raises:
            ConfigError: One of them is wrong.
        """
        config = WorkerConfig(worker_config)
        return cls(config.offset_flush_interval_ms / 1000, config.offset_flush_timeout_ms / 1000)
