# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from collections.abc import Iterator

import pytest

from barnabas.data import Headers
from barnabas.errors import DataError, RegistryAnswerError
from barnabas.registry import framing, memory
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import SchemaDefinition
from barnabas.registry.schema_writer import SchemaWriter
from barnabas.registry.settings import SchemaRegistryConfig

A, B = SchemaDefinition('"string"'), SchemaDefinition('"int"')


class Counting(MemoryRegistry):
    calls = 0
    allows = True

    def register(self, subject, definition, *, normalize=False):
        self.calls += 1
        return super().register(subject, definition, normalize=normalize)

    def version(self, subject, number):
        self.calls += 1
        return super().version(subject, number)

    def is_compatible(self, subject, definition, version="latest"):
        return self.allows


@pytest.fixture
def registry() -> Iterator[Counting]:
    yield Counting("writer")
    memory.forget("writer")


def writer(registry, *, is_key=False, check=None, now=lambda: 0.0, **settings) -> SchemaWriter:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    config = SchemaRegistryConfig({"schema.registry.url": "mock://writer", **names})
    return SchemaWriter(registry, config, is_key=is_key, check=check, now=now)


LATEST = {"auto_register_schemas": "false", "use_latest_version": "true"}
HEADERS = {"value_schema_id_serializer": "HeaderSchemaIdSerializer"}


def test_schema_is_registered_once(registry) -> None:
    found = [writer_.for_schema("t", None, A) for writer_ in [writer(registry)] for _ in range(3)]
    assert found[0].prefix == b"\x00\x00\x00\x00\x01"
    assert (found[0].header, found[0].definition, found[0].id, found[0].subject) == (
        None,
        A,
        1,
        "t-value",
    )
    assert found[0] is found[2]
    assert registry.calls == 1


def test_keys_have_a_subject_of_their_own(registry) -> None:
    assert writer(registry, is_key=True).for_schema("t", None, A).subject == "t-key"


def test_path_to_the_message_follows_the_id(registry) -> None:
    own = writer(registry)
    assert own.for_schema("t", None, A, message_indexes=[0]).prefix == b"\x00\x00\x00\x00\x01\x00"
    assert own.for_schema("t", None, A, message_indexes=(1,)).prefix[5:] == b"\x02\x02"


def test_header_tells_the_guid(registry) -> None:
    framed = writer(registry, **HEADERS).for_schema("t", None, A, message_indexes=[0])
    guid = registry.lookup("t-value", A).guid
    assert (framed.prefix, framed.header) == (
        b"",
        ("__value_schema_id", framing.guid_bytes(guid) + b"\x00"),
    )


def test_header_is_added_unless_it_is_the_last_of_its_name(registry) -> None:
    framed = writer(registry, **HEADERS).for_schema("t", None, A)
    headers = Headers().add("__value_schema_id", b"old")
    framed.add_to("t", headers)
    framed.add_to("t", headers)
    assert [header.value for header in headers] == [b"old", framed.header[1]]


def test_record_without_headers_is_refused(registry) -> None:
    framed = writer(registry, **HEADERS).for_schema("t", None, A)
    with pytest.raises(DataError, match=r"topic t .* set value\.schema\.id\.serializer to Prefix"):
        framed.add_to("t", None)


def test_prefix_adds_no_header(registry) -> None:
    writer(registry).for_schema("t", None, A).add_to("t", None)


def test_schema_that_must_be_there_is_looked_up(registry) -> None:
    own = writer(registry, auto_register_schemas="false")
    registry.register("t-value", B)
    assert own.for_schema("t", None, B).id == 1
    with pytest.raises(
        RegistryAnswerError, match=r"in subject t-value .* auto\.register"
    ) as caught:
        own.for_schema("t", None, A)
    assert caught.value.error_code == 40403


def test_incompatible_schema_comes_with_advice(registry) -> None:
    def refuse(subject, definition, *, normalize=False):
        raise RegistryAnswerError("no", status=409, subject=subject)

    registry.register = refuse
    with pytest.raises(RegistryAnswerError, match="no; keep the new schema compatible") as caught:
        writer(registry).for_schema("t", None, A)
    assert (caught.value.status, caught.value.subject) == (409, "t-value")


def test_latest_schema_is_written_with(registry) -> None:
    registry.register("t-value", A)
    registry.register("t-value", B)
    assert writer(registry, **LATEST).for_schema("t", None, A).definition == B


def test_latest_schema_is_asked_for_again_after_its_time(registry) -> None:
    time = [0.0]
    registry.register("t-value", A)
    own = writer(registry, now=lambda: time[0], latest_cache_ttl_sec="10", **LATEST)
    assert own.for_schema("t", None, A).definition == A
    registry.register("t-value", B)
    assert own.for_schema("t", None, A).definition == A
    time[0] = 10
    assert own.for_schema("t", None, A).definition == B


def test_latest_schema_must_read_the_own(registry) -> None:
    registry.register("t-value", B)
    own = writer(registry, check=lambda reader, written: ["no field b"], **LATEST)
    with pytest.raises(DataError, match=r"schema 1 of subject t-value .* no field b\. Set latest"):
        own.for_schema("t", None, A)


def test_check_gets_reader_and_writer(registry) -> None:
    registry.register("t-value", B)
    asked = []
    own = writer(registry, check=lambda *schemas: asked.append(schemas) or [], **LATEST)
    own.for_schema("t", None, A)
    assert asked == [(B, A)]


def test_registry_is_asked_where_there_is_no_check(registry) -> None:
    registry.register("t-value", B)
    registry.allows = False
    with pytest.raises(DataError, match="Incompatible schema of type AVRO"):
        writer(registry, **LATEST).for_schema("t", None, A)


@pytest.mark.parametrize("setting", ["latest_compatibility_strict"])
def test_check_can_be_switched_off(registry, setting: str) -> None:
    registry.register("t-value", B)
    own = writer(registry, check=lambda *_: ["no"], **LATEST, **{setting: "false"})
    assert own.for_schema("t", None, A).definition == B


def test_schema_of_an_id_is_written_with(registry) -> None:
    registry.register("other", B)
    own = writer(registry, auto_register_schemas="false", use_schema_id="1")
    assert own.for_schema("t", None, A).definition == B


def test_schema_of_an_id_must_read_the_own(registry) -> None:
    registry.register("other", B)
    settings = {"auto_register_schemas": "false", "use_schema_id": "1"}
    with pytest.raises(DataError, match=r"Set id\.compatibility\.strict=false"):
        writer(registry, check=lambda *_: ["no"], **settings).for_schema("t", None, A)


def test_schema_of_a_guid_is_written_with(registry) -> None:
    guid = registry.register("other", B).guid
    own = writer(registry, auto_register_schemas="false", use_schema_guid=guid)
    assert own.for_schema("t", None, A).id == 1


def test_metadata_choose_the_schema(registry) -> None:
    registry.register("t-value", A)
    registry.register("t-value", B)
    registry.give_metadata("t-value", 1, {"major": "1"})
    settings = {"auto_register_schemas": "false", "use_latest_with_metadata": "major=1"}
    assert writer(registry, **settings).for_schema("t", None, B).definition == A


def test_registering_goes_before_all_else(registry) -> None:
    registry.register("t-value", B)
    framed = writer(registry, use_latest_version="true", use_schema_id="1").for_schema("t", None, A)
    assert framed.definition == A


def test_number_of_remembered_schemas_has_a_limit(registry) -> None:
    own = writer(registry, max_schemas_per_subject="1")
    for definition in (A, B, A):
        own.for_schema("t", None, definition)
    assert registry.calls == 3
