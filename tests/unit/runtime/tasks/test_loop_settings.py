# SPDX-License-Identifier: Apache-2.0
"""What the loops take from the worker's settings."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.tasks.loop_settings import LoopSettings

WORKER = {"bootstrap.servers": "k:9092", "key.converter": "K", "value.converter": "V"}


def test_defaults_are_javas() -> None:
    assert LoopSettings.read(WORKER) == LoopSettings(60, 5, 3, 4)


def test_times_are_read_in_milliseconds() -> None:
    given = {"offset.flush.interval.ms": "1500", "offset.flush.timeout.ms": "250"}
    assert LoopSettings.read({**WORKER, **given}) == LoopSettings(1.5, 0.25, 0.25, 4)


@pytest.mark.parametrize(
    ("graceful_ms", "last_flush_s", "leave_s"),
    [(1000, 0.6, 0.8), (60_000, 5.0, 48.0), (0, 0.0, 0.0)],
)
def test_the_last_flush_and_the_leaving_leave_time_for_the_end(
    graceful_ms: int, last_flush_s: float, leave_s: float
) -> None:
    given = {"task.shutdown.graceful.timeout.ms": str(graceful_ms)}
    settings = LoopSettings.read({**WORKER, **given})
    assert (settings.last_flush_s, settings.leave_s) == (last_flush_s, leave_s)


def test_wrong_time_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"offset\.flush\.interval\.ms"):
        LoopSettings.read({**WORKER, "offset.flush.interval.ms": "soon"})
