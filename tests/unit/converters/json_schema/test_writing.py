# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from barnabas.converters.json import text
from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.settings import Rules
from barnabas.converters.json_schema.variants import encode_variant
from barnabas.converters.json_schema.writing import writer_for
from barnabas.data import (
    FLOAT64,
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    RecursiveSchema,
    Schema,
    Struct,
    decimal_schema,
)
from barnabas.errors import DataError

WITH_DEFAULT = INT32.with_attributes(default=7)
OPTIONAL_WITH_DEFAULT = OPTIONAL_INT32.with_attributes(default=7)
VARIANT = Schema.struct(names.VARIANT_FIELDS, name=names.VARIANT)


def written(schema: Schema | None, value: Any, **rules: bool) -> str:
    writer = writer_for(schema, Rules(**rules))
    one = text.encode(writer.one(value))
    assert text.encode_all(writer.many([value, value])) == [one, one]
    return one.decode()


def test_null_is_default_or_null_or_nothing() -> None:
    schema = Schema.struct(
        {"a": WITH_DEFAULT, "b": OPTIONAL_WITH_DEFAULT, "c": OPTIONAL_INT32, "d": INT32}
    )
    nulls = dict.fromkeys("abcd")
    assert written(schema, nulls) == '{"a":7,"b":7,"c":null}'
    assert written(schema, nulls, ignore_default_for_nullables=True) == '{"b":null,"c":null}'
    assert writer_for(INT32, Rules()).one(None) is msgspec.UNSET
    assert writer_for(INT32, Rules()).many([1, None]) == [1, msgspec.UNSET]


def test_names_with_quotes_leave_null_out_as_well() -> None:
    assert written(Schema.struct({'a"b': INT32, "c": INT32}), {'a"b': None, "c": 1}) == '{"c":1}'


def test_null_keeps_its_place_in_arrays_and_maps() -> None:
    assert written(Schema.array(INT32), [1, None]) == "[1,null]"
    assert written(Schema.map(STRING, INT32), {"a": None}) == '{"a":null}'


def test_maps_of_other_keys_are_arrays_of_entries() -> None:
    assert written(Schema.map(INT32, STRING), {1: "a"}) == '[{"key":1,"value":"a"}]'
    assert written(Schema.map(OPTIONAL_STRING, INT32), {"q": 1, None: 2}) == (
        '[{"key":"q","value":1},{"key":null,"value":2}]'
    )


def test_a_union_is_its_first_member_that_is_there() -> None:
    fields = {"f0": OPTIONAL_STRING, "f1": OPTIONAL_INT32, "f2": OPTIONAL_WITH_DEFAULT}
    union = Schema.struct(fields, name=names.ONE_OF, optional=True)
    assert written(union, {"f1": 4}) == "4"
    assert written(union, {}) == "7"
    assert written(union, {}, ignore_default_for_nullables=True) == "null"
    required = Schema.struct({"f0": OPTIONAL_STRING}, name=names.ONE_OF)
    assert writer_for(required, Rules()).one({"f0": None}) is msgspec.UNSET


def test_decimals_are_base64_or_numbers() -> None:
    assert written(decimal_schema(2), Decimal("1.00")) == '"ZA=="'
    assert written(decimal_schema(2), Decimal("1.00"), decimals_are_numbers=True) == "1.00"
    assert written(decimal_schema(-2), Decimal("1E+2"), decimals_are_numbers=True) == "1E+2"


def test_floats_are_spelt_as_in_java() -> None:
    assert written(FLOAT64, 1e21) == "1.0E21"
    assert written(FLOAT64, float("nan")) == '"NaN"'


def test_variants_are_the_json_in_them() -> None:
    node = {"q": [1, Decimal("2.5"), None, "x"], "f": 1.5}
    assert written(VARIANT, encode_variant(node)) == '{"f":1.5,"q":[1,2.5,null,"x"]}'


def test_properties_without_name_are_beside_the_others() -> None:
    schema = Schema.struct({"a": INT32, names.ADDITIONAL_PROPERTIES: names.additional_schema()})
    value = {"a": 1, names.ADDITIONAL_PROPERTIES: {"x": encode_variant([1])}}
    assert written(schema, value, preserve_additional_properties=True) == '{"a":1,"x":[1]}'
    assert written(schema, {"a": None}, preserve_additional_properties=True) == "{}"


def test_recursive_values_are_written_as_deep_as_they_go() -> None:
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT32, "n": inner})
    inner.resolve(node)
    value = {"v": 1, "n": {"v": 2, "n": None}}
    assert written(node, value) == '{"v":1,"n":{"v":2,"n":null}}'


def test_values_without_schema_are_json() -> None:
    assert written(None, {"a": [1, None, 2.5]}) == '{"a":[1,null,2.5]}'
    assert written(None, {1: "a"}) == '[{"key":1,"value":"a"}]'


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        (INT32, "x", "Invalid type for INT32: 'x' of class str"),
        (Schema.array(INT32), 3, "Invalid type for ARRAY"),
        (Schema.map(STRING, INT32), [1], "Invalid type for MAP"),
        (Schema.struct({"a": INT32}, name="N"), 3, "where the schema is Schema{N:STRUCT}"),
        (Schema.struct({"a": INT32}), {"b": 1}, "'b' is not a valid field name"),
        (Schema.struct({"a": INT32}), {"a": 1, "b": 1}, "'b' is not a valid field name"),
        (
            Schema.struct({"a": INT32}),
            Struct(Schema.struct({"a": STRING}), {"a": "x"}),
            "Mismatching schema",
        ),
        (VARIANT, {"metadata": b""}, "Invalid type for STRUCT"),
    ],
)
def test_values_that_do_not_fit_are_refused(schema: Schema, value: Any, words: str) -> None:
    writer = writer_for(schema, Rules())
    with pytest.raises(DataError, match=words):
        writer.one(value)
    with pytest.raises(DataError, match=words):
        writer.many([value])


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"lines": [{"x": 1}, {"x": "no"}], "by": {}}, "lines[1].x"),
        ({"lines": [], "by": {"k": {"x": "no"}}}, "by['k'].x"),
    ],
    ids=["item", "member"],
)
def test_a_value_that_does_not_fit_is_named_by_its_path(value: Any, place: str) -> None:
    point = Schema.struct({"x": INT32})
    writer = writer_for(
        Schema.struct({"lines": Schema.array(point), "by": Schema.map(STRING, point)}), Rules()
    )
    for write, given in ((writer.one, value), (writer.many, [value])):
        with pytest.raises(DataError) as caught:
            write(given)
        assert caught.value.message.startswith(f'in field "{place}": ')
