# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pickle

import pytest

from barnabas.errors import ConfigError
from barnabas.registry.connection_settings import ConnectionConfig

URL = {"schema.registry.url": "http://a"}


def test_settings_may_have_the_prefix() -> None:
    config = ConnectionConfig({**URL, "schema.registry.basic.auth.user.info": "me:x"})
    assert config.basic_auth_user_info.value == "me:x"


def test_plain_name_goes_first() -> None:
    config = ConnectionConfig({**URL, "max.retries": "1", "schema.registry.max.retries": "2"})
    assert config.max_retries == 1


def test_settings_of_tls_have_the_prefix() -> None:
    config = ConnectionConfig({**URL, "schema.registry.ssl.truststore.location": "x"})
    assert config.ssl_truststore_location == "x"


def test_settings_survive_pickling() -> None:
    config = ConnectionConfig({**URL, "schema.registry.max.retries": "2"})
    assert pickle.loads(pickle.dumps(config)).max_retries == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max.retries", "-1"),
        ("http.read.timeout.ms", "0"),
        ("basic.auth.credentials.source", "FILE"),
        ("bearer.auth.credentials.source", "CUSTOM"),
    ],
)
def test_wrong_value_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f"Invalid value {value} for configuration {name}"):
        ConnectionConfig({**URL, name: value})
