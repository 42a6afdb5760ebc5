# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import INT32, STRING, Schema, Struct
from barnabas.errors import DataError
from barnabas.transforms.requirements import (
    in_field,
    require_map,
    require_sink_record,
    require_struct,
    unknown_field,
)
from tests.unit.transforms.records import sink, source

POINT = Schema.struct({"x": INT32})


def test_what_fits_is_returned() -> None:
    value = {"x": 1}
    assert require_map(value, "p") is value
    assert require_struct(POINT, value, "p") is value
    assert require_struct(POINT, Struct(POINT, value), "p") == value
    record = sink()
    assert require_sink_record(record, "p") is record


@pytest.mark.parametrize(
    ("value", "found"),
    [(None, "null"), ("x", "str"), ([1], "list"), (Struct(POINT, {"x": 1}), "Struct")],
)
def test_other_values_are_no_maps(value: Any, found: str) -> None:
    with pytest.raises(DataError, match=rf"\[masking\], found: {found}(;|$)"):
        require_map(value, "masking")


@pytest.mark.parametrize(
    ("schema", "value", "found"),
    [
        (POINT, None, "null"),
        (POINT, "x", "str"),
        (STRING, "x", "Schema{STRING}"),
        (STRING, None, "null"),
        (Schema.map(STRING, INT32), {"x": 1}, "Schema{MAP}"),
    ],
)
def test_other_values_are_no_structs(schema: Schema, value: Any, found: str) -> None:
    with pytest.raises(DataError, match=rf"\[masking\], found: {found}(;|$)"):
        require_struct(schema, value, "masking")


def test_a_record_of_a_source_is_no_sink_record() -> None:
    with pytest.raises(DataError, match="found: SourceRecord"):
        require_sink_record(source(), "p")


@pytest.mark.parametrize(
    ("value", "mend"),
    [
        (None, "RecordIsTombstone with negate=true"),
        ("x", "a converter that reads structures, such as JsonConverter"),
        (b"x", "a converter that reads structures, such as JsonConverter"),
    ],
)
def test_what_is_no_map_or_struct_is_told_with_its_remedy(value: Any, mend: str) -> None:
    with pytest.raises(DataError, match=mend):
        require_map(value, "masking")
    with pytest.raises(DataError, match=mend):
        require_struct(STRING, value, "masking")


def test_a_field_that_is_not_there_is_told_with_those_that_are() -> None:
    schema = Schema.struct({"city": STRING, "zip": STRING}, name="place")
    error = unknown_field("Unknown field", "street", schema)
    assert (
        error.message == "Unknown field: street; the fields of Schema{place:STRUCT} are city, zip"
    )
    error = unknown_field("Unknown field", "citty", schema)
    assert error.message == "Unknown field: citty; did you mean city?"
    error = unknown_field("Unknown field", "x", STRING)
    assert error.message == "Unknown field: x; Schema{STRING} has no fields"


def test_of_many_fields_only_some_are_told() -> None:
    schema = Schema.struct({f"number{n}": STRING for n in range(50)})
    assert unknown_field("Unknown field", "x", schema).message.endswith("number19, …")


def test_an_error_keeps_its_kind_when_its_field_is_told() -> None:
    error = in_field(DataError("too large"), "zip")
    assert (type(error), error.message) == (DataError, "too large (field zip)")
