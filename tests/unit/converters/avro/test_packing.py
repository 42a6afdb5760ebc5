# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.converters.avro.packing import packer_for

PREFIX = b"\0\0\0\0\7"
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(1 << 31), (1 << 31) - 1),
    "long": st.one_of(
        st.integers(-(1 << 63), (1 << 63) - 1),
        st.integers(-10, 10_000),
        st.integers(0, 1 << 27),
        st.integers(1 << 28, 1 << 41),
    ),
    "float": st.floats(width=32),
    "double": st.floats(),
    "string": st.text(),
    "bytes": st.binary(),
}
PRIMITIVES = st.sampled_from(sorted(VALUES))
TYPES = st.one_of(
    PRIMITIVES, PRIMITIVES.map(lambda name: ["null", name]), PRIMITIVES.map(lambda n: [n, "null"])
)


def record(*types: Any) -> dict[str, Any]:
    fields = [{"name": f"f{index}", "type": each} for index, each in enumerate(types)]
    return {"type": "record", "name": "R1", "fields": fields}


def values_of(wire: Any) -> st.SearchStrategy[Any]:
    if isinstance(wire, str):
        return VALUES[wire]
    name = next(each for each in wire if each != "null")
    return st.one_of(st.none(), VALUES[name])


def packed(types: list[Any], rows: list[tuple[Any, ...]]) -> list[bytes]:
    pack = packer_for(record(*types))
    assert pack is not None
    return pack(PREFIX, list(zip(*rows, strict=True)))


def written(types: list[Any], rows: list[tuple[Any, ...]]) -> list[bytes]:
    schema = fastavro.parse_schema(record(*types))
    found = []
    for row in rows:
        target = io.BytesIO()
        fastavro.schemaless_writer(
            target, schema, {f"f{index}": each for index, each in enumerate(row)}
        )
        found.append(PREFIX + target.getvalue())
    return found


@given(st.data())
def test_packed_rows_are_the_bytes_fastavro_writes(data: st.DataObject) -> None:
    types = data.draw(st.lists(TYPES, min_size=1, max_size=4))
    row = st.tuples(*map(values_of, types))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    assert packed(types, rows) == written(types, rows)


@pytest.mark.parametrize("bits", [0, 6, 7, 13, 14, 27, 28, 41, 42, 55, 56, 62, 63])
@pytest.mark.parametrize("types", [["long"], [["null", "long"]]])
def test_numbers_of_every_length_are_written_right(bits: int, types: list[Any]) -> None:
    near = [(1 << bits) - 1, -(1 << bits), (1 << bits) - 2]
    for rows in ([(each,) for each in near], [(each,) for each in [0, *near, 5]]):
        assert packed(types, rows) == written(types, rows)


@pytest.mark.parametrize("kind", ["string", "bytes"])
@pytest.mark.parametrize("length", [0, 63, 64, 8191, 8192, 100_000])
def test_texts_of_every_length_are_written_right(kind: str, length: int) -> None:
    value: Any = "x" * length if kind == "string" else b"x" * length
    rows = [(value,), (value[:5],)]
    assert packed([kind], rows) == written([kind], rows)


def test_a_column_of_nulls_is_written_right() -> None:
    rows: list[tuple[Any, ...]] = [(None,), (None,)]
    assert packed([["null", "long"]], rows) == written([["null", "long"]], rows)


@pytest.mark.parametrize(
    "wire",
    [
        "long",
        {"type": "array", "items": "long"},
        record(),
        record("long", "null"),
        record({"type": "array", "items": "long"}),
        record({"type": "record", "name": "R2", "fields": []}),
        record(["null", {"type": "map", "values": "long"}]),
        record(["long", "string"]),
        record(["null", "long", "string"]),
    ],
)
def test_anything_but_flat_records_is_left_to_fastavro(wire: Any) -> None:
    assert packer_for(wire) is None
