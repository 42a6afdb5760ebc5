# SPDX-License-Identifier: Apache-2.0
from typing import Any

from barnabas.registry_server.model import Definition, Reference, Version
from barnabas.registry_server.resources.answers import describe, subject_in, text_of, version_fields


def test_avro_is_not_named() -> None:
    assert describe(Definition("x")) == {"guid": Definition("x").guid, "schema": "x"}


def test_everything_is_told() -> None:
    definition = Definition("{}", "JSON", (Reference("n", "s", 1),), '{"a":1}', '{"b":1}')

    told = version_fields(Version("s", 1, 2, definition, is_deleted=True))

    assert list(told) == [
        *("subject", "version", "id", "guid", "schemaType", "references", "metadata", "ruleSet"),
        *("schema", "deleted"),
    ]


def test_subjects_are_read_from_the_address() -> None:
    assert subject_in("a%2Fb") == "a/b"
    assert subject_in(":.:a") == "a"


def test_only_protobuf_has_another_form() -> None:
    assert text_of(Definition("x"), "serialized") == "x"
    definition = Definition("message M {}", "PROTOBUF")
    assert text_of(definition, "") == "message M {}"
    assert text_of(definition, "serialized") != "message M {}"


async def test_lists_have_pages(api: Any) -> None:
    for subject in "abcd":
        await api.register(subject)

    assert (await api.get("/subjects?offset=1&limit=2"))[1] == ["b", "c"]
    assert (await api.get("/subjects?offset=x&limit=-1"))[1] == ["a", "b", "c", "d"]
