# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config_providers.file import FileConfigProvider
from barnabas.errors import ConfigError


@pytest.fixture
def secrets(tmp_path):
    path = tmp_path / "db.properties"
    path.write_text("user=tom\npassword=gr\u00fcn=blau\n", encoding="utf-8")
    return path


@pytest.mark.mirrors("clients FileConfigProviderTest#testGetOneKeyAtPath")
def test_only_the_keys_asked_for_are_given(secrets):
    provider = FileConfigProvider()
    found = provider.get(str(secrets), frozenset({"password", "missing"}))
    assert (found.data, found.ttl_ms) == ({"password": "gr\u00fcn=blau"}, None)
    assert set(provider.get(str(secrets)).data) == {"user", "password"}


def test_no_path_has_no_values():
    assert FileConfigProvider().get("", frozenset({"x"})).data == {}


def test_a_file_that_is_not_allowed_has_no_values(secrets, tmp_path, caplog):
    (tmp_path / "other").mkdir()
    provider = FileConfigProvider()
    provider.configure({"allowed.paths": str(tmp_path / "other")})
    assert provider.get(str(secrets)).data == {}
    assert f"The path {secrets} is not allowed to be accessed" in caplog.text


def test_a_missing_file_is_named_with_the_reason():
    said = "Could not read properties from file /no/file: No such file or directory"
    with pytest.raises(ConfigError, match=said):
        FileConfigProvider().get("/no/file")


def test_a_broken_file_is_told_without_its_values(secrets):
    secrets.write_text("a=1\npassword=\\uzzzz\n")
    with pytest.raises(ConfigError, match="line 2 is not in the form") as caught:
        FileConfigProvider().get(str(secrets))
    assert "zzzz" not in caught.value.message
    assert caught.value.__cause__ is None
