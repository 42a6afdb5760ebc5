# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Transformation
from barnabas.data import (
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    TIMESTAMP,
    Schema,
    decode_timestamp,
)
from barnabas.errors import ConnectError, DataError
from barnabas.transforms.hoist_field import HoistFieldValue
from barnabas.transforms.insert_field import InsertFieldValue
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.regex_router import RegexRouter
from barnabas.transforms.replace_field import ReplaceFieldValue
from barnabas.transforms.timestamp_converter import TimestampConverterValue
from tests.unit.transforms.records import sink, source


class Doubling(Planned):
    """Doubles numbers; refuses text."""

    def __init__(self) -> None:
        super().__init__()
        self.planned: list[Schema] = []

    def plan(self, schema: Schema) -> Plan:
        self.planned.append(schema)
        if schema is STRING:
            raise DataError
        return Plan(INT64, lambda value: 2 * value)

    def change_schemaless(self, value: Any) -> Any:
        return 2 * value


class DoublingKey(OnKey, Doubling):
    pass


class DoublingValue(OnValue, Doubling):
    pass


class DoublingNull(OnValue, Doubling):
    passes_null = False

    def change_schemaless(self, value: Any) -> Any:
        return "null"


@pytest.mark.parametrize("make", [sink, source])
def test_the_value_is_changed_and_nothing_else(make: Any) -> None:
    record = make(5, INT32, key=7, key_schema=INT32, timestamp=9)
    result = DoublingValue().apply(record)
    assert (result.value, result.value_schema) == (10, INT64)
    assert (result.key, result.key_schema, result.timestamp) == (7, INT32, 9)
    assert type(result) is type(record)
    assert (record.value, record.value_schema) == (5, INT32)


def test_the_key_is_changed_and_nothing_else() -> None:
    result = DoublingKey().apply(source(5, INT32, key=7))
    assert result is not None
    assert (result.key, result.key_schema) == (14, None)
    assert (result.value, result.value_schema) == (5, INT32)


def test_a_null_is_passed_with_its_schema() -> None:
    record = sink(None, OPTIONAL_INT32)
    assert DoublingValue().apply(record) is record
    assert DoublingValue().apply_batch([record])[0] is record


def test_a_null_is_changed_if_it_shall() -> None:
    result = DoublingNull().apply(sink())
    assert result is not None
    assert result.value == "null"


def test_a_sink_record_remembers_where_it_came_from() -> None:
    result = DoublingValue().apply(sink(1))
    assert result is not None
    assert result.original == (("test", 3), 42)


def test_a_schema_is_looked_at_once() -> None:
    doubling = DoublingValue()
    doubling.apply_batch([sink(1, INT32), sink(2, INT32), sink(1), sink(3, INT64)])
    doubling.apply(sink(4, INT32))
    assert doubling.planned == [INT32, INT64]


VALUES = st.sampled_from([(5, INT32), (6, INT64), (7, None), (None, INT32), (None, None)])


@given(st.lists(VALUES))
def test_a_batch_is_changed_as_its_records_are(values: list[tuple[Any, Schema | None]]) -> None:
    records = [sink(value, schema) for value, schema in values]
    single = DoublingValue()
    assert DoublingValue().apply_batch(records) == [single.apply(record) for record in records]


def test_schemas_that_alternate_are_not_compared_each_with_all() -> None:
    comparisons = 0

    class Compared:
        def __eq__(self, other: object) -> bool:
            nonlocal comparisons
            comparisons += 1
            return False

        __hash__ = None  # type: ignore[assignment] # not asked for

    schemas: list[Any] = [Compared() for _ in range(100)]
    runs = list(DoublingValue().runs([source(1, schema) for schema in schemas]))
    assert [len(run) for run, _, _ in runs] == [1] * 100
    assert comparisons < 100


def test_an_error_in_a_batch_is_raised() -> None:
    records: list[SinkRecord | SourceRecord] = [source(1, INT32), source("x", STRING)]
    with pytest.raises(DataError):
        DoublingValue().apply_batch(records)  # type: ignore[type-var] # all are of one kind


ROW = Schema.struct([("at", TIMESTAMP), ("text", OPTIONAL_STRING), ("number", INT32)])
OPTIONAL_ROW = ROW.with_attributes(optional=True)
POINTS = st.sampled_from([0, 1_700_000_000_000]).map(decode_timestamp)
ROWS = st.builds(
    lambda at, text: {"at": at, "text": text, "number": 1},
    POINTS,
    st.sampled_from(["a", None]),
)
PARTS = st.one_of(
    st.tuples(ROWS, st.just(ROW)),
    st.tuples(st.none() | ROWS, st.just(OPTIONAL_ROW)),
    st.tuples(ROWS, st.none()),
    st.just(({"at": decode_timestamp(5), "number": 2}, ROW)),  # a field is not set
    st.just(("no row", STRING)),
    st.just((None, None)),
)
CHANGES: dict[str, tuple[type[Transformation], dict[str, str]]] = {
    "hoist": (HoistFieldValue, {"field": "whole"}),
    "insert": (
        InsertFieldValue,
        {
            "timestamp.field": "when",
            "topic.field": "topic!",
            "static.field": "fixed",
            "static.value": "x",
        },
    ),
    "convert": (
        TimestampConverterValue,
        {"field": "at", "target.type": "string", "format": "yyyy-MM-dd HH:mm:ss.SSS"},
    ),
    "convert nothing": (TimestampConverterValue, {"field": "none", "target.type": "unix"}),
    "replace": (ReplaceFieldValue, {"exclude": "number", "renames": "text:words"}),
    "exchange": (ReplaceFieldValue, {"renames": "text:words,at:text"}),
    "route": (RegexRouter, {"regex": "t(.*)", "replacement": "$1"}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("make", [sink, source])
@given(parts=st.lists(PARTS, max_size=6))
def test_each_transformation_changes_a_batch_as_its_records(
    make: Any, change: str, parts: list[tuple[Any, Schema | None]]
) -> None:
    kind, settings = CHANGES[change]
    transformation = kind()
    transformation.configure(settings)
    times = itertools.cycle([3, 3, 4, None])
    records = [make(value, schema, timestamp=next(times)) for value, schema in parts]
    before = copy.deepcopy([record.value for record in records])
    try:
        singly: Any = [transformation.apply(record) for record in records]
    except ConnectError as error:
        singly = type(error)
    try:
        together: Any = transformation.apply_batch(records)
    except ConnectError as error:
        together = type(error)
    assert together == singly
    assert [record.value for record in records] == before
