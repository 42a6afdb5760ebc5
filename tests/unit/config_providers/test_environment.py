# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config_providers.environment import EnvVarConfigProvider
from barnabas.errors import ConfigError

ENVIRON = {"DB_USER": "tom", "DB_PASSWORD": "s3cr3t", "HOME": "/root"}


@pytest.mark.mirrors("clients EnvVarConfigProviderTest#testGetMultipleKeysAndCompare")
def test_variables_are_looked_up():
    provider = EnvVarConfigProvider(ENVIRON)
    provider.configure({})
    assert provider.get("", frozenset({"DB_USER", "NONE"})).data == {"DB_USER": "tom"}
    assert provider.get("").data == ENVIRON


def test_only_allowed_variables_are_known():
    provider = EnvVarConfigProvider(ENVIRON)
    provider.configure({"allowlist.pattern": "DB_.*"})
    assert set(provider.get("").data) == {"DB_USER", "DB_PASSWORD"}


def test_there_is_no_path():
    with pytest.raises(ConfigError, match=r"Path is not supported for .*, invalid value 'x'"):
        EnvVarConfigProvider(ENVIRON).get("x")


def test_a_wrong_pattern_is_refused():
    with pytest.raises(ConfigError, match=r"allowlist\.pattern is no regular expression"):
        EnvVarConfigProvider(ENVIRON).configure({"allowlist.pattern": "("})


def test_by_default_it_is_the_environment_of_the_process(monkeypatch):
    monkeypatch.setenv("BARNABAS_PROVIDER_TEST", "yes")
    keys = frozenset({"BARNABAS_PROVIDER_TEST"})
    assert EnvVarConfigProvider().get("", keys).data == dict.fromkeys(keys, "yes")
