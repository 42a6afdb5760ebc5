# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config_providers.directory import DirectoryConfigProvider
from barnabas.errors import ConfigError


@pytest.fixture
def secrets(tmp_path):
    folder = tmp_path / "secrets"
    (folder / "..data").mkdir(parents=True)
    (folder / "..data" / "password").write_text("s3cr3t\n")
    (folder / "password").symlink_to(folder / "..data" / "password")
    (folder / "user").write_text("tom")
    return folder


@pytest.mark.mirrors("clients DirectoryConfigProviderTest#testGetAllKeysAtPath")
def test_files_are_values_and_keep_their_white_space(secrets):
    provider = DirectoryConfigProvider()
    assert provider.get(str(secrets)).data == {"password": "s3cr3t\n", "user": "tom"}
    assert provider.get(str(secrets), frozenset({"user", "none"})).data == {"user": "tom"}


@pytest.mark.parametrize("path", ["", "/no/such/directory"])
def test_what_is_no_directory_has_no_values(path):
    assert DirectoryConfigProvider().get(path).data == {}


def test_a_link_that_leads_out_of_what_is_allowed_is_no_value(secrets, tmp_path):
    (tmp_path / "outside").write_text("x")
    (secrets / "way-out").symlink_to(tmp_path / "outside")
    provider = DirectoryConfigProvider()
    provider.configure({"allowed.paths": str(secrets)})
    assert set(provider.get(str(secrets)).data) == {"password", "user"}
    assert provider.get(str(tmp_path)).data == {}


def test_a_file_that_is_no_text_is_named(secrets):
    (secrets / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="key for property key: it is not UTF-8"):
        DirectoryConfigProvider().get(str(secrets))
