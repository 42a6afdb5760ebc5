# SPDX-License-Identifier: Apache-2.0
"""Schemas of Parquet files that tell none."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from barnabas import data
from barnabas.connectors._storage.formats.parquet import ParquetFormat
from barnabas.connectors._storage.formats.parquet_schemas import schema_of
from barnabas.data import Schema, Type
from tests.unit.connectors._storage.formats.memory_store import PATH, OneFile

NOON = datetime.datetime(2026, 11, 23, 12, 0, 0, 5000, tzinfo=datetime.UTC)
UNKNOWN = pa.schema([pa.field("a", pa.duration("s"))])
CASES: list[tuple[pa.DataType, Any, Schema, Any]] = [
    (pa.uint8(), 255, data.INT16, 255),
    (pa.uint16(), 65535, data.INT32, 65535),
    (pa.uint32(), 2**32 - 1, data.INT64, 2**32 - 1),
    (pa.int8(), -3, data.INT8, -3),
    (pa.float16(), 0.5, data.FLOAT32, 0.5),
    (pa.string(), "x", data.STRING, "x"),
    (pa.dictionary(pa.int32(), pa.string()), "x", data.STRING, "x"),
    (pa.binary(3), b"abc", data.BYTES, b"abc"),
    (pa.date32(), NOON.date(), data.DATE, NOON.date()),
    (pa.time64("us"), datetime.time(1, 2, 3, 4567), data.TIME, datetime.time(1, 2, 3, 4000)),
    (pa.timestamp("us"), NOON.replace(tzinfo=None), data.TIMESTAMP, NOON),
    (pa.timestamp("ns", "Europe/Berlin"), NOON, data.TIMESTAMP, NOON),
    (
        pa.decimal128(9, 2),
        Decimal("1.25"),
        data.decimal_schema(2, parameters={"connect.decimal.precision": "9"}),
        Decimal("1.25"),
    ),
]


@pytest.mark.parametrize(("kind", "value", "schema", "read"), CASES, ids=lambda one: str(one)[:40])
def test_columns_have_the_nearest_schema(
    kind: pa.DataType, value: Any, schema: Schema, read: Any
) -> None:
    found, rows = written(pa.table({"f": pa.array([value, None], kind)}))
    assert found is not None
    assert found.field("f").schema == schema.with_attributes(optional=True)
    assert rows == [{"f": read}, {"f": None}]
    assert found.matches(rows[0])


def test_parts_have_schemas_too() -> None:
    kind = pa.struct(
        [
            pa.field("tags", pa.large_list(pa.field("item", pa.uint8(), nullable=False))),
            pa.field("counts", pa.map_(pa.string(), pa.timestamp("us", "UTC"))),
        ]
    )
    value = {"tags": [1, 2], "counts": [("a", NOON)]}
    found, rows = written(pa.table({"f": pa.array([value], kind)}))
    assert found is not None
    assert rows == [{"f": {"tags": [1, 2], "counts": {"a": NOON}}}]
    part = found.field("f").schema
    assert part.field("tags").schema.value_schema == data.INT16
    assert part.field("counts").schema.type is Type.MAP


def test_columns_that_are_never_null_are_required() -> None:
    found = schema_of(pa.schema([pa.field("id", pa.int64(), nullable=False)]))
    assert found is not None
    assert found.field("id").schema == data.INT64


def test_a_column_that_nothing_stands_for_leaves_the_file_without_a_schema() -> None:
    assert schema_of(UNKNOWN) is None
    assert schema_of(pa.schema([pa.field("a", pa.list_(pa.duration("s")))])) is None


def written(table: pa.Table) -> tuple[Schema | None, list[Any]]:
    """Write a table as other programs do, and read it."""
    out = io.BytesIO()
    pq.write_table(table, out)
    schema, batches = ParquetFormat().read_from(OneFile(out.getvalue()), PATH, 0)
    return schema, [value for batch in batches for value in batch]
