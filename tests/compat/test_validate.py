# SPDX-License-Identifier: Apache-2.0
"""Validation gives the answers a Java worker gave to the same configurations.

The file holds, per configuration, what differs from the defaults: values, messages, hidden
settings, settings beyond those every source or sink has. The plugins are stand-ins with the names
and settings of Java's.
"""

import collections
import json
import re
from pathlib import Path
from typing import Any

import pytest

from barnabas.runtime.model import ConfigInfos
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.validation import validate_connector
from tests.unit.runtime.settings.stand_ins import registry

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).with_name("validate_recorded.json").read_text(encoding="utf-8")
)
CASES = RECORDED["cases"]
STRING = "org.apache.kafka.connect.storage.StringConverter"
WORKER = DistributedConfig(
    {
        "bootstrap.servers": "localhost:9092",
        "group.id": "cfgprobe",
        "key.converter": STRING,
        "value.converter": STRING,
        "offset.storage.topic": "offsets",
        "config.storage.topic": "configs",
        "status.storage.topic": "status",
    }
)


def answer(case: dict[str, Any]) -> ConfigInfos:
    return validate_connector(case["config"], WORKER, registry()).infos


def expected_names(case: dict[str, Any]) -> list[str]:
    kind = "sink" if "Sink" in case["config"]["connector.class"] else "source"
    return sorted([*RECORDED["names"][kind], *case["more"]])


def wording(message: str) -> str:
    """Cut what Java says in words of its own: regular expressions, class Class, versions."""
    message = message.replace("Class class ", "Class ")
    message = re.sub(r"(Invalid regex).*", r"\1", message, flags=re.DOTALL)
    message = re.sub(r"that matches the version range.*", "in that version", message)
    return re.sub(r"^(Unbounded range|Invalid version).*", "bad range", message)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_counts_and_groups_are_those_of_java(case):
    infos = answer(case)
    assert (infos.error_count, infos.groups) == (case["error_count"], case["groups"])


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_settings_values_and_visibility_are_those_of_java(case):
    infos = answer(case)
    names, values, hidden = [], {}, []
    for info in infos.configs:
        value, definition = info.value, info.definition
        assert value is not None
        names.append(value.name)
        if value.value != (definition.default_value if definition else None):
            values[value.name] = value.value
        if not value.visible:
            hidden.append(value.name)
    assert sorted(names) == expected_names(case)
    assert values == case["values"]
    assert sorted(hidden) == sorted(case["hidden"])


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_messages_are_those_of_java(case):
    messages = collections.defaultdict(list)
    for info in answer(case).configs:
        assert info.value is not None
        if info.value.errors:
            messages[info.value.name] += map(wording, info.value.errors)
    recorded = {name: list(map(wording, errors)) for name, errors in case["errors"].items()}
    assert messages == recorded


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_definitions_are_those_of_java(case):
    special = RECORDED["definitions_of"].get(case["label"], {})
    for info in answer(case).configs:
        if info.definition is None:
            continue
        ours = {
            "name": info.definition.name,
            "type": info.definition.type,
            "required": info.definition.required,
            "default_value": info.definition.default_value,
            "importance": info.definition.importance,
            "group": info.definition.group,
            "order": info.definition.order_in_group,
            "width": info.definition.width,
            "display_name": info.definition.display_name,
            "dependents": info.definition.dependents,
        }
        assert ours == special.get(ours["name"], RECORDED["definitions"][ours["name"]])
        assert info.definition.documentation
