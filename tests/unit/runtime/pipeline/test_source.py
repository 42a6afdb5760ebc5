# SPDX-License-Identifier: Apache-2.0
"""From source records to columns of bytes."""

from __future__ import annotations

import dataclasses
from itertools import islice
from typing import Any

import pytest

from barnabas.api import SourceRecord
from barnabas.data import INT32, STRING, Headers
from barnabas.errors import ConnectError
from barnabas.runtime.pipeline.chain import Chain, ChainLink
from barnabas.runtime.pipeline.converters import Converters
from barnabas.runtime.pipeline.failure import FailFast, Stage, Tolerance
from barnabas.runtime.pipeline.source import ProduceBatch, SourcePipeline
from tests.unit.runtime.pipeline.doubles import (
    Skip,
    Split,
    TextConverter,
    Upper,
    converters,
    source_record,
)


def pipeline(
    made: Converters | None = None, *links: ChainLink, tolerance: Tolerance | None = None
) -> SourcePipeline:
    judge = tolerance or FailFast()
    return SourcePipeline(made or converters(), Chain[SourceRecord](links, judge), judge)


def rows(batch: ProduceBatch) -> list[tuple[Any, ...]]:
    columns = (batch.topics, batch.keys, batch.values, batch.partitions, batch.timestamps)
    return list(islice(zip(*columns, strict=False), len(batch.values)))


def test_batch_of_equals_is_one_call_per_converter() -> None:
    made = converters()
    records = [source_record(str(i), key="k", timestamp=9) for i in range(100)]
    batch = pipeline(made).convert(records)
    assert rows(batch) == [("t", b"k", str(i).encode(), -1, 9) for i in range(100)]
    assert (made.key.batches, made.value.batches) == (1, 1)
    assert (made.key.singles, made.value.singles) == (0, 0)
    assert batch.headers is None
    assert batch.distinct_topics == ["t"]
    assert batch.records == records


@pytest.mark.parametrize("topics", ["tt", "tu"])
def test_no_record_is_lost_to_a_converter_that_returns_too_few(topics: str) -> None:
    class Few(TextConverter):
        def from_connect_batch(self, topic, schema, values):
            return []

    made = dataclasses.replace(converters(), value=Few())
    records = [source_record(str(n)).replace(topic=topic) for n, topic in enumerate(topics)]
    assert pipeline(made).convert(records).values == [b"0", b"1"]


def test_null_keys_are_one_question() -> None:
    made = converters()
    batch = pipeline(made).convert([source_record(), source_record()])
    assert [row[1] for row in rows(batch)] == [None, None]
    assert (made.key.batches, made.key.singles) == (0, 1)


def test_mixed_batch_keeps_its_order() -> None:
    made = converters()
    batch = pipeline(made).convert(
        [
            source_record("1", topic="a", value_schema=STRING, kafka_partition=3),
            source_record("2", topic="b", timestamp=5),
            source_record(3, topic="a", value_schema=INT32, key="k"),
            source_record("4", topic="a", value_schema=STRING, timestamp=-1),
        ]
    )
    assert rows(batch) == [
        ("a", None, b"1", 3, 0),
        ("b", None, b"2", -1, 5),
        ("a", b"k", b"3", -1, 0),
        ("a", None, b"4", -1, 0),
    ]
    assert batch.distinct_topics == ["a", "b"]
    assert made.value.batches == 3


def test_empty_batch_is_fine() -> None:
    batch = pipeline().convert([])
    assert (list(batch.values), batch.distinct_topics) == ([], [])


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testHeaders")
def test_headers_are_converted_and_converters_may_add_some() -> None:
    headers = Headers().add("h", "x").add("h", "y")
    batch = pipeline().convert([source_record("add", headers=headers), source_record("plain")])
    added = ("added", b"by converter")
    assert batch.headers == [[("h", b"x"), ("h", b"y"), added], None]
    assert len(headers) == 2


@pytest.mark.parametrize("role", ["key", "value"])
def test_converter_that_adds_headers_has_headers_to_add_to(role: str) -> None:
    made = converters()
    getattr(made, role).adds_headers = True
    headers = Headers().add("h", "x")
    records = [source_record("add"), source_record("plain"), source_record("2", headers=headers)]
    batch = pipeline(made).convert(records)
    assert batch.headers == [[("added", b"by converter")], None, [("h", b"x")]]
    assert records[0].headers is None


def test_failure_names_the_record() -> None:
    records = [source_record("good"), source_record("bad", source_offset={"o": 42})]
    text = r"VALUE_CONVERTER with class .*TextConverter.*source offset \{'o': 42\}.*not convertible"
    with pytest.raises(ConnectError, match=text):
        pipeline().convert(records)


@pytest.mark.mirrors("connect/runtime AbstractWorkerSourceTaskTest#testSendRecordsCorruptTimestamp")
def test_negative_timestamp_fails_the_task() -> None:
    with pytest.raises(ConnectError, match="Invalid record timestamp -3"):
        pipeline().convert([source_record(timestamp=-3)])


def test_tolerated_failures_are_left_out_and_told_as_dropped() -> None:
    skip = Skip()
    bad_header = Headers().add("h", "bad")
    records = [
        source_record("a", timestamp=1),
        source_record("bad"),
        source_record("b", key="bad"),
        source_record("bad", headers=bad_header),
        source_record("c", timestamp=2, topic="u"),
        source_record("d", timestamp=-7),
    ]
    batch = pipeline(tolerance=skip).convert(records)
    assert rows(batch) == [("t", None, b"a", -1, 1), ("u", None, b"c", -1, 2)]
    assert batch.records == [records[0], records[4]]
    assert batch.dropped == [records[place] for place in (1, 2, 3, 5)]
    assert [failure.stage for failure in skip.failures] == [
        Stage.HEADER_CONVERTER,
        Stage.KEY_CONVERTER,
        Stage.VALUE_CONVERTER,
        Stage.KAFKA_PRODUCE,
    ]


def test_transformed_records_keep_the_offsets_of_their_originals() -> None:
    records = [source_record("a"), source_record("drop"), source_record("b")]
    batch = pipeline(None, ChainLink("u", Upper())).convert(records)
    assert batch.values == [b"A", b"B"]
    assert batch.records == [records[0], records[2]]
    assert batch.dropped == [records[1]]


def test_close_closes_converters_and_transformations() -> None:
    made, link = converters(), ChainLink("u", Upper())
    pipeline(made, link).close()
    assert made.value.closed
    assert link.transformation.closed


def test_records_made_of_one_hold_its_offsets_and_empty_lists_count_as_dropped() -> None:
    records = [source_record("a b"), source_record(""), source_record("c")]
    batch = pipeline(None, ChainLink("s", Split())).convert(records)
    assert batch.values == [b"a", b"b", b"c"]
    assert list(map(id, batch.records)) == [id(records[place]) for place in (0, 0, 2)]
    assert batch.dropped == [records[1]]


@pytest.mark.parametrize("bad", ["value", "timestamp", "key"])
def test_when_one_cannot_be_converted_all_made_of_its_record_are_left_out(bad: str) -> None:
    class Spoil(Upper):
        def apply(self, record: Any) -> Any:
            if record.value != "b":
                return record
            changes = {"value": "bad", "timestamp": -7, "key": "bad"}
            return record.replace(**{bad: changes[bad]})

    skip = Skip()
    records = [source_record("a b c"), source_record("d")]
    links = [ChainLink("s", Split()), ChainLink("u", Spoil())]
    batch = pipeline(None, *links, tolerance=skip).convert(records)
    assert batch.values == [b"d"]
    assert batch.dropped == [records[0]]
    assert [failure.origin for failure in skip.failures] == [records[0]]


def test_a_family_that_fails_at_two_stages_is_told_once() -> None:
    class Spoil(Upper):
        def apply(self, record: Any) -> Any:
            return record.replace(value="bad" if record.value == "a" else "x", timestamp=-7)

    skip = Skip()
    links = [ChainLink("s", Split()), ChainLink("u", Spoil())]
    assert pipeline(None, *links, tolerance=skip).convert([source_record("a b")]).values == []
    assert len(skip.failures) == 1
