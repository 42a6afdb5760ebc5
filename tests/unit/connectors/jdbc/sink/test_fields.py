# SPDX-License-Identifier: Apache-2.0
"""Which columns records need."""

from __future__ import annotations

import pytest

from barnabas import data
from barnabas.connectors.jdbc.sink.config import DEFAULT_KAFKA_KEYS, PrimaryKeyMode
from barnabas.connectors.jdbc.sink.fields import FieldRules, Fields, Place, fields_of
from barnabas.errors import ConnectError

KEY = data.Schema.struct({"k1": data.INT64, "k2": data.STRING})
VALUE = data.Schema.struct(
    {"name": data.STRING, "age": data.OPTIONAL_INT32, "at": data.INT64, "id": data.INT64}
)


def fields(
    mode: str,
    *names: str,
    key: data.Schema | None = KEY,
    value: data.Schema | None = VALUE,
    **rules: object,
) -> Fields:
    return fields_of("t", FieldRules(PrimaryKeyMode(mode), names, **rules), key, value)  # type: ignore[arg-type]  # of a test's choice


def test_without_key_all_fields_are_values() -> None:
    found = fields("none")
    assert found.keys == ()
    assert found.values == ("name", "age", "at", "id")
    assert set(found.places.values()) == {Place.VALUE_FIELD}


def test_kafka_keys_have_names_of_their_own_and_come_first() -> None:
    found = fields("kafka")
    assert found.keys == DEFAULT_KAFKA_KEYS
    assert list(found.by_name)[:3] == list(DEFAULT_KAFKA_KEYS)
    schemas = [found.by_name[name].schema for name in found.keys]
    assert schemas == [data.STRING, data.INT32, data.INT64]
    assert all(found.by_name[name].is_key for name in found.keys)


def test_kafka_keys_can_be_named() -> None:
    found = fields("kafka", "a", "b", "c")
    assert found.keys == ("a", "b", "c")
    assert [found.places[name] for name in found.keys] == [
        Place.TOPIC,
        Place.PARTITION,
        Place.OFFSET,
    ]


@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("a", "b", "c", "d"), ("a", "a", "b")])
def test_kafka_keys_are_three(names: tuple[str, ...]) -> None:
    with pytest.raises(ConnectError, match="PK mode for table 't' is KAFKA so there should either"):
        fields("kafka", *names)


def test_a_primitive_key_gets_the_one_name() -> None:
    found = fields("record_key", "key", key=data.INT32)
    assert found.keys == ("key",)
    assert found.places["key"] == Place.KEY
    assert found.by_name["key"].schema == data.INT32


@pytest.mark.parametrize("names", [(), ("a", "b")])
def test_a_primitive_key_needs_one_name(names: tuple[str, ...]) -> None:
    with pytest.raises(ConnectError, match="Need exactly one PK column defined since the key"):
        fields("record_key", *names, key=data.INT32)


def test_a_struct_key_gives_all_its_fields_or_those_named() -> None:
    assert fields("record_key").keys == ("k1", "k2")
    assert fields("record_key", "k2").keys == ("k2",)


def test_a_field_the_key_lacks_is_named() -> None:
    with pytest.raises(ConnectError, match="but record key schema does not contain field: k9"):
        fields("record_key", "k9")


@pytest.mark.parametrize("mode", ["record_key", "record_value"])
def test_a_missing_schema_is_told(mode: str) -> None:
    with pytest.raises(ConnectError, match="schema is missing"):
        fields(mode, key=None, value=None)


def test_a_key_is_no_list() -> None:
    with pytest.raises(ConnectError, match="Key schema must be primitive type or Struct, but is"):
        fields("record_key", "a", key=data.Schema.array(data.INT32))


def test_fields_of_the_value_can_be_the_key() -> None:
    found = fields("record_value", "id")
    assert (found.keys, found.values) == (("id",), ("name", "age", "at"))
    assert fields("record_value").keys == ("name", "age", "at", "id")
    with pytest.raises(ConnectError, match="but record value schema does not contain field: x"):
        fields("record_value", "x")


def test_a_field_of_key_and_value_is_taken_from_the_key() -> None:
    key = data.Schema.struct({"id": data.STRING})
    found = fields("record_key", key=key)
    assert found.values == ("name", "age", "at")
    assert found.places["id"] == Place.KEY_FIELD
    assert found.by_name["id"].schema == data.STRING


def test_columns_stand_as_in_the_value_and_the_rest_by_name() -> None:
    key = data.Schema.struct({"z": data.INT64, "age": data.INT32, "b": data.INT64})
    assert list(fields("record_key", key=key).by_name) == ["name", "age", "at", "id", "b", "z"]


def test_the_whitelist_leaves_keys_alone() -> None:
    found = fields("record_value", "id", whitelist=frozenset({"name"}))
    assert (found.keys, found.values) == (("id",), ("name",))


def test_no_field_at_all_is_refused() -> None:
    with pytest.raises(ConnectError, match="No fields found using key and value schemas for table"):
        fields("none", whitelist=frozenset({"nothing"}))


def test_a_text_becomes_one_column() -> None:
    found = fields("record_key", "id", key=data.INT64, value=data.STRING)
    assert found.values == ("record_value",)
    assert found.places["record_value"] == Place.VALUE
    with pytest.raises(ConnectError, match="is of type STRING, which has no fields"):
        fields("record_value", value=data.STRING)


def test_other_values_are_refused() -> None:
    with pytest.raises(ConnectError, match="Value schema must be of type Struct or String"):
        fields("none", value=data.INT64)


def test_timestamp_fields_are_whole_numbers_or_texts() -> None:
    names = frozenset({"at", "name", "age"})
    found = fields("none", timestamp_fields=names, timestamp_digits=9)
    digits = {name: field.timestamp_digits for name, field in found.by_name.items()}
    assert digits == {"name": 9, "age": None, "at": 9, "id": None}


def test_a_key_is_never_optional() -> None:
    found = fields("record_value", "age")
    assert not found.by_name["age"].is_optional
