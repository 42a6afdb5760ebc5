# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import INT32, OPTIONAL_STRING, Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.extract_field import ExtractField, ExtractFieldKey, ExtractFieldValue
from tests.unit.transforms.records import changed, configured, sink

SCHEMA = Schema.struct(
    {
        "a": Schema.struct({"b": OPTIONAL_STRING}),
        "a.b": INT32,
        "d": Schema(Type.INT32, optional=True, default=3),
    },
    optional=True,
)


def extract(field: str, **settings: str) -> ExtractField:
    settings = {name.replace("_", "."): value for name, value in settings.items()}
    return configured(ExtractFieldValue, {"field": field, **settings})


def test_a_field_takes_the_place_of_its_struct() -> None:
    value = {"a": {"b": "x"}, "a.b": 5}
    assert changed(extract("a.b"), value, SCHEMA) == (5, INT32)
    nested = extract("a.b", field_syntax_version="v2")
    assert changed(nested, value, SCHEMA) == ("x", OPTIONAL_STRING)


def test_a_member_takes_the_place_of_its_map() -> None:
    value = {"a": {"b": 1}, "a.b": 2}
    assert changed(extract("a.b"), value) == (2, None)
    assert changed(extract("a.b", field_syntax_version="V2"), value) == (1, None)
    assert changed(extract("z"), value) == (None, None)


def test_null_gets_the_schema_of_the_field() -> None:
    assert changed(extract("a.b"), None, SCHEMA) == (None, INT32)
    assert changed(extract("a.b"), None) == (None, None)


def test_the_default_is_extracted_if_it_shall() -> None:
    value = {"a": {}, "a.b": 5, "d": None}
    assert changed(extract("d"), value, SCHEMA)[0] == 3
    bare = extract("d", replace_null_with_default="false")
    assert changed(bare, value, SCHEMA)[0] is None


def test_the_key_is_meant_by_the_other_class() -> None:
    extracting = configured(ExtractFieldKey, {"field": "x"})
    record = extracting.apply(sink("v", key={"x": 1}))
    assert record is not None
    assert (record.key, record.value) == (1, "v")


def test_an_unknown_field_is_an_error_with_a_schema() -> None:
    with pytest.raises(DataError, match="Unknown field: z"):
        changed(extract("z"), None, SCHEMA)
    with pytest.raises(DataError, match="Unknown field: z"):
        changed(extract("z"), 5, INT32)


def test_other_values_are_refused() -> None:
    with pytest.raises(DataError, match=r"Only Map objects .* \[field extraction\]"):
        changed(extract("z"), "x")


def test_there_are_two_versions_of_the_syntax() -> None:
    with pytest.raises(ConfigError, match="V1, V2"):
        extract("a", field_syntax_version="V3")
