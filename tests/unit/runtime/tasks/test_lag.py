# SPDX-License-Identifier: Apache-2.0
"""How far a sink task is behind."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.runtime.tasks.lag import SinkLag, wall_clock_s
from tests.unit.runtime.pipeline.test_sink import Message

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Bench:
    """Ends, positions and time that are as the test says."""

    def __init__(self) -> None:
        self.ends: dict[TopicPartition, int] = {A: 10, B: 100}
        self.put = {A: OffsetAndMetadata(10), B: OffsetAndMetadata(100)}
        self.time_s = 1000.0
        self.lag = SinkLag(self.ends.get, lambda: self.put, lambda: self.time_s)

    def behind(self, where: TopicPartition, records: int) -> None:
        self.put[where] = OffsetAndMetadata(self.ends[where] - records)

    def values(self, *messages: Any, is_holding: bool = False) -> dict[str, float]:
        return self.lag.values(messages, is_holding=is_holding)


def message(partition: int, timestamp_ms: int) -> Message:
    return Message(b"v", partition_=partition, timestamp_=(1, timestamp_ms))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_task_at_the_ends_is_not_behind(bench):
    assert bench.values() == {
        "record-lag": 0,
        "sink-record-lag-max": 0,
        "record-lag-seconds": 0.0,
    }


def test_records_are_added_up_and_the_worst_partition_is_told(bench):
    bench.behind(A, 3)
    bench.behind(B, 50)
    values = bench.values(message(0, 999_000))
    assert (values["record-lag"], values["sink-record-lag-max"]) == (53, 50)


def test_seconds_are_those_of_the_partition_behind_longest(bench):
    bench.behind(A, 3)
    bench.behind(B, 50)
    values = bench.values(message(0, 990_000), message(1, 900_000), message(1, 940_000))
    assert values["record-lag-seconds"] == 60.0


def test_the_age_of_old_records_is_no_lag_once_they_are_put(bench):
    assert bench.values(message(0, 1_000))["record-lag-seconds"] == 0.0


def test_a_partition_that_was_quiet_for_long_is_not_behind_for_long(bench):
    bench.values(message(0, 1_000))
    bench.time_s = 5000.0
    bench.values()
    bench.behind(A, 7)
    bench.time_s = 5002.0
    assert bench.values(message(1, 4_000))["record-lag-seconds"] == 2.0


def test_seconds_grow_while_records_are_offered_again_and_again(bench):
    bench.behind(B, 1)
    bench.values(message(1, 999_000), is_holding=True)
    bench.time_s = 1600.0
    assert bench.values(is_holding=True)["record-lag-seconds"] == 601.0


def test_markers_of_transactions_are_not_waited_for(bench):
    bench.behind(A, 1)
    bench.values(message(0, 1_000))
    values = bench.values()
    assert (values["record-lag"], values["record-lag-seconds"]) == (1, 0.0)


def test_nothing_is_said_before_an_end_is_known(bench):
    bench.ends.clear()
    assert bench.values(message(0, 1_000)) == {}


def test_partitions_that_went_away_do_not_count(bench):
    bench.behind(B, 50)
    bench.values(message(1, 1_000))
    del bench.put[B]
    assert bench.values()["record-lag-seconds"] == 0.0


def test_records_of_the_future_are_not_behind(bench):
    bench.behind(B, 50)
    assert bench.values(message(1, 9_999_000))["record-lag-seconds"] == 0.0


def test_the_clock_of_the_wall_is_told_in_seconds():
    assert 1.7e9 < wall_clock_s() < 1e10
