# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.converters.json import JsonConverterConfig, Rules
from barnabas.errors import ConfigError


def config(**changes: str) -> JsonConverterConfig:
    named = {name.replace("_", "."): value for name, value in changes.items()}
    return JsonConverterConfig({"converter.type": "value", **named})


def test_defaults_are_javas() -> None:
    values = dict(config().values)
    del values["converter.type"]
    assert values == {
        "schemas.enable": True,
        "schemas.cache.size": 1000,
        "schema.content": None,
        "decimal.format": "BASE64",
        "replace.null.with.default": True,
    }


def test_settings_stand_in_javas_order() -> None:
    keys = JsonConverterConfig.definition().keys.values()
    assert [(key.name, key.group, key.order_in_group) for key in keys] == [
        ("converter.type", None, -1),
        ("schemas.enable", "Schemas", 0),
        ("schemas.cache.size", "Schemas", 1),
        ("schema.content", "Schemas", 2),
        ("decimal.format", "Serialization", 0),
        ("replace.null.with.default", "Serialization", 1),
    ]


@pytest.mark.parametrize(
    ("text", "numeric"), [("NUMERIC", True), ("nUmeric", True), ("Base64", False)]
)
def test_the_decimal_format_is_read_in_any_case(text: str, numeric: bool) -> None:
    assert config(decimal_format=text).rules == Rules(decimals_are_numbers=numeric)


def test_null_may_be_kept() -> None:
    rules = config(replace_null_with_default="false").rules
    assert rules == Rules(replace_null_with_default=False)


@pytest.mark.parametrize("name", ["decimal_format", "schemas_enable", "schemas_cache_size"])
def test_other_values_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=name.replace("_", r"\.")):
        config(**{name: "maybe"})
