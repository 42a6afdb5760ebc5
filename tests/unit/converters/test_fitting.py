# SPDX-License-Identifier: Apache-2.0
"""Whether values fit their schemas."""

from __future__ import annotations

import pytest

from barnabas.converters.fitting import (
    check_struct,
    convert_items,
    convert_members,
    dict_of,
    located,
    located_item,
    refusal,
    step_to,
)
from barnabas.data import Schema, Struct, Type
from barnabas.errors import DataError

NUMBER = Schema(Type.INT32)
POINT = Schema.struct({"x": NUMBER}, name="Point")
OTHER = Schema.struct({"x": Schema(Type.STRING)}, name="Other")


def test_a_refusal_cuts_long_values_and_names_the_schema():
    assert refusal(NUMBER, "a").message == "Invalid type for INT32: 'a' of class str"
    long = refusal(POINT, "x" * 1000).message
    assert long.startswith("Invalid type for STRUCT: 'xxx")
    assert long.endswith(f"... of class str, where the schema is {POINT}")
    assert len(long) < 250


@pytest.mark.parametrize("value", [{"x": 1}, {}, Struct(POINT, {"x": 1})])
def test_a_struct_of_the_schema_fits(value):
    check_struct(POINT, value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "Invalid type for STRUCT: 1 of class int"),
        ({"x": 1, "y": 2}, "'y' is not a valid field name of .*its fields are: x"),
        (Struct(OTHER, {"x": "a"}), "^Mismatching struct schema: expected .*Point.*Other"),
    ],
)
def test_anything_else_does_not(value, words):
    with pytest.raises(DataError, match=words):
        check_struct(POINT, value, mismatch="Mismatching struct schema")


def test_keys_that_are_lists_become_tuples():
    assert dict_of([([1, [2]], "a"), ("k", "b")]) == {(1, (2,)): "a", "k": "b"}


def test_keys_that_are_maps_are_refused():
    with pytest.raises(DataError, match="cannot be a dict in Python"):
        dict_of([({"a": 1}, "b")])


def refuse_two(value):
    if value == 2:
        raise DataError("it is two")
    return value + 1


def test_an_error_says_where_in_a_value_it_is():
    error = located(located(located(DataError("no"), "x"), step_to(3)), "items")
    assert error.message == 'in field "items[3].x": no'
    assert step_to("k" * 100) == "['" + "k" * 36 + "...]"


def test_items_and_members_are_converted_or_named():
    assert convert_items(refuse_two, (1, 3)) == [2, 4]
    assert convert_members(refuse_two, {"a": 1}) == {"a": 2}
    with pytest.raises(DataError, match=r'^in field "\[1\]": it is two'):
        convert_items(refuse_two, [1, 2])
    with pytest.raises(DataError, match=r"""^in field "\['b'\]": it is two"""):
        convert_members(refuse_two, {"a": 1, "b": 2})


def test_an_item_of_a_column_is_found_by_converting_again_once():
    column = DataError("one of them")
    error = located_item(column, refuse_two, enumerate([1, 2]))
    assert error.message == 'in field "[1]": it is two'
    outer = located_item(error, lambda _: pytest.fail("not again"), enumerate([[1, 2]]))
    assert outer.message == 'in field "[][1]": it is two'
    assert located_item(column, refuse_two, enumerate([1])) is column
