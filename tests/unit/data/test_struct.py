# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pickle

import pytest

from barnabas.data import INT32, OPTIONAL_STRING, Schema, Struct, Type, get_field
from barnabas.errors import DataError

SCHEMA = Schema.struct({"a": INT32, "b": OPTIONAL_STRING, "c": Schema(Type.INT8, default=3)})


def test_a_struct_is_a_dict_that_knows_its_schema() -> None:
    struct = Struct(SCHEMA, {"a": 1})
    assert struct == {"a": 1}
    assert struct.schema is SCHEMA


def test_a_struct_survives_pickling() -> None:
    twin = pickle.loads(pickle.dumps(Struct(SCHEMA, {"a": 1})))
    assert twin == {"a": 1}
    assert twin.schema == SCHEMA


def test_a_struct_can_be_validated() -> None:
    Struct(SCHEMA, {"a": 1}).validate()
    with pytest.raises(DataError, match='field: "a"'):
        Struct(SCHEMA, {"b": "x"}).validate()


@pytest.mark.parametrize(("value", "read"), [({"c": 5}, 5), ({"c": None}, 3), ({}, 3)])
def test_the_default_stands_for_null_and_for_nothing(value: dict[str, int], read: int) -> None:
    assert get_field(value, SCHEMA.fields[2]) == read
