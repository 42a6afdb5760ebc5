# SPDX-License-Identifier: Apache-2.0
"""What a configuration says about records that fail."""

from __future__ import annotations

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.pipeline import ErrorSettings
from barnabas.runtime.settings.connector import SinkConnectorConfig

SOURCE_LETTERS = "barnabas.errors.deadletterqueue.source.enable"
ISOLATE = "barnabas.errors.put.isolate.enable"
TOPIC = "errors.deadletterqueue.topic.name"


def test_defaults_are_those_of_the_definitions() -> None:
    settings = ErrorSettings.read({}, is_sink=True)
    assert settings == ErrorSettings()
    defaults = {key.name: key.default for key in SinkConnectorConfig.definition()}
    assert settings.retry_timeout_ms == defaults["errors.retry.timeout"]
    assert settings.retry_delay_max_ms == defaults["errors.retry.delay.max.ms"]
    assert settings.replication_factor == defaults[f"{TOPIC[:-5]}.replication.factor"]


def test_all_settings_are_read() -> None:
    config = {
        "errors.tolerance": "all",
        "errors.retry.timeout": "-1",
        "errors.retry.delay.max.ms": "7",
        "errors.log.enable": "TRUE",
        "errors.log.include.messages": "true",
        TOPIC: " dead ",
        "errors.deadletterqueue.topic.replication.factor": "1",
        "errors.deadletterqueue.context.headers.enable": "true",
        ISOLATE: "true",
        "barnabas.errors.put.isolate.max.calls": "9",
    }
    expected = ErrorSettings(True, -1, 7, True, True, "dead", 1, True, True, 9)
    assert ErrorSettings.read(config, is_sink=True) == expected


def test_dead_letters_of_a_source_are_wanted_by_a_setting_of_their_own() -> None:
    assert ErrorSettings.read({TOPIC: "dead"}, is_sink=False).dead_letter_topic == ""
    config = {TOPIC: "dead", SOURCE_LETTERS: "true"}
    assert ErrorSettings.read(config, is_sink=False).dead_letter_topic == "dead"


@pytest.mark.parametrize(
    ("config", "is_sink", "text"),
    [
        ({SOURCE_LETTERS: "true"}, False, f"needs {TOPIC}"),
        ({ISOLATE: "true"}, True, "needs errors.tolerance=all"),
        ({"barnabas.errors.put.isolate.max.calls": "0"}, True, "at least 1"),
        ({"errors.retry.timeout": "soon"}, True, "errors.retry.timeout"),
    ],
    ids=["source", "isolate", "calls", "number"],
)
def test_what_cannot_be_meant_is_refused(config, is_sink, text) -> None:
    with pytest.raises(ConfigError, match=text):
        ErrorSettings.read(config, is_sink=is_sink)


@pytest.mark.parametrize(
    ("settings", "reports"),
    [
        (ErrorSettings(), False),
        (ErrorSettings(logs=True), True),
        (ErrorSettings(dead_letter_topic="d"), True),
    ],
    ids=["nothing", "log", "queue"],
)
def test_failures_are_reported_to_a_log_or_a_queue(settings, reports) -> None:
    assert settings.reports is reports
