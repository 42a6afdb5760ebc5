# SPDX-License-Identifier: Apache-2.0
"""What the loops take from the worker's settings."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.tasks.loop_settings import LoopSettings

WORKER = {"bootstrap.servers": "k:9092", "key.converter": "K", "value.converter": "V"}


def test_defaults_are_javas() -> None:
    assert LoopSettings.read(WORKER) == LoopSettings(60, 5)


def test_times_are_read_in_milliseconds() -> None:
    given = {"offset.flush.interval.ms": "1500", "offset.flush.timeout.ms": "250"}
    assert LoopSettings.read({**WORKER, **given}) == LoopSettings(1.5, 0.25)


def test_wrong_time_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"offset\.flush\.interval\.ms"):
        LoopSettings.read({**WORKER, "offset.flush.interval.ms": "soon"})
