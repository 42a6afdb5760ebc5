# SPDX-License-Identifier: Apache-2.0
import json

from avro.schema import parse

from barnabas.registry_server.formats.avro_differences import Difference, avro_differences


def record(*fields: object, name: str = "R") -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields)})


def field(name: str, kind: object, **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, **more}


def compare(reader: str, writer: str) -> list[Difference]:
    return avro_differences(parse(reader), parse(writer))


def test_every_difference_has_its_place_and_detail() -> None:
    enum = {"type": "enum", "name": "E", "symbols": ["A"]}
    more = {"type": "enum", "name": "E", "symbols": ["A", "C", "B"]}
    fixed = {"type": "fixed", "name": "F", "size": 1}
    reader = record(
        field("a", "int"),
        field("b", {"type": "array", "items": enum}),
        field("c", {"type": "map", "values": ["null", "int"]}),
        field("d", fixed),
        field("e", "string"),
    )
    writer = record(
        field("b", {"type": "array", "items": more}),
        field("c", {"type": "map", "values": ["null", "string"]}),
        field("d", {**fixed, "size": 2}),
        field("e", ["string", "int"]),
        name="S",
    )

    assert compare(reader, writer) == [
        ("NAME_MISMATCH", "/name", "expected: S"),
        ("READER_FIELD_MISSING_DEFAULT_VALUE", "/fields/0", "a"),
        ("MISSING_ENUM_SYMBOLS", "/fields/1/type/items/symbols", "[B, C]"),
        (
            "MISSING_UNION_BRANCH",
            "/fields/2/type/values/1",
            "reader union lacking writer type: STRING",
        ),
        ("FIXED_SIZE_MISMATCH", "/fields/3/type/size", "expected: 2, found: 1"),
        (
            "TYPE_MISMATCH",
            "/fields/4/type/1",
            "reader type: STRING not compatible with writer type: INT",
        ),
    ]


def test_root_is_a_slash() -> None:
    assert [one.path for one in compare('"int"', '"long"')] == ["/"]


def test_schema_that_contains_itself_is_compared_once() -> None:
    reader = record(field("next", ["null", "R"]), field("x", "int"))
    writer = record(field("next", ["null", "R"]), field("x", "long"))

    assert [one.path for one in compare(reader, reader)] == []
    assert [one.path for one in compare(reader, writer)] == ["/fields/1/type"]
