# SPDX-License-Identifier: Apache-2.0
"""Values of config providers that expire."""

from __future__ import annotations

import queue

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.runners import expiry
from barnabas.runtime.runners.expiry import ExpiryTimer, has_changed

WAIT_S = 10


class Bench:
    """A timer whose calls the test counts and answers."""

    def __init__(self, **config: str) -> None:
        self.calls: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.answers: list[int | Exception | None] = []
        settings = {name.replace("_", "."): value for name, value in config.items()}
        self.timer = ExpiryTimer(settings, self.expired)

    def expired(self) -> int | None:
        answer = self.answers.pop(0) if self.answers else None
        self.calls.put(1)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(expiry, "_LEAST_S", 0.0)


@pytest.mark.mirrors(
    "connect/runtime WorkerConfigTransformerTest#testReplaceVariableWithTTLAndScheduleRestart"
)
def test_it_tells_when_values_expire():
    bench = Bench()
    bench.timer.arm(1)
    assert bench.calls.get(timeout=WAIT_S)


def test_it_goes_on_while_there_is_something_to_wait_for():
    bench = Bench()
    bench.answers = [1, 1, None]
    bench.timer.arm(1)
    assert [bench.calls.get(timeout=WAIT_S) for _ in range(3)] == [1, 1, 1]
    assert bench.timer._timer is None or not bench.timer._timer.is_alive()


def test_a_newer_time_replaces_the_one_before():
    bench = Bench()
    bench.timer.arm(3_600_000)
    before = bench.timer._timer
    bench.timer.arm(3_600_000)
    assert before is not None
    assert before.finished.is_set()
    bench.timer.end()


@pytest.mark.mirrors("connect/runtime WorkerConfigTransformerTest#testReplaceVariableWithTTL")
@pytest.mark.parametrize(("reload", "ttl_ms"), [("none", 1), ("NONE", 1), ("restart", None)])
def test_there_may_be_nothing_to_wait_for(reload, ttl_ms):
    bench = Bench(config_action_reload=reload)
    bench.timer.arm(ttl_ms)
    assert bench.timer._timer is None


def test_after_the_end_nobody_is_called():
    bench = Bench()
    bench.timer.arm(3_600_000)
    bench.timer.end()
    bench.timer.arm(1)
    assert bench.timer._timer is None


def test_an_error_is_logged_and_ends_the_wait(caplog):
    bench = Bench()
    bench.answers = [ConfigError("the worker is gone")]
    bench.timer._on_expired = bench.expired
    bench.timer._expire()
    assert "could not be handled: the worker is gone" in caplog.text


def test_values_are_compared():
    assert has_changed(lambda: {"a": "2"}, {"a": "1"})
    assert not has_changed(lambda: {"a": "1"}, {"a": "1"})


def test_values_that_cannot_be_looked_up_count_as_unchanged(caplog):
    def look():
        raise ConfigError("vault is sealed")

    assert not has_changed(look, {"a": "1"})
    assert "could not be looked up again: vault is sealed" in caplog.text
