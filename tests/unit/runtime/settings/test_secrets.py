# SPDX-License-Identifier: Apache-2.0
import msgspec
import pytest

from barnabas.config import Config, ConfigType, Option
from barnabas.runtime.settings.answers import config_infos
from barnabas.runtime.settings.secrets import (
    declared_secrets,
    literal_secret_warnings,
    secrets_of,
    without_secrets,
)
from barnabas.telemetry import logs


class Settings(Config):
    """A secret and other things."""

    password = Option("password", ConfigType.PASSWORD, None, "A secret.")
    host = Option("host", str, "", "No secret.")


@pytest.mark.parametrize(
    ("name", "value", "secrets"),
    [
        ("connection.password", "p", {"p"}),
        ("producer.ssl.key.password", "p", {"p"}),
        ("basic.auth.user.info", "u:p", {"u:p"}),
        ("aws.secret.access.key", "k", {"k"}),
        ("ssl.keystore.key", "k", {"k"}),
        ("github.token", "t", {"t"}),
        ("url", "http://tom:p%40@host/x", {"p%40"}),
        ("url", "jdbc:db://host/x?user=tom&password=p", {"p"}),
        ("sasl.jaas.config", 'a.B required username="u" password="p";', {"p"}),
        ("sasl.jaas.config", "no such form", {"no such form"}),
        ("password", "${file:/x:p}", set()),
        ("password", None, set()),
        ("sasl.oauthbearer.token.endpoint.url", "http://idp/token", set()),
        ("key.converter", "x", set()),
        ("topic", "passwords", set()),
        ("author", "x", set()),
    ],
)
def test_names_and_forms_tell_what_is_secret(name, value, secrets):
    assert secrets_of({name: value}) == secrets


def test_declared_secrets_are_found_under_a_prefix():
    config = {"c.password": "p", "c.host": "h", "password": "other"}
    assert declared_secrets(Settings.definition(), config, "c.") == {"p"}
    assert declared_secrets(Settings.definition(), {"host": "h"}) == set()


def infos(config):
    values = Settings.definition().validate_all(config)
    return config_infos("X", Settings.definition().keys, values.values(), [])


def test_a_secret_in_plain_text_is_warned_of():
    config = {"password": "hunter22", "host": "h"}
    (warning,) = literal_secret_warnings(infos(config), config, ["vault"])
    assert warning.startswith("password: a secret in plain text")
    assert "${vault:…}" in warning
    assert "hunter22" not in warning
    (hint,) = literal_secret_warnings(infos(config), config, [])
    assert "config.providers of the worker" in hint


@pytest.mark.parametrize("config", [{"password": "${file:/x:p}"}, {"password": ""}, {"host": "h"}])
def test_a_reference_is_no_secret_in_plain_text(config):
    assert literal_secret_warnings(infos(config), config, []) == []


def test_answers_show_references_and_no_known_secret(monkeypatch):
    monkeypatch.setattr(logs, "_secrets", [])
    logs.hide_secret("jerry-is-here")
    answer = infos({"host": "jerry-is-here", "password": "p"})
    answer.configs[1].value.errors.append("no host jerry-is-here")
    cleaned = without_secrets(answer, {"host": "${file:/x:host}", "password": "p"})
    shown = {info.value.name: info.value for info in cleaned.configs}
    assert shown["host"].value == "${file:/x:host}"
    assert shown["host"].errors == ["no host [hidden]"]
    assert shown["password"].value == "[hidden]"
    assert msgspec.structs.replace(cleaned, configs=[]) == msgspec.structs.replace(
        answer, configs=[]
    )
