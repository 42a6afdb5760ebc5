# SPDX-License-Identifier: Apache-2.0
"""What transforms say of settings that depend on one another."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.config import NO_DEFAULT, Config, ConfigValue, Option
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.alias_checks import check_aliases
from barnabas.runtime.settings.validation import validate_connector
from barnabas.runtime.settings.worker import StandaloneConfig


class Pair(Config):
    low = Option("low", int, NO_DEFAULT, "Low.")
    high = Option("high", int, NO_DEFAULT, "High.")

    def problems(self) -> dict[str, str]:
        return {} if self.low < self.high else {"high": f"{self.high} is not above {self.low}"}


class Between:
    config_class = Pair


class Silent:
    config_class = Config


def errors(kind: type, **settings: Any) -> list[str]:
    prefix = "transforms.a."
    props = {f"{prefix}{name}": text for name, text in settings.items()}
    definition = kind.config_class.definition()  # type: ignore[attr-defined]
    values: dict[str, ConfigValue] = {
        prefix + name: value for name, value in definition.validate_all(settings).items()
    }
    check_aliases(props, values, {prefix: kind})
    return [error for value in values.values() for error in value.errors]


@pytest.mark.parametrize(
    ("high", "found"), [("2", []), ("1", ["transforms.a.high: 1 is not above 1"])]
)
def test_settings_that_do_not_fit_together_are_told(high: str, found: list[str]) -> None:
    assert errors(Between, low="1", high=high) == found


def test_nothing_is_asked_where_a_setting_is_wrong_by_itself() -> None:
    (error,) = errors(Between, low="1", high="x")
    assert "Not a number of type INT" in error


def test_classes_that_say_nothing_are_not_made() -> None:
    assert errors(Silent, low="x") == []


@pytest.mark.parametrize(("arguments", "count"), [({}, 1), ({"amount": "3"}, 0)])
def test_a_function_without_its_arguments_is_an_error_of_the_validation(
    arguments: dict[str, str], count: int
) -> None:
    config = {
        "name": "c",
        "connector.class": "FileStreamSource",
        "topic": "t",
        "transforms": "add",
        "transforms.add.type": "PythonFunction",
        "transforms.add.function": "tests.unit.transforms.functions:add",
        **{f"transforms.add.arguments.{name}": text for name, text in arguments.items()},
    }
    worker = StandaloneConfig(
        {
            "bootstrap.servers": "localhost:9092",
            "key.converter": "StringConverter",
            "value.converter": "StringConverter",
            "offset.storage.file.filename": "offsets",
        }
    )
    found = validate_connector(config, worker, PluginRegistry.discover())
    told = {
        info.value.name: info.value.errors
        for info in found.infos.configs
        if info.value is not None and info.value.errors
    }
    assert found.infos.error_count == count
    assert list(told) == ["transforms.add.function"] * count
    assert found.warnings == []
