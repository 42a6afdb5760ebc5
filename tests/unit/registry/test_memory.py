# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest

from barnabas.errors import RegistryAnswerError
from barnabas.registry import memory
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import SchemaDefinition

A, B = SchemaDefinition('"string"'), SchemaDefinition('"int"')


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    yield MemoryRegistry("test")
    memory.forget("test")


def test_registering_again_changes_nothing(registry) -> None:
    first = registry.register("s", A)
    assert registry.register("s", A) == first
    assert (first.id, first.version, first.subject) == (1, 1, "s")


def test_ids_belong_to_schemas_and_versions_to_subjects(registry) -> None:
    registry.register("s", A)
    registry.register("t", B)
    again = registry.register("t", A)
    assert (again.id, again.version) == (1, 2)
    assert registry.by_id(2).definition == B


def test_guid_finds_the_schema(registry) -> None:
    known = registry.register("s", A)
    assert registry.by_guid(known.guid).definition == A


def test_lookup_is_within_a_subject(registry) -> None:
    registry.register("s", A)
    assert registry.lookup("s", A).version == 1
    with pytest.raises(RegistryAnswerError) as caught:
        registry.lookup("s", B)
    assert (caught.value.status, caught.value.error_code, caught.value.subject) == (404, 40403, "s")


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda r: r.by_id(9), 40403),
        (lambda r: r.by_guid("x"), 40403),
        (lambda r: r.latest("x"), 40401),
        (lambda r: r.version("s", 9), 40402),
        (lambda r: r.latest_with("s", {"a": "b"}), 40402),
    ],
)
def test_unknown_things_have_the_codes_of_a_registry(registry, ask, code: int) -> None:
    registry.register("s", A)
    with pytest.raises(RegistryAnswerError) as caught:
        ask(registry)
    assert caught.value.error_code == code


def test_latest_is_the_newest(registry) -> None:
    registry.register("s", A)
    registry.register("s", B)
    assert registry.latest("s").definition == B
    assert registry.version("s", 1).definition == A
    assert registry.versions("s") == [1, 2]


def test_metadata_choose_a_version(registry) -> None:
    registry.register("s", A)
    registry.register("s", B)
    registry.give_metadata("s", 1, {"major": "1", "x": "y"})
    assert registry.latest_with("s", {"major": "1"}).definition == A


def test_names_do_not_share(registry) -> None:
    registry.register("s", A)
    assert MemoryRegistry("test").subjects() == ["s"]
    assert MemoryRegistry("other").subjects() == []


def test_subjects_go_away(registry) -> None:
    registry.register("s", A)
    assert registry.delete_subject("s") == [1]
    assert registry.subjects("s") == []


def test_levels_and_modes_are_kept(registry) -> None:
    registry.set_compatibility("FULL", "s")
    registry.set_mode("IMPORT")
    assert (registry.compatibility("s"), registry.compatibility()) == ("FULL", "BACKWARD")
    assert registry.mode("s") == "IMPORT"


def test_everything_is_compatible(registry) -> None:
    registry.register("s", A)
    assert registry.is_compatible("s", B)
    assert registry.contexts() == ["."]
    assert registry.associated_subjects("t", "value") == []
