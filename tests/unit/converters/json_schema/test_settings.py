# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.converters.json_schema import JsonSchemaConverterConfig, Rules
from barnabas.errors import ConfigError

MOCK = {"schema.registry.url": "mock://settings", "converter.type": "value"}


def test_defaults_are_javas() -> None:
    config = JsonSchemaConverterConfig(MOCK)
    assert config.rules == Rules()
    assert config.schemas_cache_config == 1000
    assert not config.json_fail_invalid_schema
    assert config.json_schema_spec_version == "draft_7"


def test_every_rule_has_its_setting() -> None:
    changed = {
        "object.additional.properties": "false",
        "use.optional.for.nonrequired": "true",
        "ignore.modern.dialects": "true",
        "decimal.format": "numeric",
        "flatten.singleton.unions": "false",
        "preserve.additional.properties": "true",
        "generalized.sum.type.support": "true",
        "ignore.default.for.nullables": "true",
    }
    rules = JsonSchemaConverterConfig({**MOCK, **changed}).rules
    assert rules == Rules(False, True, True, True, False, True, True, True)


def test_unknown_decimal_format_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"decimal\.format"):
        JsonSchemaConverterConfig({**MOCK, "decimal.format": "HEX"})
