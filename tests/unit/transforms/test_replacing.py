# SPDX-License-Identifier: Apache-2.0
"""Copies of many records, and that batch forms made with them do what the record forms do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SinkRecord, TopicPartition
from barnabas.api.transform import Transformation
from barnabas.data import INT32, OPTIONAL_STRING, Headers, Schema, Type
from barnabas.errors import ConnectError
from barnabas.transforms.insert_header import InsertHeader
from barnabas.transforms.regex_router import RegexRouter
from barnabas.transforms.replacing import replacing
from barnabas.transforms.timestamp_router import TimestampRouter
from barnabas.transforms.value_to_key import ValueToKey
from tests.unit.transforms.records import configured, sink, source

SCHEMA = Schema.struct({"a": INT32, "b": Schema(Type.INT32, optional=True, default=3)})
OTHER = Schema.struct({"a": INT32, "b": OPTIONAL_STRING})
VALUES = st.sampled_from(
    [
        ({"a": 1, "b": 2}, SCHEMA),
        ({"a": 1, "b": None}, SCHEMA),
        ({"a": 1}, SCHEMA),
        ({"b": 1}, SCHEMA),
        (None, SCHEMA),
        ({"a": 1, "b": "x"}, OTHER),
        ({"a": 1}, None),
        ("text", None),
    ]
)
RECORDS = st.builds(
    lambda make, value, topic, time, headers: make(
        value[0], value[1], topic=topic, timestamp=time, headers=headers and Headers(headers)
    ),
    st.sampled_from([source]),
    VALUES,
    st.sampled_from(["a", "b"]),
    st.sampled_from([0, 86_400_000, None]),
    st.sampled_from([None, ()]),
)
FORMS = {
    "ValueToKey": (ValueToKey, {"fields": "b,a"}),
    "TimestampRouter": (TimestampRouter, {}),
    "InsertHeader": (InsertHeader, {"header": "h", "value.literal": "5"}),
    "RegexRouter": (RegexRouter, {"regex": "a", "replacement": "c"}),
}


def outcome(transformation: Transformation, records: list[Any], *, batch: bool) -> Any:
    try:
        if batch:
            return transformation.apply_batch(records)
        return [transformation.apply(record) for record in records]
    except ConnectError as error:
        return type(error)


def as_sink(record: Any, *, is_changed: bool) -> SinkRecord:
    made = sink(
        record.value,
        record.value_schema,
        topic=record.topic,
        timestamp=record.timestamp,
        headers=record.headers,
    )
    return made.replace(topic=record.topic) if is_changed else made


@pytest.mark.parametrize("name", FORMS)
@given(records=st.lists(RECORDS, max_size=6), changed=st.sampled_from(["no", "yes", "some"]))
def test_batch_form_is_record_form(name: str, records: list[Any], changed: str) -> None:
    kind, settings = FORMS[name]
    sinks = [
        as_sink(record, is_changed=changed == "yes" or (changed == "some" and place % 2 == 0))
        for place, record in enumerate(records)
    ]
    for given_ in (records, sinks):
        single = outcome(configured(kind, settings), given_, batch=False)
        assert outcome(configured(kind, settings), given_, batch=True) == single


def test_records_from_kafka_never_forget_where_they_came_from() -> None:
    fresh, changed = sink(1), sink(2).replace(topic="b")
    for records in ([fresh, changed], [changed, fresh], [changed]):
        replace = replacing(records)
        assert [replace(record, topic="c").original for record in records] == [
            (TopicPartition("test", 3), 42)
        ] * len(records)


def test_no_records_are_fine() -> None:
    assert callable(replacing([]))
