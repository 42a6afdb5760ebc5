# SPDX-License-Identifier: Apache-2.0
import pickle
from pathlib import Path

import pytest

from barnabas.config import ConfigDef
from barnabas.errors import ConfigError
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig

JAVA = Path(__file__).with_name("java_settings.txt")
STANDALONE = {
    "bootstrap.servers": "localhost:9092",
    "key.converter": "JsonConverter",
    "value.converter": "JsonConverter",
    "offset.storage.file.filename": "offsets",
}
DISTRIBUTED = {
    "bootstrap.servers": "a:1, b:2",
    "group.id": "g",
    "key.converter": "JsonConverter",
    "value.converter": "JsonConverter",
    "offset.storage.topic": "o",
    "config.storage.topic": "c",
    "status.storage.topic": "s",
}


def java_settings(section: str) -> dict[str, tuple[str, str, str]]:
    """Name to type, default and importance, as the classes of Kafka 4.3.1 have them."""
    text = JAVA.read_text().split(f"@@ {section}\n")[1].split("@@")[0]
    rows = (line.split(" | ") for line in text.splitlines())
    return {name: (kind, default, importance) for name, kind, default, importance in rows}


def our_settings(definition: ConfigDef) -> dict[str, tuple[str, str, str]]:
    return {
        key.name: (
            key.type.value,
            "(required)"
            if key.required
            else (key.default_text or '""')
            if key.default_text is not None
            else "null",
            key.importance.value,
        )
        for key in definition
    }


@pytest.mark.parametrize(
    ("section", "config"),
    [("standalone", StandaloneConfig), ("distributed", DistributedConfig)],
)
def test_every_java_setting_is_known_with_its_type_default_and_importance(section, config):
    ours = our_settings(config.definition())
    java = java_settings(section)
    assert {name: ours.get(name) for name in java} == java
    assert set(ours) - set(java) == {"connector.client.config.override.allowlist"}


def test_every_setting_says_what_it_is_for():
    for config in (StandaloneConfig, DistributedConfig):
        assert [key.name for key in config.definition() if not key.documentation] == []


def test_values_have_their_types():
    config = DistributedConfig({**DISTRIBUTED, "listeners": "http://a:1,https://b:2"})
    assert config.bootstrap_servers == ["a:1", "b:2"]
    assert config.listeners == ["http://a:1", "https://b:2"]
    assert config.session_timeout_ms == 10000
    assert config.transactional_id == "connect-cluster-g"


def test_standalone_worker_is_in_no_group_and_never_exactly_once():
    config = StandaloneConfig(STANDALONE)
    assert config.group_id is None
    assert not config.is_exactly_once_enabled


@pytest.mark.parametrize(
    ("value", "enabled"), [("ENABLED", True), ("preparing", False), ("disabled", False)]
)
def test_distributed_worker_is_exactly_once_only_when_enabled(value, enabled):
    config = DistributedConfig({**DISTRIBUTED, "exactly.once.source.support": value})
    assert config.is_exactly_once_enabled is enabled


def test_settings_survive_pickling():
    config = StandaloneConfig(STANDALONE | {"producer.acks": "1"})
    copy = pickle.loads(pickle.dumps(config))
    assert copy.values == config.values
    assert copy.originals_with_prefix("producer.") == {"acks": "1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bootstrap.servers", ""),
        ("bootstrap.servers", "a:1,,b:1"),
        ("listeners", ""),
        ("listeners", "http://a:1, "),
        ("admin.listeners", "http://a:1,"),
        ("response.http.headers.config", "add nothing"),
        ("metrics.num.samples", "0"),
        ("topic.creation.enable", "yes"),
    ],
)
def test_wrong_value_is_named(name, value):
    with pytest.raises(ConfigError, match=name):
        StandaloneConfig({**STANDALONE, name: value})


def test_empty_admin_listeners_are_fine():
    assert StandaloneConfig({**STANDALONE, "admin.listeners": ""}).admin_listeners == []
