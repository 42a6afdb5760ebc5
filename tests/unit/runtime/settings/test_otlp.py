# SPDX-License-Identifier: Apache-2.0
"""Settings of pushing metrics."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.otlp import OtlpSettings


def test_nothing_is_pushed_by_default():
    settings = OtlpSettings.read({"bootstrap.servers": "b:9092"})
    assert (settings.enable, settings.endpoint, settings.interval_ms) == (False, None, 60_000)


def test_settings_are_read_as_texts():
    given = {"otlp.metrics.enable": "true", "otlp.metrics.endpoint": "http://c:4318/v1/metrics"}
    settings = OtlpSettings.read(given)
    assert (settings.enable, settings.endpoint) == (True, "http://c:4318/v1/metrics")


def test_more_than_one_push_a_second_is_refused():
    with pytest.raises(ConfigError, match=r"otlp\.metrics\.interval\.ms"):
        OtlpSettings.read({"otlp.metrics.interval.ms": 999})
