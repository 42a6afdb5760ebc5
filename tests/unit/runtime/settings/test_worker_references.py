# SPDX-License-Identifier: Apache-2.0
"""References in a worker's own settings."""

from __future__ import annotations

import os

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.worker_references import resolve_worker

FILE = "org.apache.kafka.common.config.provider.FileConfigProvider"


VAULT = """
import os
import sys

from barnabas.api import ConfigData, ConfigProvider


class Vault(ConfigProvider):
    def get(self, path, keys=None):
        if path == "sealed":
            raise RuntimeError("vault is sealed")
        if path == "crash":
            os._exit(7)
        sys.stdout.write("a provider may print")
        return ConfigData({"pid": str(os.getpid())}, 50)
"""


@pytest.fixture
def vault(tmp_path, monkeypatch):
    """Code of a user, which the worker must not run itself."""
    (tmp_path / "vault_of_a_user.py").write_text(VAULT)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "vault_of_a_user:Vault"


def props(name, provider, **settings):
    return {
        "config.providers": name,
        f"config.providers.{name}.class": provider,
        "plugin.path": "",
        **settings,
    }


@pytest.fixture
def secrets(tmp_path):
    path = tmp_path / "worker.properties"
    path.write_text("password=hunter22\n")
    return path


def test_settings_are_resolved_but_not_those_of_providers_and_plugin_path(secrets):
    reference = f"${{file:{secrets}:password}}"
    given = props("file", FILE, **{"ssl.key.password": reference, "plugin.path": reference})
    given["config.providers.file.param.x"] = reference
    found = resolve_worker(given)
    assert found.config == {**given, "ssl.key.password": "hunter22"}
    assert found.secrets == {"hunter22"}


def test_without_references_nothing_is_looked_for():
    given = {"config.providers": "x", "config.providers.x.class": "no.such.Class", "a": "b"}
    assert resolve_worker(given).config == given


def test_unknown_providers_leave_the_text_and_are_told():
    found = resolve_worker({"a": "${env:X}"})
    assert found.config == {"a": "${env:X}"}
    assert found.missing == (
        "The setting a keeps the text ${env:X}: config.providers names no provider 'env'.",
    )


def test_providers_of_users_run_in_another_process(vault):
    found = resolve_worker(props("vault", vault, a="${vault:pid}"))
    assert int(found.config["a"]) != os.getpid()
    assert (found.secrets, found.ttl_ms) == ({found.config["a"]}, 50)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "${vault:sealed:x}",
            "provider vault could not look up 'x' at path 'sealed': RuntimeError",
        ),
        ("${vault:crash:x}", "took their process down, with exit code 7; they were asked for a"),
    ],
)
def test_providers_that_fail_are_told(vault, value, said):
    with pytest.raises(ConfigError, match=said):
        resolve_worker(props("vault", vault, a=value))


def test_a_class_that_is_not_there_is_told():
    with pytest.raises(ConfigError, match=r"no\.such\.Class could not be found"):
        resolve_worker(props("x", "no.such.Class", a="${x:y}"))
