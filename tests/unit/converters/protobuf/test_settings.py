# SPDX-License-Identifier: Apache-2.0
"""Settings of ProtobufConverter."""

from __future__ import annotations

import dataclasses

import pytest

from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.settings import ProtobufConverterConfig
from barnabas.errors import ConfigError

NEEDED = {"schema.registry.url": "mock://settings", "converter.type": "value"}


def test_defaults_are_javas():
    config = ProtobufConverterConfig(NEEDED)
    assert config.rules == Rules()
    assert config.skip_known_types
    assert not config.reference_lookup_only
    assert config.schema_format is None


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        ("enhanced.protobuf.schema.support", "enhanced_schema_support"),
        *(
            (rule.name.replace("_", "."), rule.name)
            for rule in dataclasses.fields(Rules)
            if rule.name != "enhanced_schema_support"
        ),
    ],
)
def test_every_rule_has_a_setting(setting, rule):
    default = getattr(Rules(), rule)
    config = ProtobufConverterConfig({**NEEDED, setting: str(not default).lower()})
    assert config.rules == dataclasses.replace(Rules(), **{rule: not default})


def test_an_unknown_strategy_for_references_is_refused():
    setting = "reference.subject.name.strategy"
    with pytest.raises(ConfigError, match=setting):
        ProtobufConverterConfig({**NEEDED, setting: "com.example.Mine"})
