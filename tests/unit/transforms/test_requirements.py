# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import INT32, STRING, Schema, Struct
from barnabas.errors import DataError
from barnabas.transforms.requirements import require_map, require_sink_record, require_struct
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
    with pytest.raises(DataError, match=rf"\[masking\], found: {found}$"):
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
    with pytest.raises(DataError, match=rf"\[masking\], found: {found}$"):
        require_struct(schema, value, "masking")


def test_a_record_of_a_source_is_no_sink_record() -> None:
    with pytest.raises(DataError, match="found: SourceRecord"):
        require_sink_record(source(), "p")
