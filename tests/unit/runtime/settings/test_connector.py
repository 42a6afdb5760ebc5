# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.connector import SinkConnectorConfig, SourceConnectorConfig
from tests.unit.runtime.settings.test_worker import java_settings, our_settings

SOURCE = {"name": "n", "connector.class": "C"}


@pytest.mark.parametrize(
    ("section", "config"),
    [("source connector", SourceConnectorConfig), ("sink connector", SinkConnectorConfig)],
)
def test_the_settings_are_those_of_java(section, config):
    assert our_settings(config.definition()) == java_settings(section)


def test_values_have_their_types():
    config = SourceConnectorConfig({**SOURCE, "tasks.max": " 2 ", "transforms": "a, b"})
    assert config.tasks_max == 2
    assert config.transforms == ["a", "b"]
    assert config.errors_retry_timeout == 0
    assert config.transaction_boundary_interval_ms is None


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("name", "", "String may not be empty"),
        ("tasks.max", "0", "Value must be at least 1"),
        ("transforms", "a,a", "Duplicate alias provided"),
        ("transforms", None, "entry must be non null"),
        ("errors.tolerance", "ALL", "String must be one of: none, all"),
        ("exactly.once.support", "maybe", "(case insensitive): REQUIRED, REQUESTED"),
        ("transaction.boundary.interval.ms", "-1", "Value must be at least 0"),
        ("offsets.storage.topic", " ", "String must be non-empty"),
        ("connector.plugin.version", "[1,", "Invalid version specification: [1,"),
    ],
)
def test_wrong_values_are_refused(name, value, message):
    with pytest.raises(ConfigError) as failure:
        SourceConnectorConfig({**SOURCE, name: value})
    assert message in failure.value.message


def test_a_sink_needs_a_valid_regex():
    with pytest.raises(ConfigError, match=r"configuration topics\.regex: Invalid regex"):
        SinkConnectorConfig({**SOURCE, "topics.regex": "("})
