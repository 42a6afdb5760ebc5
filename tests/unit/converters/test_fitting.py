# SPDX-License-Identifier: Apache-2.0
"""Whether values fit their schemas."""

from __future__ import annotations

import pytest

from barnabas.converters.fitting import check_struct, dict_of, refusal
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
