# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.data import Header, Headers
from barnabas.errors import DataError, RegistryAnswerError
from barnabas.registry import framing, memory
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import SchemaDefinition
from barnabas.registry.schema_reader import SchemaReader
from barnabas.registry.settings import SchemaRegistryConfig

A, B = SchemaDefinition('"string"'), SchemaDefinition('"int"')


class Counting(MemoryRegistry):
    def __init__(self, scope: str) -> None:
        super().__init__(scope)
        self.asked: list[object] = []

    def by_id(self, schema_id, subject=None):
        self.asked.append((schema_id, subject))
        return super().by_id(schema_id, subject)

    def lookup(self, subject, definition, *, normalize=False, deleted=False):
        self.asked.append((subject, deleted))
        return super().lookup(subject, definition)


@pytest.fixture
def registry() -> Iterator[Counting]:
    yield Counting("reader")
    memory.forget("reader")


def reader(registry, *, is_key=False, **settings) -> SchemaReader:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    config = SchemaRegistryConfig({"schema.registry.url": "mock://reader", **names})
    return SchemaReader(registry, config, is_key=is_key)


def framed(schema_id: int) -> bytes:
    return framing.id_prefix(schema_id) + b"payload"


def test_prefix_tells_the_schema(registry) -> None:
    assert reader(registry).parse("t", Headers(), framed(7)) == (7, 5, None)


def test_last_header_goes_before_the_prefix(registry) -> None:
    guids = ["00000000-0000-0000-0000-00000000000" + str(each) for each in (1, 2)]
    headers = Headers(
        Header("__value_schema_id", None, framing.guid_bytes(guid) + b"\x00") for guid in guids
    )
    assert reader(registry).parse("t", headers, b"payload") == (guids[1], 0, b"\x00")
    assert reader(registry, is_key=True).parse("t", headers, framed(7)) == (7, 5, None)


def test_unreadable_record_names_its_topic(registry) -> None:
    with pytest.raises(DataError, match="A key of topic t cannot be read: Unknown magic byte!"):
        reader(registry, is_key=True).parse("t", None, b"{}")


def test_batch_of_one_schema_is_one_group(registry) -> None:
    (group,) = reader(registry).groups("t", [framed(7)] * 3)
    assert (group.key, group.offset, list(group.places)) == (7, 5, [0, 1, 2])


def test_batch_is_sorted_by_schema(registry) -> None:
    data = [framed(1), None, framed(2), framed(1)]
    groups = reader(registry).groups("t", data)
    assert [(each.key, each.offset, list(each.places)) for each in groups] == [
        (1, 5, [0, 3]),
        (None, 0, [1]),
        (2, 5, [2]),
    ]


def test_guid_may_stand_before_the_payload(registry) -> None:
    guids = ["00000000-0000-0000-0000-00000000000" + str(each) for each in (1, 2)]
    groups = reader(registry).groups("t", [framing.guid_bytes(guid) + b"x" for guid in guids])
    assert [(each.key, each.offset, list(each.places)) for each in groups] == [
        (guids[0], 17, [0]),
        (guids[1], 17, [1]),
    ]


@given(st.lists(st.none() | st.integers(1, 3) | st.uuids(), max_size=20))
def test_every_record_is_in_the_group_of_its_schema(keys) -> None:
    known = [each if each is None or isinstance(each, int) else str(each) for each in keys]
    data = [
        None if key is None else framed(key) if isinstance(key, int) else framing.guid_bytes(key)
        for key in known
    ]
    groups = reader(MemoryRegistry("reader")).groups("t", data)
    found = {place: group.key for group in groups for place in group.places}
    assert [found[place] for place in range(len(data))] == known
    assert sum(len(group.places) for group in groups) == len(data)


def test_empty_batch_has_no_groups(registry) -> None:
    assert reader(registry).groups("t", []) == []


@pytest.mark.parametrize(
    "data", [[b"{}", b"{}"], [framed(1), b"{}"], [b"\x00\x00"], [None, b""], [b""]]
)
def test_unreadable_record_fails_its_batch(registry, data: list[bytes | None]) -> None:
    with pytest.raises(DataError, match="A value of topic t cannot be read"):
        reader(registry).groups("t", data)


def test_schema_comes_with_its_version_in_the_subject(registry) -> None:
    registry.register("t-value", B)
    registry.register("t-value", A)
    found = reader(registry).schema(2, "t")
    assert (found.definition, found.subject, found.version) == (A, "t-value", 2)


def test_registry_is_asked_once(registry) -> None:
    registry.register("t-value", A)
    own = reader(registry)
    assert own.schema(1, "t") is own.schema(1, "t")
    assert registry.asked == [(1, "t-value"), ("t-value", True)]


def test_version_may_be_in_the_metadata(registry) -> None:
    registry.register("t-value", A)
    by_id = registry.by_id
    registry.by_id = lambda *_: memory.dataclasses.replace(
        by_id(1), metadata=(("confluent:version", "5"),)
    )
    assert reader(registry).schema(1, "t").version == 5
    assert registry.asked == [(1, None)]


def test_guid_finds_the_schema(registry) -> None:
    guid = registry.register("t-value", A).guid
    assert reader(registry).schema(guid, "t").version == 1


def test_name_of_the_record_may_be_the_subject(registry) -> None:
    registry.register("a.B", A)
    own = reader(registry, value_subject_name_strategy="RecordNameStrategy")
    assert own.definition(1, "t").definition == A
    assert own.schema(1, "t", "a.B").subject == "a.B"
    assert registry.asked[0] == (1, None)


def test_unknown_id_names_topic_and_setting(registry) -> None:
    with pytest.raises(
        RegistryAnswerError, match=r"of topic t .* schema 9, .*registry\.url"
    ) as caught:
        reader(registry).schema(9, "t")
    assert (caught.value.status, caught.value.schema_id) == (404, 9)


def test_schema_of_another_subject_names_the_strategy(registry) -> None:
    registry.register("elsewhere", A)
    with pytest.raises(RegistryAnswerError, match=r"subject t-value; set value\.subject\.name"):
        reader(registry).schema(1, "t")


def test_refusal_stays_as_it_is(registry) -> None:
    def refuse(*_args):
        raise RegistryAnswerError("odd", status=422)

    registry.by_id = refuse
    with pytest.raises(RegistryAnswerError, match=r"^odd$"):
        reader(registry).schema(1, "t")
