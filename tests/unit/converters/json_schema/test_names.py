# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.converters.json_schema import names
from barnabas.data import INT32, OPTIONAL_STRING, STRING, Schema


def test_unions_are_known_by_name_or_parameter() -> None:
    assert names.is_union(Schema.struct({}, name=names.ONE_OF))
    assert names.is_union(Schema.struct({}, parameters={names.GENERALIZED_UNION: "u"}))
    assert not names.is_union(Schema.struct({}, name="u"))


def test_maps_of_texts_that_are_never_null_are_objects() -> None:
    assert names.is_object_map(Schema.map(STRING, INT32))
    assert not names.is_object_map(Schema.map(OPTIONAL_STRING, INT32))
    assert not names.is_object_map(Schema.map(INT32, INT32))


def test_field_for_other_properties_is_known_by_name_and_schema() -> None:
    schema = names.additional_schema()
    assert names.is_additional(names.ADDITIONAL_PROPERTIES, schema)
    assert not names.is_additional("rest", schema)
    assert not names.is_additional(names.ADDITIONAL_PROPERTIES, Schema.map(STRING, INT32))
