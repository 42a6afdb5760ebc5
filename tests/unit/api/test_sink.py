# SPDX-License-Identifier: Apache-2.0
"""What a sink task gets for implementing no more than it must."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from barnabas.api import OffsetAndMetadata, SinkRecord, SinkTask, TopicPartition

OFFSETS = {TopicPartition("t", 0): OffsetAndMetadata(7)}


class Buffering(SinkTask):
    def __init__(self) -> None:
        self.flushed: list[Mapping[TopicPartition, OffsetAndMetadata]] = []

    def start(self, props: Mapping[str, str]) -> None: ...

    def put(self, records: list[SinkRecord]) -> None: ...

    def flush(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.flushed.append(offsets)

    def stop(self) -> None: ...


def test_pre_commit_flushes_and_commits_what_was_put() -> None:
    task = Buffering()

    assert task.pre_commit(OFFSETS) == OFFSETS
    assert task.flushed == [OFFSETS]


def test_a_failing_flush_commits_nothing() -> None:
    class Full(Buffering):
        def flush(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        Full().pre_commit(OFFSETS)


def test_partitions_come_and_go_unheard_by_default() -> None:
    task = Buffering()
    task.open({TopicPartition("t", 0)})
    task.close({TopicPartition("t", 0)})
    assert task.version() == "undefined"
