# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.files import load_worker, make_worker
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.telemetry import logs

STANDALONE = """\
bootstrap.servers=localhost:9092
key.converter=org.apache.kafka.connect.json.JsonConverter
value.converter=org.apache.kafka.connect.json.JsonConverter
key.converter.schemas.enable=true
offset.storage.file.filename=/data/connect.offsets
offset.flush.interval.ms=10000
producer.linger.ms=5
"""


@pytest.fixture
def worker_file(tmp_path):
    path = tmp_path / "worker.properties"
    path.write_text(STANDALONE)
    return path


def test_a_worker_file_of_java_loads_without_warnings(worker_file):
    loaded = load_worker(worker_file, StandaloneConfig, {})
    assert loaded.config.offset_flush_interval_ms == 10000
    assert loaded.config.originals_with_prefix("producer.") == {"linger.ms": "5"}
    assert loaded.warnings == []


def test_the_environment_wins_over_the_file(worker_file):
    environ = {"CONNECT_OFFSET_FLUSH_INTERVAL_MS": "7", "CONNECT_LISTENERS": "http://:1"}
    loaded = load_worker(worker_file, StandaloneConfig, environ)
    assert loaded.config.offset_flush_interval_ms == 7
    assert loaded.config.listeners == ["http://:1"]


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nowhere\.properties: No such file"):
        load_worker(tmp_path / "nowhere.properties", StandaloneConfig, {})


def test_missing_settings_are_named_together_with_both_places_to_add_them():
    with pytest.raises(ConfigError) as failure:
        make_worker({"key.converter": "J"}, StandaloneConfig, "w.properties")
    text = failure.value.message
    assert text.startswith("The worker settings of w.properties cannot be used:")
    assert 'Missing required configuration "bootstrap.servers"' in text
    assert 'Missing required configuration "value.converter"' in text
    assert "CONNECT_BOOTSTRAP_SERVERS" in text


def test_a_misspelt_required_setting_is_pointed_out():
    with pytest.raises(
        ConfigError, match=r"Did you mean value\.converter where it says value\.con"
    ):
        make_worker({"value.convertor": "J"}, StandaloneConfig, "w.properties")


def test_the_file_of_the_other_mode_is_recognized(worker_file):
    with pytest.raises(ConfigError, match="use barnabas standalone"):
        load_worker(worker_file, DistributedConfig, {})
    with pytest.raises(ConfigError, match="use barnabas distributed"):
        make_worker({"group.id": "g"}, StandaloneConfig, "w.properties")


@pytest.mark.parametrize(
    ("name", "warning"),
    [
        (
            "ofset.flush.interval.ms",
            "The setting ofset.flush.interval.ms is not known and has no effect."
            " Did you mean offset.flush.interval.ms?",
        ),
        (
            "task.stalled.after",
            "The setting task.stalled.after is not known and has no effect."
            " Did you mean task.stalled.after.ms?",
        ),
        ("wholly.else", "The setting wholly.else is not known and has no effect."),
        ("rest.port", "The setting rest.port no longer has an effect: use listeners."),
    ],
)
def test_unknown_settings_are_warned_about(worker_file, name, warning):
    worker_file.write_text(STANDALONE + f"{name}=1\n")
    assert load_worker(worker_file, StandaloneConfig, {}).warnings == [warning]


@pytest.mark.parametrize(
    "name",
    ["group.id", "admin.retries", "metrics.context.owner", "config.storage.segment.ms"],
)
def test_settings_for_others_are_no_reason_to_warn(worker_file, name):
    worker_file.write_text(STANDALONE + f"{name}=1\n")
    assert load_worker(worker_file, StandaloneConfig, {}).warnings == []


def test_references_are_resolved_and_hidden(tmp_path, monkeypatch):
    monkeypatch.setattr(logs, "_secrets", [])
    (tmp_path / "secrets.properties").write_text("filename=/very/secret/offsets\n")
    worker = tmp_path / "worker.properties"
    reference = f"${{file:{tmp_path}/secrets.properties:filename}}"
    settings = {
        "offset.storage.file.filename": reference,
        "config.providers": "file",
        "config.providers.file.class": "FileConfigProvider",
        "producer.ssl.key.password": "tom-and-jerry",
        "header.converter": "${file:/etc:x}",
    }
    worker.write_text(STANDALONE + "".join(f"{n}={v}\n" for n, v in settings.items()))
    with pytest.raises(ConfigError, match="provider file could not look up 'x' at path '/etc'"):
        load_worker(worker, StandaloneConfig, {})
    loaded = load_worker(worker, StandaloneConfig, {"CONNECT_HEADER_CONVERTER": "${file:a}"})
    assert loaded.config.offset_storage_file_filename == "/very/secret/offsets"
    assert loaded.config.secrets == {"/very/secret/offsets"}
    assert "header.converter keeps the text ${file:a}" in loaded.warnings[0]
    assert logs.redact("at /very/secret/offsets with tom-and-jerry") == "at [hidden] with [hidden]"
