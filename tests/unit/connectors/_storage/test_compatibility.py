# SPDX-License-Identifier: Apache-2.0
"""Schemas that change within a topic."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from barnabas.connectors._storage.compatibility import Compatibility, structural_difference
from barnabas.data import (
    FLOAT64,
    INT32,
    INT64,
    OPTIONAL_INT32,
    STRING,
    RecursiveSchema,
    Schema,
)
from barnabas.errors import SchemaProjectorError
from tests.unit.data import strategies

NONE, BACKWARD, FORWARD, FULL = Compatibility
NAMED = ("BACKWARD", "FORWARD", "FULL")


def person(version: int | None = 1, **fields: Schema) -> Schema:
    return Schema.struct({"id": INT32, **fields}, name="Person", version=version)


def enum_of(*symbols: str) -> Schema:
    name = "io.confluent.connect.avro.Enum"
    return STRING.with_attributes(
        parameters={name: "Color", **{f"{name}.{symbol}": symbol for symbol in symbols}}
    )


OLD, NEW = person(1), person(2, age=INT32.with_attributes(default=7))


def test_an_unknown_mode_is_none_as_in_java() -> None:
    assert Compatibility.of("backward") is BACKWARD
    assert Compatibility.of("sideways") is NONE


@pytest.mark.parametrize("mode", Compatibility)
def test_an_equal_schema_goes_on_even_without_version(mode: Compatibility) -> None:
    assert mode.new_file_reason(person(None), person(None)) is None
    assert mode.new_file_reason(None, None) is None


def test_none_gives_each_schema_its_own_file() -> None:
    reason = NONE.new_file_reason(NEW, OLD)
    assert reason is not None
    assert "version 1" in reason
    assert "version 2" in reason


@pytest.mark.parametrize(
    ("mode", "new", "current", "needs"),
    [
        (BACKWARD, NEW, OLD, True),
        (BACKWARD, OLD, NEW, False),
        (FULL, NEW, OLD, True),
        (FULL, OLD, NEW, False),
        (FORWARD, NEW, OLD, False),
        (FORWARD, OLD, NEW, True),
    ],
)
def test_the_mode_says_which_version_files_have(
    mode: Compatibility, new: Schema, current: Schema, needs: bool
) -> None:
    assert (mode.new_file_reason(new, current) is not None) == needs


@pytest.mark.parametrize("mode", [BACKWARD, FORWARD, FULL])
def test_versions_are_needed_where_schemas_differ(mode: Compatibility) -> None:
    with pytest.raises(SchemaProjectorError, match=f"required for {mode.value} compatibility"):
        mode.new_file_reason(person(None, age=INT32), OLD)


@pytest.mark.parametrize("mode", Compatibility)
def test_with_and_without_schema_do_not_mix(mode: Compatibility) -> None:
    for new, current in ((None, OLD), (OLD, None)):
        with pytest.raises(SchemaProjectorError, match="schema-less data is not supported"):
            mode.new_file_reason(new, current)


@pytest.mark.parametrize(
    ("new", "current", "words"),
    [
        (person(x=STRING), person(x=INT32), "x is STRING, not INT32"),
        (person(x=INT64), person(x=INT32), "x is INT64, not INT32"),
        (person(x=OPTIONAL_INT32), person(x=INT32), "x may be null"),
        (person(), person(x=INT32), "x is required, has no default, and is missing"),
        (person().with_attributes(name="Dog"), person(), "is called Dog, not Person"),
        (person(x=enum_of("A", "B")), person(x=enum_of("A")), "parameters"),
        (person(x=Schema.array(STRING)), person(x=Schema.array(INT32)), "elements of x is STRING"),
        (
            person(x=Schema.map(STRING, INT32)),
            person(x=Schema.map(INT32, INT32)),
            "keys of x is STRING",
        ),
        (
            person(x=Schema.struct({"y": STRING})),
            person(x=Schema.struct({"y": INT32})),
            "the field y of x is STRING",
        ),
    ],
)
def test_what_cannot_be_projected_begins_a_new_file(
    new: Schema, current: Schema, words: str
) -> None:
    assert words in (structural_difference(new, current) or "")
    assert BACKWARD.new_file_reason(new, current) is not None


@pytest.mark.parametrize(
    ("new", "current"),
    [
        (person(x=INT32), person(x=FLOAT64)),
        (person(x=INT32), person()),
        (person(), person(x=OPTIONAL_INT32)),
        (person(), person(x=INT32.with_attributes(default=1))),
        (person(x=enum_of("A")), person(x=enum_of("A", "B"))),
        (person(x=INT32.with_attributes(doc="years")), person(x=INT32)),
        (person().with_attributes(parameters={"connect.record.doc": "A person"}), person()),
    ],
)
def test_what_can_be_projected_goes_into_the_file(new: Schema, current: Schema) -> None:
    assert structural_difference(new, current) is None
    assert BACKWARD.new_file_reason(new, current) is None


def project(new: Schema, value: Any, current: Schema) -> Any:
    return BACKWARD.project(new, [value], current)[0]


def test_values_get_the_fields_of_the_file() -> None:
    assert project(OLD, {"id": 1}, NEW) == {"id": 1, "age": 7}
    assert project(NEW, {"id": 1, "age": 2}, OLD) == {"id": 1}
    assert project(person(x=INT32), {"id": 1, "x": 2}, person(x=FLOAT64)) == {"id": 1, "x": 2.0}


def test_words_for_people_do_not_hinder_projection() -> None:
    documented = {"connect.record.doc": "A person"}
    new = person(1, x=enum_of("A")).with_attributes(parameters=documented)
    current = person(1, x=enum_of("A", "B"), y=OPTIONAL_INT32)
    assert project(new, {"id": 1, "x": "A"}, current) == {"id": 1, "x": "A"}


def test_values_of_the_files_schema_stay_as_they_are() -> None:
    values = [{"id": 1}]
    assert BACKWARD.project(OLD, values, person(1)) is values


def test_a_schema_inside_itself_ends() -> None:
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"x": INT32, "next": inner}, name="Node", version=1)
    inner.resolve(node)
    newer = Schema.struct({"x": INT32, "next": inner, "y": INT64}, name="Node", version=1)
    assert structural_difference(newer, node) is None


@given(strategies.schemas_and_values())
def test_a_schema_never_differs_from_itself(case: tuple[Schema, Any]) -> None:
    schema, value = case
    copy = schema.with_attributes(doc="other words")
    assert structural_difference(copy, schema) is None
    assert FULL.project(copy, [value], schema) == [value]
