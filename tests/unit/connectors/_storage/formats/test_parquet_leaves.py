# SPDX-License-Identifier: Apache-2.0
"""Arrow arrays of single values; `test_parquet` has the laws."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from barnabas.connectors._storage.formats.parquet_leaves import leaf_for
from barnabas.data import FLOAT32, INT8, STRING, TIME, TIMESTAMP, Schema, Type, decimal_schema
from barnabas.errors import DataError


def type_of(schema: Schema) -> pa.DataType:
    return leaf_for(schema, keeps_logical_types=True).type


def decimals(scale: int, precision: str) -> Schema:
    return decimal_schema(scale, parameters={"connect.decimal.precision": precision})


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        (decimal_schema(2), pa.decimal128(38, 2)),
        (decimals(2, "10"), pa.decimal128(10, 2)),
        (decimals(2, "60"), pa.decimal256(60, 2)),
        (decimals(2, "many"), pa.decimal128(38, 2)),
        (decimal_schema(50), pa.decimal256(76, 50)),
        (decimal_schema(80), pa.binary()),
        (decimal_schema(-2), pa.binary()),
        (decimals(5, "3"), pa.binary()),
        (decimals(0, "0"), pa.binary()),
    ],
)
def test_decimals_have_the_precision_they_tell(schema: Schema, kind: pa.DataType) -> None:
    assert type_of(schema) == kind


def test_too_many_digits_are_refused_with_the_way_out() -> None:
    leaf = leaf_for(decimals(2, "4"), keeps_logical_types=True)
    with pytest.raises(DataError, match=r"connect\.decimal\.precision"):
        leaf.make_prepared([Decimal("100.00")])


def test_bytes_of_a_fixed_size_stay_so() -> None:
    schema = Schema(Type.BYTES, name="Hash", parameters={"connect.fixed.size": "4"})
    assert type_of(schema) == pa.binary(4)


def test_narrow_numbers_are_int32_and_checked() -> None:
    leaf = leaf_for(INT8, keeps_logical_types=True)
    assert leaf.make([-128, None, 127]).to_pylist() == [-128, None, 127]
    assert leaf.type == pa.int32()
    with pytest.raises(pa.ArrowInvalid):
        leaf.make([128])


def test_infinite_numbers_need_a_second_look() -> None:
    leaf = leaf_for(FLOAT32, keeps_logical_types=True)
    with pytest.raises(ValueError, match="too large"):
        leaf.make([1e300])
    assert leaf.make_prepared([float("inf")]).to_pylist() == [float("inf")]


@pytest.mark.parametrize("keeps", [True, False])
def test_times_that_python_has_not_are_kept(keeps: bool) -> None:
    for schema, number in ((TIME, 86_400_000), (TIMESTAMP, 1 << 60)):
        leaf = leaf_for(schema, keeps_logical_types=keeps)
        array = leaf.make_prepared([leaf.prepare(number), None])
        base = pa.int32() if schema is TIME else pa.int64()
        assert array.cast(base).to_pylist() == [number, None]
        assert array.type == leaf.type


def test_a_timestamp_needs_a_zone() -> None:
    leaf = leaf_for(TIMESTAMP, keeps_logical_types=True)
    with pytest.raises(ValueError, match="no time zone"):
        leaf.make([datetime.datetime(2024, 1, 1)])  # noqa: DTZ001 - that is what is tested


def test_digits_below_the_millisecond_are_cut_off_towards_the_past() -> None:
    leaf = leaf_for(TIMESTAMP, keeps_logical_types=True)
    late = datetime.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=datetime.UTC)
    assert leaf.make([late]).cast(pa.int64()).to_pylist() == [-1]


@pytest.mark.parametrize("value", ["text", ""])
def test_texts_are_texts(value: Any) -> None:
    leaf = leaf_for(STRING, keeps_logical_types=True)
    assert leaf.make([value, None]).to_pylist() == [value, None]
