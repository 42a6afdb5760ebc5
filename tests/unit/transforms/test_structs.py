# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema, Type
from barnabas.errors import DataError, SchemaBuilderError
from barnabas.transforms.structs import StructReader, build_struct, is_filled

OPTIONAL_3 = Schema(Type.INT32, optional=True, default=3)
SCHEMA = Schema.struct(
    {"a": INT32, "o": OPTIONAL_STRING, "d": OPTIONAL_3},
    name="n",
    version=2,
    doc="why",
    parameters={"p": "q"},
    optional=True,
)


def test_a_filled_struct_is_copied() -> None:
    value = {"d": 1, "a": 2, "o": "x"}
    copy = StructReader(SCHEMA, fills_defaults=True).copy(value)
    assert copy == value
    assert copy is not value


@pytest.mark.parametrize("value", [{"a": 2}, {"a": 2, "d": None, "o": None}])
def test_defaults_stand_for_null_if_they_shall(value: dict[str, int | None]) -> None:
    assert not is_filled(SCHEMA, value)
    filled = StructReader(SCHEMA, fills_defaults=True).copy(value)
    assert filled == {"a": 2, "o": None, "d": 3}
    bare = StructReader(SCHEMA, fills_defaults=False).copy(value)
    assert bare == {"a": 2, "o": None, "d": None}


def test_a_required_field_must_not_be_null() -> None:
    with pytest.raises(DataError, match='required field: "a", schema type: INT32'):
        StructReader(SCHEMA, fills_defaults=True).copy({"o": "x"})


def test_a_required_default_must_be_filled_in() -> None:
    schema = Schema.struct({"d": Schema(Type.INT32, default=3)})
    assert StructReader(schema, fills_defaults=True).copy({}) == {"d": 3}
    with pytest.raises(DataError, match='"d"'):
        StructReader(schema, fills_defaults=False).copy({})


def test_a_built_schema_has_the_attributes_of_the_old_one_but_not_its_optionality() -> None:
    built = build_struct(SCHEMA, [("x", STRING)])
    assert built == Schema.struct(
        {"x": STRING}, name="n", version=2, doc="why", parameters={"p": "q"}
    )


def test_names_must_not_come_twice() -> None:
    with pytest.raises(SchemaBuilderError, match="duplication x"):
        build_struct(SCHEMA, [("x", STRING), ("x", STRING)])
