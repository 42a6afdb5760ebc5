# SPDX-License-Identifier: Apache-2.0
"""Copies that may be changed without harm."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import TopicPartition
from barnabas.data import INT32, Headers, Schema, Struct
from barnabas.runtime.pipeline.origin import TracedRecord
from barnabas.transforms.own_copies import Copies
from tests.unit.transforms.records import sink, source

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


def spoil(value: Any) -> None:
    """Change all that can be changed."""
    members = list(value.values()) if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for member in members:
            spoil(member)
        value.clear()


@given(VALUES, VALUES)
def test_no_change_of_a_copy_reaches_the_record(key: Any, value: Any) -> None:
    record = source(value, key=key)
    before = copy.deepcopy(record)
    made = Copies().of(record)
    assert made == before
    spoil(made.key)
    spoil(made.value)
    made.topic = "other"
    assert record == before


def test_headers_are_copied_and_structs_stay_structs() -> None:
    schema = Schema.struct({"a": INT32})
    record = source([Struct(schema, {"a": 1})], headers=Headers().add("h", 1))
    made = Copies().of(record)
    made.headers.add("i", 2)
    made.value[0]["a"] = 2
    assert made.value[0].schema is schema
    assert (len(list(record.headers)), record.value[0]["a"]) == (1, 1)


def test_the_copy_of_a_sinks_record_knows_where_it_was_consumed() -> None:
    copies = Copies()
    for partition in (3, 3, 4):
        made = copies.of(sink("x", kafka_partition=partition))
        made.topic = "other"
        assert made.original == (TopicPartition("test", partition), 42)
    changed = sink("x").replace(topic="other")
    assert copies.of(changed).original == (TopicPartition("test", 3), 42)


def test_the_copy_of_a_traced_record_keeps_its_message() -> None:
    record = TracedRecord(topic="t", kafka_partition=0, kafka_offset=1, origin="message")
    made = Copies().of(record)
    assert (type(made), made.origin) == (TracedRecord, "message")
