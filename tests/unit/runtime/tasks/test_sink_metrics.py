# SPDX-License-Identifier: Apache-2.0
"""Numbers of a sink task."""

from __future__ import annotations

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.runtime.tasks.lag import SinkLag
from barnabas.runtime.tasks.sink_metrics import SinkMetrics
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.test_sink import Message
from tests.unit.runtime.tasks.doubles import Clock


def test_numbers_have_javas_names() -> None:
    link = MemoryTaskLink()
    metrics = SinkMetrics(link, lambda: 0.0)
    metrics.read(10, 9)
    metrics.put(0.004)
    metrics.tick(3)
    metrics.commit_began(1)
    metrics.committed(0.01)
    metrics.commit_began(2)
    metrics.commit_failed(0.03)
    metrics.commit_skipped()
    metrics.tick(3)
    metrics.common.report()
    expected = {
        "sink-record-read-total": 10,
        "sink-record-send-total": 9,
        "sink-record-active-count": 0,
        "sink-record-active-count-max": 9,
        "partition-count": 3,
        "offset-commit-seq-no": 2,
        "offset-commit-completion-total": 1,
        "offset-commit-skip-total": 1,
        "offset-commit-failure-percentage": 0.5,
        "put-batch-max-time-ms": 4,
        "put-batch-avg-time-ms": 4,
        "batch-size-avg": 10,
    }
    assert expected.items() <= link.metrics.items()


def test_batch_without_messages_is_no_batch() -> None:
    link = MemoryTaskLink()
    metrics = SinkMetrics(link, lambda: 0.0)
    metrics.read(0, 0)
    metrics.read(4, 4)
    metrics.common.report()
    assert link.metrics["batch-size-avg"] == 4


def test_lag_and_ages_are_told_with_each_report() -> None:
    link, clock = MemoryTaskLink(), Clock()
    where = TopicPartition("t", 0)
    lag = SinkLag({where: 12}.get, lambda: {where: OffsetAndMetadata(10)}, lambda: 100.0)
    metrics = SinkMetrics(link, clock, lag)
    metrics.read(1, 1)
    metrics.committed(0.01)
    clock.time += 7
    metrics.tick(1, [Message(b"v", timestamp_=(1, 97_000))])
    expected = {
        "record-lag": 2,
        "sink-record-lag-max": 2,
        "record-lag-seconds": 3.0,
        "last-record-seconds-ago": 7.0,
        "last-commit-seconds-ago": 7.0,
        "last-return-seconds-ago": 0.0,
    }
    assert expected.items() <= link.metrics.items()


def test_what_never_happened_has_no_age() -> None:
    link = MemoryTaskLink()
    metrics = SinkMetrics(link, lambda: 0.0)
    metrics.common.report()
    assert not {"last-record-seconds-ago", "last-commit-seconds-ago"} & link.metrics.keys()
