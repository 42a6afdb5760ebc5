# SPDX-License-Identifier: Apache-2.0
"""What both directions ask of a schema."""

from __future__ import annotations

import pytest

from barnabas.converters.protobuf import names
from barnabas.converters.protobuf.rules import Rules, enum_parameter, is_enum, is_union, is_wrapped
from barnabas.data import INT32, OPTIONAL_INT32, STRING, Schema

WRAPPING = Rules(wrapper_for_nullables=True)


@pytest.mark.parametrize(
    "schema",
    [
        Schema.struct({}, name=f"{names.UNION}.u"),
        Schema.struct({}, name="u", parameters={names.GENERALIZED_UNION: "u"}),
    ],
)
def test_structs_are_unions_by_name_or_parameter(schema):
    assert is_union(schema)
    assert not is_union(Schema.struct({}, name="u"))
    assert not is_union(STRING)


@pytest.mark.parametrize("parameter", [names.ENUM, names.GENERALIZED_ENUM])
def test_texts_are_enums_by_either_parameter(parameter):
    schema = STRING.with_attributes(parameters={parameter: "E"})
    assert enum_parameter(schema) == parameter
    assert is_enum(schema)


def test_numbers_are_enums_by_protobufs_parameter_only():
    assert is_enum(INT32.with_attributes(parameters={names.ENUM: "E"}))
    assert not is_enum(INT32.with_attributes(parameters={names.GENERALIZED_ENUM: "E"}))


def test_only_values_that_may_be_null_are_wrapped_and_only_when_asked_for():
    assert is_wrapped(OPTIONAL_INT32, WRAPPING, in_union=False)
    assert not is_wrapped(INT32, WRAPPING, in_union=False)
    assert not is_wrapped(OPTIONAL_INT32, Rules(), in_union=False)
    assert not is_wrapped(Schema.struct({}, optional=True), WRAPPING, in_union=False)


@pytest.mark.parametrize(("mark", "wrapped"), [("true", True), ("TRUE", True), ("no", False)])
def test_members_of_unions_are_wrapped_when_they_were(mark, wrapped):
    schema = OPTIONAL_INT32.with_attributes(parameters={names.WRAPPER: mark})
    assert is_wrapped(schema, WRAPPING, in_union=True) is wrapped
    assert not is_wrapped(OPTIONAL_INT32, WRAPPING, in_union=True)


def test_names_are_scrubbed_only_when_asked_for():
    assert Rules().name("a b") == "a b"
    assert Rules(scrub_invalid_names=True).name("a b") == "a_b"
