# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import pytest

from barnabas.registry.model import SchemaDefinition, SchemaReference


def test_equal_schemas_are_one_key() -> None:
    reference = SchemaReference("a", "s", 1)
    one, other = (SchemaDefinition("x", "JSON", (reference,)) for _ in range(2))
    assert {one: 1}[other] == 1
    assert one != dataclasses.replace(one, schema_type="AVRO")


def test_schemas_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SchemaDefinition("x").text = "y"
