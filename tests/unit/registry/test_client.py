# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest

from barnabas.errors import DataError
from barnabas.registry import memory
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import SchemaDefinition, SchemaReference


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    yield MemoryRegistry("references")
    memory.forget("references")


def using(text: str, *names: str) -> SchemaDefinition:
    references = tuple(SchemaReference(name, f"subject-{name}", 1) for name in names)
    return SchemaDefinition(text, references=references)


def test_references_come_before_their_users(registry) -> None:
    registry.register("subject-c", using("C"))
    registry.register("subject-b", using("B", "c"))
    registry.register("subject-a", using("A", "b", "c"))
    found = registry.resolve(using("root", "a", "b"))
    assert list(found) == ["c", "b", "a"]
    assert found["b"].text == "B"


def test_schema_without_references_asks_nothing(registry) -> None:
    assert registry.resolve(using("root")) == {}


def test_circle_is_told(registry) -> None:
    registry.register("subject-a", using("A", "b"))
    registry.register("subject-b", using("B", "a"))
    with pytest.raises(DataError, match=r"subject-a, version 1. refers to itself"):
        registry.resolve(using("root", "a"))
