# SPDX-License-Identifier: Apache-2.0
"""Connect values of Arrow arrays; `test_parquet` has the law."""

from __future__ import annotations

import pyarrow as pa
import pytest

from barnabas.connectors._storage.formats.parquet_values import values_of
from barnabas.data import DATE, INT32, STRING, Schema, decimal_schema
from barnabas.errors import DataError

NUMBERS = Schema.array(INT32)


def test_a_slice_of_an_array_is_read_alone() -> None:
    lists = pa.array([[1], [2, 3], None, []], pa.list_(pa.int32())).slice(1, 2)
    assert values_of(NUMBERS, lists) == [[2, 3], None]
    structs = pa.array([{"f": 1}, {"f": 2}]).slice(1)
    assert values_of(Schema.struct({"f": INT32}), structs) == [{"f": 2}]
    maps = pa.array([[("a", 1)], [("b", 2)]], pa.map_(pa.string(), pa.int32())).slice(1)
    assert values_of(Schema.map(STRING, INT32), maps) == [{"b": 2}]


def test_a_column_that_is_not_in_the_file_is_left_out() -> None:
    assert values_of(Schema.struct({"f": INT32, "g": INT32}), pa.array([{"f": 1}])) == [{"f": 1}]


def test_plain_numbers_and_bytes_are_dates_and_decimals() -> None:
    assert str(values_of(DATE, pa.array([0], pa.int32()))[0]) == "1970-01-01"
    assert str(values_of(decimal_schema(1), pa.array([b"\x0f"]))[0]) == "1.5"


@pytest.mark.parametrize(
    "schema", [NUMBERS, Schema.map(STRING, INT32), Schema.struct({"f": INT32})]
)
def test_other_types_than_the_schemas_are_refused(schema: Schema) -> None:
    with pytest.raises(DataError, match="its data are int64"):
        values_of(schema, pa.array([1]))
