# SPDX-License-Identifier: Apache-2.0
"""Which converters a task gets, and with which settings."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.pipeline.converters import Converters, choose_converter, make_converters
from barnabas.runtime.pipeline.plugins import PluginKind
from tests.unit.runtime.pipeline.doubles import TextConverter, Upper

WORKER = {
    "key.converter": "WorkerKey",
    "key.converter.schemas.enable": "false",
    "value.converter": "WorkerValue",
    "value.converter.plugin.version": "[1,2)",
}


def test_worker_converter_comes_with_the_worker_settings() -> None:
    choice = choose_converter("key", {"key.converter.schemas.enable": "true"}, WORKER)
    assert choice.name == "WorkerKey"
    assert choice.settings == {"schemas.enable": "false", "converter.type": "key"}


def test_own_converter_inherits_nothing() -> None:
    config = {"key.converter": "Own", "key.converter.x": "1"}
    choice = choose_converter("key", config, WORKER)
    assert (choice.name, choice.settings) == ("Own", {"x": "1", "converter.type": "key"})


def test_version_is_taken_from_where_the_converter_is_named() -> None:
    assert choose_converter("value", {}, WORKER).version == "[1,2)"
    assert choose_converter("value", {"value.converter": "Own"}, WORKER).version is None


def test_headers_have_a_default_converter_and_values_have_none() -> None:
    assert choose_converter("header", {}, {}).name.endswith("SimpleHeaderConverter")
    with pytest.raises(ConfigError, match=r'"value\.converter" which has no default value'):
        choose_converter("value", {}, {})


def test_settings_are_not_printed() -> None:
    assert "false" not in repr(choose_converter("key", {}, WORKER))


def test_converters_are_made_and_configured_for_their_roles() -> None:
    asked: list[Any] = []

    def load(kind: PluginKind, name: str, version: str | None) -> type:
        asked.append((kind, name, version))
        return TextConverter

    made = make_converters({"header.converter": "H"}, WORKER, load)
    assert set(asked) == {
        (PluginKind.HEADER_CONVERTER, "H", None),
        (PluginKind.CONVERTER, "WorkerKey", None),
        (PluginKind.CONVERTER, "WorkerValue", "[1,2)"),
    }
    assert made.key.settings["is_key"] is True
    assert made.value.settings["is_key"] is False
    assert made.header.settings == {"converter.type": "header"}


def test_class_of_another_kind_is_refused() -> None:
    with pytest.raises(ConfigError, match="it is no"):
        make_converters({}, WORKER, lambda _kind, _name, _version: Upper)


def test_all_converters_are_closed_even_if_one_fails() -> None:
    class Stubborn(TextConverter):
        def close(self) -> None:
            raise RuntimeError("no")

    made = Converters(Stubborn(), TextConverter(), TextConverter())
    with pytest.raises(ExceptionGroup, match="could not be closed"):
        made.close()
    assert made.value.closed
    assert made.header.closed
