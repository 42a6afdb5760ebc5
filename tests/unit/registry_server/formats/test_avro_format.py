# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from barnabas.registry_server.formats.avro_format import AvroFormat
from barnabas.registry_server.formats.schema_format import Source

AVRO = AvroFormat()


def record(*fields: object, **more: object) -> str:
    return json.dumps({"type": "record", "name": "R", "fields": list(fields), **more})


def field(name: str, kind: object, **more: object) -> dict[str, object]:
    return {"name": name, "type": kind, **more}


def kinds(reader: str, writer: str) -> list[str]:
    found = AVRO.differences(Source(reader), Source(writer), "writer")
    return [text.split("'")[1] for text in found]


@pytest.mark.parametrize(
    ("reader", "writer"),
    [
        ('"long"', '"int"'),
        ('"double"', '"long"'),
        ('"string"', '"bytes"'),
        ('["null","int"]', '"int"'),
        (record(field("a", "int", default=1)), record()),
        (record(), record(field("a", "int"))),
        (record(field("b", "int", aliases=["a"])), record(field("a", "int"))),
        (
            '{"type":"enum","name":"E","symbols":["A"],"default":"A"}',
            '{"type":"enum","name":"E","symbols":["A","B"]}',
        ),
        (record(name="n.A", aliases=["B"]), record(name="n.B")),
        (
            record(field("next", ["null", "R"])),
            record(field("next", ["null", "R"]), field("x", "int")),
        ),
    ],
)
def test_reader_can_read(reader: str, writer: str) -> None:
    assert kinds(reader, writer) == []


@pytest.mark.parametrize(
    ("reader", "writer", "kind"),
    [
        ('"int"', '"long"', "TYPE_MISMATCH"),
        (record(field("a", "int")), record(), "READER_FIELD_MISSING_DEFAULT_VALUE"),
        ('["null","int"]', '"string"', "MISSING_UNION_BRANCH"),
        ('["null","int"]', '["null","string"]', "MISSING_UNION_BRANCH"),
        (
            '{"type":"enum","name":"E","symbols":["A"]}',
            '{"type":"enum","name":"E","symbols":["A","B"]}',
            "MISSING_ENUM_SYMBOLS",
        ),
        (
            '{"type":"fixed","name":"F","size":1}',
            '{"type":"fixed","name":"F","size":2}',
            "FIXED_SIZE_MISMATCH",
        ),
        (record(name="A"), record(name="B"), "NAME_MISMATCH"),
    ],
)
def test_reader_cannot_read(reader: str, writer: str, kind: str) -> None:
    assert kinds(reader, writer) == [kind]


def test_difference_says_which_schema_is_the_old_one() -> None:
    reader, writer = Source(record(field("a", "int"))), Source(record())

    (text,) = AVRO.differences(reader, writer, "reader")

    assert text == (
        "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'a' at path "
        "'/fields/0' in the old schema has no default value and is missing in the new schema', "
        "additionalInfo:'a'}"
    )


def test_references_are_known_by_their_names() -> None:
    source = Source('["null","n.E"]', (("n.E", '{"type":"enum","name":"n.E","symbols":["A"]}'),))

    assert AVRO.canonical(source) == '["null","n.E"]'
    with pytest.raises(ValueError, match=r"n\.E"):
        AVRO.canonical(Source('["null","n.E"]'))


@pytest.mark.parametrize(
    "text",
    [
        "string",
        '{"type":"foo"}',
        '{"type":"record","name":"1","fields":[]}',
        '{"type":"record","name":"R"}',
        '{"type":"record","name":"R","fields":[{"name":"a"}]}',
        '{"type":"enum","name":"E","symbols":["A","A"]}',
        '["int","int"]',
        '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}',
        '{"type":"fixed","name":"F","size":1,"aliases":[null]}',
        '{"type":"record","name":"R","fields":[{"name":"a","type":"int","aliases":1}]}',
        "3",
        "null",
        "{}",
    ],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        AVRO.canonical(Source(text))


def test_unknown_logical_type_is_none() -> None:
    text = '{"type":"int","logicalType":"weird"}'

    assert AVRO.canonical(Source(text)) == text
