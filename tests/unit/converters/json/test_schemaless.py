# SPDX-License-Identifier: Apache-2.0
"""Values without schema: a column gives what each value gives alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.converters.json import text
from barnabas.converters.json.schemaless import ready_schemaless, ready_schemaless_column
from barnabas.errors import DataError

CELLS = (
    st.none()
    | st.booleans()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=3)
    | st.integers(-(1 << 64), 1 << 64)
    | st.floats()
    | st.sampled_from([0.0, -0.0, 1e-3, 9.99e-4, 1e7, 9999999.5, -5.5, 2**63 - 1, -(2**63)])
    | st.binary(max_size=2)
)
COLUMNS = st.sampled_from(
    [
        st.integers(-(1 << 63), (1 << 63) - 1) | st.none(),
        st.floats(1e-3, 9e6),
        st.floats(),
        st.booleans(),
        CELLS,
        st.lists(CELLS, max_size=2),
        st.dictionaries(st.sampled_from(["p", "q"]), CELLS, max_size=2),
    ]
)


@st.composite
def tables(draw: st.DrawFn) -> list[Any]:
    """Rows of one shape, or nearly."""
    columns = {name: draw(COLUMNS) for name in draw(st.sampled_from(["", "a", "ab", "abc"]))}
    rows = draw(st.lists(st.fixed_dictionaries(columns), max_size=5))
    return rows + draw(st.lists(CELLS, max_size=1))


def outcome(make: Any) -> Any:
    try:
        return text.encode_all(make())
    except DataError as error:
        return error.message


@given(tables())
def test_a_column_gives_what_each_value_gives_alone(values: list[Any]) -> None:
    together = outcome(lambda: ready_schemaless_column(values))
    alone = outcome(lambda: list(map(ready_schemaless, values)))
    assert (type(together), together if isinstance(alone, list) else None) == (
        type(alone),
        alone if isinstance(alone, list) else None,
    )


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1, "b": "x", "c": None, "d": True, "e": 0.5},
        {"a": {"b": 1}},
        {"a": -(1 << 63)},
        {"a": (1 << 63) - 1},
    ],
)
def test_rows_that_are_ready_are_not_copied(value: dict[str, Any]) -> None:
    rows = [value, dict(value)]
    assert ready_schemaless_column(rows) is rows


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 1e-4, 1e7, 1e300])
def test_numbers_that_java_writes_otherwise_are_found_among_others(number: float) -> None:
    rows = [{"a": 1.5, "b": "x"}, {"a": number, "b": "y"}]
    assert text.encode_all(ready_schemaless_column(rows)) == [
        b'{"a":1.5,"b":"x"}',
        text.encode(ready_schemaless(rows[1])),
    ]


@pytest.mark.parametrize("number", [1 << 63, -(1 << 63) - 1])
def test_numbers_beyond_64_bits_are_refused(number: int) -> None:
    with pytest.raises(DataError, match=f"{number} does not fit into INT64"):
        ready_schemaless_column([{"a": 1}, {"a": number}])


def test_a_struct_is_refused_among_dicts() -> None:
    schema = data.Schema.struct({"a": data.INT32})
    with pytest.raises(DataError, match="a struct cannot be written"):
        ready_schemaless_column([{"a": 1}, data.Struct(schema, {"a": 1})])


def test_keys_of_other_classes_make_lists_of_pairs() -> None:
    assert ready_schemaless_column([{1: "a"}, {1: "b"}]) == [[(1, "a")], [(1, "b")]]
