# SPDX-License-Identifier: Apache-2.0
"""From consumed messages to sink records."""

from __future__ import annotations

import dataclasses

import pytest

from barnabas.api import SinkRecord, SourceRecord, TimestampType, TopicPartition
from barnabas.data import STRING, Header, Headers
from barnabas.errors import ConnectError
from barnabas.runtime.pipeline.chain import Chain, ChainLink
from barnabas.runtime.pipeline.converters import Converters
from barnabas.runtime.pipeline.failure import FailFast, Stage, Tolerance
from barnabas.runtime.pipeline.origin import origin_of
from barnabas.runtime.pipeline.sink import SinkPipeline
from tests.unit.runtime.pipeline.doubles import (
    HasTopic,
    Skip,
    Split,
    TextConverter,
    Upper,
    converters,
)


@dataclasses.dataclass
class Message:
    """A consumed message."""

    value_: bytes | None
    offset_: int = 0
    topic_: str = "t"
    partition_: int = 0
    key_: bytes | None = None
    timestamp_: tuple[int, int] = (1, 1000)
    headers_: list[tuple[str, bytes | None]] | None = None

    def topic(self) -> str:
        return self.topic_

    def partition(self) -> int:
        return self.partition_

    def offset(self) -> int:
        return self.offset_

    def key(self) -> bytes | None:
        return self.key_

    def value(self) -> bytes | None:
        return self.value_

    def timestamp(self) -> tuple[int, int]:
        return self.timestamp_

    def headers(self) -> list[tuple[str, bytes | None]] | None:
        return self.headers_


def pipeline(
    made: Converters | None = None, *links: ChainLink, tolerance: Tolerance | None = None
) -> SinkPipeline:
    judge = tolerance or FailFast()
    return SinkPipeline(made or converters(), Chain[SinkRecord](links, judge), judge)


def test_message_becomes_a_record() -> None:
    message = Message(b"v", 7, "topic", 3, b"k", (2, 55), [("h", b"x"), ("n", None)])
    (record,) = pipeline().convert([message]).records
    assert record == SinkRecord(
        topic="topic",
        kafka_partition=3,
        kafka_offset=7,
        value="v",
        value_schema=STRING,
        key="k",
        key_schema=STRING,
        timestamp=55,
        timestamp_type=TimestampType.LOG_APPEND_TIME,
        headers=Headers([Header("h", STRING, "x"), Header("n", STRING, None)]),
    )


def test_batch_of_one_topic_is_one_call_per_converter() -> None:
    made = converters()
    batch = pipeline(made).convert([Message(b"v", i, key_=b"k") for i in range(50)])
    assert [record.kafka_offset for record in batch.records] == list(range(50))
    assert (made.key.batches, made.value.batches) == (1, 1)
    assert (made.key.singles, made.value.singles) == (0, 0)


def test_topics_are_grouped_and_order_is_kept() -> None:
    made = converters()
    batch = pipeline(made).convert(
        [Message(b"1", 5), Message(b"2", 1, "u"), Message(b"3", 6), Message(None, 9, "u", 2)]
    )
    assert [(r.topic, r.value) for r in batch.records] == [
        ("t", "1"),
        ("u", "2"),
        ("t", "3"),
        ("u", None),
    ]
    assert made.value.batches == 2
    assert batch.topics == ["t", "u"]
    assert batch.positions == {
        TopicPartition("t", 0): 7,
        TopicPartition("u", 0): 2,
        TopicPartition("u", 2): 10,
    }


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testMissingTimestampPropagation")
def test_missing_timestamp_is_none() -> None:
    batch = pipeline().convert([Message(b"1", timestamp_=(0, 0)), Message(b"2")])
    assert [(r.timestamp, r.timestamp_type) for r in batch.records] == [
        (None, TimestampType.NO_TIMESTAMP_TYPE),
        (1000, TimestampType.CREATE_TIME),
    ]
    (record,) = pipeline().convert([Message(b"3", timestamp_=(1, -1))]).records
    assert record.timestamp is None


def test_empty_batch_is_fine() -> None:
    assert pipeline().convert([]) == ([], {}, ())


def test_failure_names_topic_partition_and_offset() -> None:
    text = r"VALUE_CONVERTER .*record from topic t, partition 0, offset 8: not convertible"
    with pytest.raises(ConnectError, match=text):
        pipeline().convert([Message(b"good", 7), Message(b"bad", 8)])


def test_tolerated_failures_are_left_out_but_advance_the_position() -> None:
    skip = Skip()
    bad_header: list[tuple[str, bytes | None]] = [("h", b"bad")]
    batch = pipeline(tolerance=skip).convert(
        [
            Message(b"a", 1),
            Message(b"v", 2, key_=b"bad"),
            Message(b"v", 3, headers_=bad_header),
            Message(b"bad", 4),
        ]
    )
    assert [record.value for record in batch.records] == ["a"]
    assert batch.positions == {TopicPartition("t", 0): 5}
    assert [failure.stage for failure in skip.failures] == [
        Stage.KEY_CONVERTER,
        Stage.VALUE_CONVERTER,
        Stage.HEADER_CONVERTER,
    ]


def test_dropped_records_advance_the_position() -> None:
    batch = pipeline(None, ChainLink("u", Upper())).convert([Message(b"a", 1), Message(b"drop", 2)])
    assert [record.value for record in batch.records] == ["A"]
    assert batch.records[0].original == (TopicPartition("t", 0), 1)
    assert batch.positions == {TopicPartition("t", 0): 3}


def test_close_closes_converters_and_transformations() -> None:
    made, link = converters(), ChainLink("u", Upper())
    pipeline(made, link).close()
    assert made.value.closed
    assert link.transformation.closed


def test_batches_with_bad_messages_are_converted_in_parts_until_they_are_good_again() -> None:
    skip, made = Skip(), converters()
    lane = pipeline(made, tolerance=skip)
    bad = [Message(b"bad" if n == 40 else b"%d" % n, offset_=n) for n in range(64)]
    assert [record.value for record in lane.convert(bad).records] == [
        str(n) for n in range(64) if n != 40
    ]
    assert made.value.batches == 1 + 4
    assert made.value.singles == 16
    assert [failure.origin for failure in skip.failures] == [bad[40]]
    good = [Message(b"x")] * 64
    lane.convert(good)
    assert made.value.batches == 5 + 4
    lane.convert(good)
    assert made.value.batches == 9 + 1


def test_a_converter_may_read_what_can_be_read_itself() -> None:
    class Most(TextConverter):
        def to_connect_most(self, topic, data):
            return [STRING, None, STRING], ["one", None, "three"], [1]

    made = dataclasses.replace(converters(), value=Most())
    skip = Skip()
    messages = [Message(b"1", 0), Message(b"bad", 1), Message(b"3", 2)]
    records = pipeline(made, tolerance=skip).convert(messages).records
    assert [record.value for record in records] == ["one", "three"]
    assert [failure.where for failure in skip.failures] == [
        "record from topic t, partition 0, offset 1"
    ]
    assert made.value.singles == 1


@pytest.mark.parametrize("topics", ["tt", "tu"])
def test_no_record_is_lost_to_a_converter_that_returns_too_few(topics: str) -> None:
    class Few(TextConverter):
        def to_connect_batch(self, topic, data):
            return STRING, []

    made = dataclasses.replace(converters(), value=Few())
    messages = [Message(b"1", 0, topics[0]), Message(b"2", 1, topics[1])]
    records = pipeline(made).convert(messages).records
    assert [record.value for record in records] == ["1", "2"]


def test_records_hold_their_messages_only_where_somebody_wants_to_know() -> None:
    message = Message(b"x")
    judge = FailFast()
    chain = Chain[SinkRecord]([], judge)
    (plain,) = SinkPipeline(converters(), chain, judge).convert([message]).records
    assert type(plain) is SinkRecord
    traced = SinkPipeline(converters(), chain, judge, keeps_origins=True)
    (record,) = traced.convert([message]).records
    assert origin_of(record) is message


def test_a_record_that_fails_in_the_chain_is_told_as_it_was_consumed() -> None:
    message, skip = Message(b"choke"), Skip()
    lane = SinkPipeline(
        converters(), Chain[SinkRecord]([ChainLink("u", Upper())], skip), skip, keeps_origins=True
    )
    assert lane.convert([message]).records == []
    assert skip.failures[0].origin is message


def test_records_made_of_one_are_put_together_and_the_position_is_behind_it() -> None:
    messages = [Message(b"a b", 5), Message(b"", 6), Message(b"c", 7)]
    batch = pipeline(None, ChainLink("s", Split())).convert(messages)
    assert [(record.value, record.original[1]) for record in batch.records] == [
        ("a", 5),
        ("b", 5),
        ("c", 7),
    ]
    assert batch.positions == {TopicPartition("t", 0): 8}


def test_records_say_where_they_come_from_before_they_are_changed() -> None:
    messages = [Message(b"a", 5), Message(b"b", 6, partition_=1), Message(b"c", 7)]
    places = [(TopicPartition("t", each.partition_), each.offset_) for each in messages]
    for some in (messages, messages[:1]):
        seen: list[SinkRecord] = []
        chain = ChainLink("u", Upper(), Seeing(seen))
        pipeline(None, chain).convert(some)
        assert [(r.original_topic_partition, r.original_kafka_offset) for r in seen] == places[
            : len(some)
        ]


class Seeing(HasTopic):
    """Remembers what it is asked about."""

    def __init__(self, seen: list[SinkRecord]) -> None:
        super().__init__("t")
        self._seen = seen

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        assert isinstance(record, SinkRecord)
        self._seen.append(record)
        return True
