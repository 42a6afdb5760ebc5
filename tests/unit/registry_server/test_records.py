# SPDX-License-Identifier: Apache-2.0
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barnabas.errors import ProtocolError
from barnabas.registry_server.model import Definition, Reference, Version
from barnabas.registry_server.records import (
    ConfigRecord,
    ContextRecord,
    ModeRecord,
    Noop,
    Record,
    SubjectDeletion,
    SubjectRemoval,
    VersionRecord,
    decode,
    encode,
)

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
NUMBERS = st.integers(1, 2**31 - 1)
OWNERS = st.none() | TEXTS
REFERENCES = st.builds(Reference, TEXTS, TEXTS, NUMBERS)
JSON_TEXTS = st.dictionaries(TEXTS, TEXTS, max_size=2).map(
    lambda fields: json.dumps(fields, separators=(",", ":"), ensure_ascii=False) if fields else ""
)
DEFINITIONS = st.builds(
    Definition,
    TEXTS,
    st.sampled_from(["AVRO", "JSON", "PROTOBUF"]),
    st.lists(REFERENCES, max_size=2).map(tuple),
    JSON_TEXTS,
    JSON_TEXTS,
)
VERSIONS = st.builds(Version, TEXTS, NUMBERS, NUMBERS, DEFINITIONS, st.booleans())
RECORDS: st.SearchStrategy[Record] = st.one_of(
    VERSIONS.map(lambda one: VersionRecord(one.subject, one.number, one)),
    st.builds(VersionRecord, TEXTS, NUMBERS, st.none()),
    st.builds(ConfigRecord, OWNERS, st.none() | st.just({"compatibilityLevel": "FULL"})),
    st.builds(ModeRecord, OWNERS, st.none() | st.just("IMPORT")),
    st.builds(SubjectDeletion, TEXTS, NUMBERS),
    st.builds(SubjectRemoval, TEXTS),
    st.builds(ContextRecord, TEXTS, st.booleans()),
    st.just(Noop()),
)


@settings(deadline=None)
@given(RECORDS)
def test_records_are_read_as_they_were_written(record: Record) -> None:
    assert decode(*encode(record)) == record


def test_version_is_written_as_confluent_writes_it() -> None:
    version = Version("s", 2, 7, Definition('"string"'))

    assert encode(VersionRecord("s", 2, version)) == (
        b'{"keytype":"SCHEMA","subject":"s","version":2,"magic":1}',
        b'{"subject":"s","version":2,"id":7,"schema":"\\"string\\"","deleted":false}',
    )


def test_version_that_is_no_avro_says_so() -> None:
    definition = Definition("{}", "JSON", (Reference("n", "t", 1),), '{"a":1}', '{"b":2}')

    _, value = encode(VersionRecord("s", 1, Version("s", 1, 1, definition, is_deleted=True)))

    assert value == (
        b'{"subject":"s","version":1,"id":1,"schemaType":"JSON","references":[{"name":"n",'
        b'"subject":"t","version":1}],"metadata":{"a":1},"ruleSet":{"b":2},"schema":"{}",'
        b'"deleted":true}'
    )


def test_settings_of_all_have_no_subject() -> None:
    assert encode(ConfigRecord(None, {"compatibilityLevel": "FULL"})) == (
        b'{"keytype":"CONFIG","magic":0}',
        b'{"compatibilityLevel":"FULL"}',
    )
    assert encode(ModeRecord("s", "IMPORT")) == (
        b'{"keytype":"MODE","subject":"s","magic":0}',
        b'{"subject":"s","mode":"IMPORT"}',
    )


@pytest.mark.parametrize(
    ("key", "value", "record"),
    [
        (
            b'{"keytype":"CONFIG","subject":null,"magic":0}',
            b'{"compatibilityLevel":"BACKWARD"}',
            ConfigRecord(None, {"compatibilityLevel": "BACKWARD"}),
        ),
        (b'{"keytype":"NOOP","magic":0}', None, Noop()),
        (b'{"keytype":"ASSOC","magic":0,"tenant":"default"}', b"{}", Noop()),
        (b'{"keytype":"DELETE_SUBJECT","subject":"s","magic":0}', None, Noop()),
        (
            b'{"magic":1,"keytype":"SCHEMA","subject":"s","version":1}',
            b'{"subject":"s","version":1,"id":3,"md5":"x","schemaType":"AVRO","references":[],'
            b'"schema":"1","deleted":true,"offset":4,"ts":5}',
            VersionRecord("s", 1, Version("s", 1, 3, Definition("1"), is_deleted=True)),
        ),
    ],
)
def test_records_of_other_registries_are_read(key: bytes, value: bytes, record: Record) -> None:
    assert decode(key, value) == record


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, None),
        (b"x", None),
        (b"[]", None),
        (b"{}", None),
        (b'{"keytype":"SCHEMA","magic":1}', b"{}"),
        (b'{"keytype":"SCHEMA","subject":"s","version":1,"magic":1}', b'{"subject":"s"}'),
        (b'{"keytype":"MODE","magic":0}', b"[]"),
    ],
)
def test_what_is_no_record_is_an_error(key: bytes | None, value: bytes | None) -> None:
    with pytest.raises(ProtocolError, match="Not a record of a Schema Registry"):
        decode(key, value)
