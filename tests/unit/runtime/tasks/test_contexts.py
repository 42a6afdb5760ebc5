# SPDX-License-Identifier: Apache-2.0
"""What a task is offered."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.api import SinkTaskContext, SourceTaskContext, TopicPartition
from barnabas.errors import ConnectError, IllegalStateError
from barnabas.runtime.tasks.contexts import LinkedSourceContext, SinkContext
from barnabas.testing import MemoryTaskLink

A, B, C = (TopicPartition("t", number) for number in range(3))


def source_context(link: MemoryTaskLink) -> SourceTaskContext:
    return LinkedSourceContext(link, "c", {"k": "v"})


def test_source_reads_the_offsets_of_its_connector() -> None:
    link = MemoryTaskLink()
    link.offsets = {b'["c",{"f":"a"}]': b'{"n":1}', b'["other",{"f":"b"}]': b'{"n":2}'}
    reader = source_context(link).offset_storage_reader
    assert reader.offset({"f": "a"}) == {"n": 1}
    assert reader.offsets([{"f": "b"}, {"f": "a"}]) == [None, {"n": 1}]
    assert reader.offsets([]) == []


def test_source_sees_its_settings_and_whether_to_stop() -> None:
    link = MemoryTaskLink()
    context = source_context(link)
    assert (context.configs, context.is_stopping, context.wait(0)) == ({"k": "v"}, False, False)
    link.stop()
    assert (context.is_stopping, context.wait(10)) == (True, True)
    assert context.transaction_context is None


class Bench:
    """A sink's context and what it had the consumer do."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.link = MemoryTaskLink()
        self.context = SinkContext(
            self.link,
            {"k": "v"},
            pause=lambda partitions: self.calls.append(("pause", set(partitions))),
            resume=lambda partitions: self.calls.append(("resume", set(partitions))),
        )
        self.context.assigned = {A, B}


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_sink_sees_settings_and_assignment(bench: Bench) -> None:
    context: SinkTaskContext = bench.context
    assert (context.configs, context.assignment) == ({"k": "v"}, {A, B})
    assert context.errant_record_reporter is None
    bench.link.stop()
    assert context.is_stopping


def test_partitions_are_paused_and_resumed(bench: Bench) -> None:
    bench.context.pause(A, B)
    bench.context.resume(B)
    assert bench.context.paused == {A}
    assert bench.calls == [("pause", {A, B}), ("resume", {B})]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPauseUnassigned")
@pytest.mark.parametrize("method", ["pause", "resume"])
def test_partitions_of_others_are_refused(bench: Bench, method: str) -> None:
    with pytest.raises(IllegalStateError, match="not currently assigned to them: t-2"):
        getattr(bench.context, method)(A, C)
    assert bench.calls == []


def test_wishes_are_kept_for_the_loop(bench: Bench) -> None:
    bench.context.offset({A: 5})
    bench.context.offset({A: 6, B: 1})
    bench.context.timeout(250)
    bench.context.request_commit()
    assert bench.context.rewinds == {A: 6, B: 1}
    assert (bench.context.timeout_ms, bench.context.wants_commit) == (250, True)


def test_negative_offset_is_refused(bench: Bench) -> None:
    with pytest.raises(ConnectError, match="negative"):
        bench.context.offset({A: -1})
