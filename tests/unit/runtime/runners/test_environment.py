# SPDX-License-Identifier: Apache-2.0
"""What user code in a runner is given."""

from __future__ import annotations

import msgspec
import pytest

from barnabas.api import ConfigData, ConfigProvider, Converter, SourceConnector, SourceTask
from barnabas.config import Config, ConfigType, Option
from barnabas.errors import ConfigError, PluginError
from barnabas.runtime.runners import environment
from barnabas.runtime.runners.environment import Environment
from barnabas.runtime.runners.messages import PluginRef
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.runners.wire import SETUP


class Vault(ConfigProvider):
    """Knows one secret."""

    def get(self, path, keys=None):
        return ConfigData({"password": "hunter22"})


class Secretive(Config):
    """A secret and something else."""

    password = Option("password", ConfigType.PASSWORD, None, "A secret.")
    topic = Option("topic", str, "", "No secret.")


class SealedSettings(Config):
    """Settings of a converter."""

    seal = Option("seal", ConfigType.PASSWORD, None, "A secret.")


class Sealed(Converter):
    """A converter with a secret."""

    config_class = SealedSettings

    def from_connect_data(self, topic, schema, value):
        return b""

    def to_connect_data(self, topic, data):
        return None


class Task(SourceTask):
    """A task nobody runs here."""

    def start(self, props):
        pass

    def poll(self):
        return None

    def stop(self):
        pass


class Lines(SourceConnector):
    """A connector nobody starts here."""

    config_class = Secretive
    task_class = Task

    def start(self, props):
        pass

    def task_configs(self, max_tasks):
        return []

    def stop(self):
        pass


class Odd(Lines):
    """Names a class that is no task."""

    task_class = dict


LINES = PluginRef("Lines", f"{__name__}:Lines")


def made(**settings):
    config = {**SETUP.worker_config, **{key.replace("_", "."): v for key, v in settings.items()}}
    return Environment(msgspec.structs.replace(SETUP, worker_config=config))


def test_references_become_secrets():
    env = made(config_providers="vault", **{"config.providers.vault.class": f"{__name__}:Vault"})
    assert env.resolve({"a": "${vault:password}", "b": "x"}) == {"a": "hunter22", "b": "x"}
    assert env.secrets == {"hunter22"}


def test_without_references_no_provider_is_made():
    env = made(config_providers="vault")
    assert env.resolve({"a": "b"}) == {"a": "b"}


def test_keys_without_a_value_keep_none():
    assert made().resolve_optional({"a": None, "b": "c"}) == {"a": None, "b": "c"}


def test_values_of_password_settings_are_secrets():
    env = made()
    env.hide_passwords_of(Lines, {"password": "hunter22", "topic": "lines"})
    assert env.secrets == {"hunter22"}


def test_secrets_of_converters_and_addresses_are_hidden_too():
    env = made()
    config = {
        "value.converter": f"{__name__}:Sealed",
        "value.converter.seal": "wax-red",
        "producer.override.sasl.jaas.config": 'x.Y required username="tom" password="jerry-1";',
        "connection.url": "postgresql://tom:spike-2@db/x",
        "topic": "lines",
    }
    env.hide_passwords_of(Lines, config)
    assert env.secrets == {"wax-red", "jerry-1", "spike-2"}


def test_secrets_of_the_worker_are_hidden_from_the_start():
    setup = msgspec.structs.replace(
        SETUP,
        worker_config={**SETUP.worker_config, "producer.ssl.key.password": "butch-3"},
        secrets=["quacker-4"],
    )
    assert Environment(setup).secrets == {"butch-3", "quacker-4"}


def test_references_nobody_knows_are_told_with_each_configuration():
    env = made(config_providers="vault", **{"config.providers.vault.class": f"{__name__}:Vault"})
    env.resolve({"a": "${vault:nothing}"})
    assert "config provider vault knows no 'nothing'" in env.missing[0]
    env.resolve({"a": "plain"})
    assert env.missing == ()


def test_the_settings_of_the_worker_are_those_of_its_kind():
    assert type(made().worker_settings) is StandaloneConfig
    distributed = {
        **SETUP.worker_config,
        "group.id": "g",
        "config.storage.topic": "c",
        "offset.storage.topic": "o",
        "status.storage.topic": "s",
    }
    setup = msgspec.structs.replace(SETUP, worker_config=distributed, is_distributed=True)
    assert type(Environment(setup).worker_settings) is DistributedConfig


def test_a_connector_is_made_from_its_plugin():
    assert type(environment.load_connector(LINES)) is Lines


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("nowhere:Lines", "cannot be imported: ModuleNotFoundError"),
        (f"{__name__}:Nothing", "cannot be imported: ImportError"),
        (f"{__name__}:Vault", "is no connector"),
    ],
)
def test_what_is_no_connector_is_named(location, said):
    with pytest.raises(PluginError, match=said):
        environment.load_connector(PluginRef("Lines", location))


@pytest.mark.parametrize("name", ["com.example.LinesTask", f"{__name__}:Task"])
def test_a_task_class_is_found_by_java_name_and_by_our_own(name):
    assert environment.load_task_class(LINES, name) == f"{__name__}:Task"


@pytest.mark.parametrize("name", [f"{__name__}:Vault", f"{__name__}:Nothing", "nowhere:Task"])
def test_what_is_no_task_class_is_refused(name):
    with pytest.raises(ConfigError, match="task"):
        environment.load_task_class(LINES, name)


def test_a_connector_without_a_task_class_is_named():
    plugin = PluginRef("Odd", f"{__name__}:Odd")
    with pytest.raises(ConfigError, match="task_class of connector plugin Odd must be"):
        environment.load_task_class(plugin, "com.example.OddTask")


def test_plugins_can_be_looked_for_in_advance(monkeypatch):
    environment.preload("")
    monkeypatch.setattr(environment, "discover", None)
    assert made().registry is made().registry
