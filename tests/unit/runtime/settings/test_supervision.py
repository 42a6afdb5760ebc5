# SPDX-License-Identifier: Apache-2.0
"""Settings of restarts and of the watchdog."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.supervision import (
    RestartSettings,
    WatchdogSettings,
    warnings_about_restarts,
)


def test_restarts_are_off_by_default():
    settings = RestartSettings.read({})
    assert settings.enable is False
    assert (settings.max_attempts, settings.backoff_initial_ms) == (10, 1000)


def test_a_connector_goes_before_the_worker():
    worker = {"task.restart.enable": "true", "task.restart.max.attempts": 3}
    settings = RestartSettings.read(worker, {"task.restart.max.attempts": "7", "name": "c"})
    assert (settings.enable, settings.max_attempts) == (True, 7)


def test_null_in_a_connector_leaves_it_to_the_worker():
    settings = RestartSettings.read({"task.restart.enable": "true"}, {"task.restart.enable": None})
    assert settings.enable is True


def test_a_wrong_value_is_told_with_its_name():
    with pytest.raises(ConfigError, match=r"task\.restart\.reset\.ms"):
        RestartSettings.read({"task.restart.reset.ms": "-1"})


def test_five_minutes_are_a_long_time():
    assert WatchdogSettings.read({}).stalled_after_ms == 300_000
    assert WatchdogSettings.read({"task.stalled.after.ms": 7}).stalled_after_ms == 7


def test_good_settings_of_a_connector_need_no_warning():
    assert warnings_about_restarts({"task.restart.enable": "true", "name": "c"}) == []


def test_a_slip_is_told_with_what_there_is():
    [warning] = warnings_about_restarts({"task.restart.retries": "3"})
    assert warning.startswith("The setting task.restart.retries is not known.")
    assert "task.restart.max.attempts" in warning


def test_a_wrong_value_of_a_connector_is_told_before_it_matters():
    [warning] = warnings_about_restarts({"task.restart.enable": "maybe"})
    assert "task.restart.enable" in warning
    assert "The worker's own task.restart.* settings are taken instead." in warning
