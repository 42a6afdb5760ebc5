# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.json import JsonConverter
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema, decimal_schema
from barnabas.errors import ConfigError, DataError
from tests.unit.converters.json import strategies


def converter(**changes: str) -> JsonConverter:
    made = JsonConverter()
    made.configure({name.replace("_", "."): v for name, v in changes.items()}, is_key=False)
    return made


@given(strategies.schemas_and_batches(), st.sampled_from(["BASE64", "NUMERIC"]))
def test_values_and_schema_come_back_as_they_were(
    case: tuple[Schema, list[Any]], decimal_format: str
) -> None:
    schema, values = case
    json = converter(decimal_format=decimal_format)
    batch = json.from_connect_batch("t", schema, values)
    assert batch == [json.from_connect_data("t", None, schema, value) for value in values]
    pairs = [json.to_connect_data("t", None, data) for data in batch]
    assert pairs == [(schema, value) for value in values]
    assert json.to_connect_batch("t", batch) == ((schema, values) if values else ([], []))


@given(st.lists(strategies.schemaless))
def test_schemaless_values_come_back_as_they_were(values: list[Any]) -> None:
    for json in (converter(), converter(schemas_enable="false")):
        batch = json.from_connect_batch("t", None, values)
        assert batch == [json.from_connect_data("t", None, None, value) for value in values]
        pairs = [json.to_connect_data("t", None, data) for data in batch]
        assert strategies.same([pair.value for pair in pairs], values)
        assert strategies.same(list(json.to_connect_batch("t", batch)[1]), values)


def test_the_envelope_is_javas() -> None:
    data = converter().from_connect_data("t", None, STRING, "é")
    assert data == '{"schema":{"type":"string","optional":false},"payload":"é"}'.encode()
    data = converter().from_connect_data("t", None, None, {"a": 1})
    assert data == b'{"schema":null,"payload":{"a":1}}'


def test_without_schemas_there_is_only_the_payload() -> None:
    json = converter(schemas_enable="false")
    assert json.from_connect_data("t", None, STRING, "x") == b'"x"'
    assert json.from_connect_batch("t", STRING, ["x", "y"]) == [b'"x"', b'"y"']
    assert json.to_connect_data("t", None, b'"x"') == (None, "x")


def test_null_without_schema_is_null() -> None:
    for json in (converter(), converter(schemas_enable="false")):
        assert json.from_connect_data("t", None, None, None) is None
        assert json.from_connect_batch("t", None, [None, 1, None])[::2] == [None, None]
        assert json.to_connect_data("t", None, None) == (None, None)


def test_null_with_schema_is_written() -> None:
    bare = converter(schemas_enable="false")
    assert bare.from_connect_data("t", None, OPTIONAL_STRING, None) == b"null"
    expected = b'{"schema":{"type":"string","optional":true},"payload":null}'
    assert converter().from_connect_batch("t", OPTIONAL_STRING, [None]) == [expected]


def test_decimals_are_written_as_the_setting_says() -> None:
    schema, value = decimal_schema(2), Decimal("1.56")
    bare = converter(schemas_enable="false")
    assert bare.from_connect_data("t", None, schema, value) == b'"AJw="'
    numeric = converter(schemas_enable="false", decimal_format="numeric")
    assert numeric.from_connect_data("t", None, schema, value) == b"1.56"


def test_the_schema_may_come_from_the_settings() -> None:
    fields = '[{"field":"a","type":"string"},{"field":"b","type":"int32","optional":true}]'
    json = converter(schema_content=f'{{"type":"struct","fields":{fields}}}')
    schema, value = json.to_connect_data("t", None, b'{"a":"x"}')
    assert value == {"a": "x", "b": None}
    assert json.to_connect_batch("t", [b'{"b":1,"a":"x"}']) == (schema, [{"a": "x", "b": 1}])


def test_a_schema_in_the_settings_is_ignored_without_schemas() -> None:
    json = converter(schema_content='{"type":"int32"}', schemas_enable="false")
    assert json.to_connect_data("t", None, b"5") == (None, 5)


def test_a_broken_schema_in_the_settings_is_refused() -> None:
    with pytest.raises(DataError, match=r"schema\.content.*'type'"):
        converter(schema_content="{}")


def test_settings_are_checked() -> None:
    with pytest.raises(ConfigError, match=r"schemas\.enable"):
        converter(schemas_enable="maybe")


@pytest.mark.parametrize("size", ["-1", "0", "1"])
def test_a_small_cache_only_costs_time(size: str) -> None:
    json = converter(schemas_cache_size=size)
    for schema, value in ((STRING, "x"), (INT32, 1), (STRING, "y")):
        data = json.from_connect_data("t", None, schema, value)
        assert json.to_connect_data("t", None, data) == (schema, value)


def test_no_more_schemas_are_kept_than_allowed() -> None:
    json = converter(schemas_cache_size="3")
    for number in range(10):
        json.from_connect_data("t", None, STRING.with_attributes(name=str(number)), "x")
    assert json._outgoing_of.cache_info().currsize == 3


def test_half_a_character_cannot_be_written() -> None:
    named = STRING.with_attributes(name="\ud83d")
    for schema, value in ((STRING, "\ud83d"), (named, "x")):
        with pytest.raises(DataError, match=r"topic t.*surrogate"):
            converter().from_connect_data("t", None, schema, value)
        with pytest.raises(DataError, match=r"topic t.*surrogate"):
            converter().from_connect_batch("t", schema, [value])


def test_a_value_nested_without_end_cannot_be_written() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(DataError, match="nested too deeply"):
        converter().from_connect_data("t", None, None, endless)


def test_a_batch_with_a_wrong_value_is_refused() -> None:
    with pytest.raises(DataError, match="Invalid type for STRING"):
        converter().from_connect_batch("t", STRING, ["a", 1])


def test_headers_are_converted_alike() -> None:
    json = JsonConverter()
    json.configure_header({"schemas.enable": "false"})
    assert json.from_connect_header("t", "h", STRING, "x") == b'"x"'
    assert json.to_connect_header("t", "h", b'"x"') == (None, "x")


def test_it_works_before_it_is_configured() -> None:
    assert JsonConverter().from_connect_data("t", None, None, 1) == b'{"schema":null,"payload":1}'
