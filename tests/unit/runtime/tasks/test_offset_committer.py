# SPDX-License-Identifier: Apache-2.0
"""When and how source offsets are stored."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Mapping
from typing import Any

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.metrics import TaskMetrics
from barnabas.runtime.tasks.offset_committer import OffsetCommitter
from barnabas.runtime.tasks.submitted import ChunkState, Submitted
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.tasks.doubles import Clock, LeaseLost

Write = concurrent.futures.Future[None]


class SlowLink(MemoryTaskLink):
    """Lets the test end each write."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[dict[bytes, bytes | None], Write]] = []

    def write_offsets(self, offsets: Mapping[bytes, bytes | None]) -> Write:
        self.writes.append((dict(offsets), Write()))
        return self.writes[-1][1]


class Bench:
    """A committer with everything around it."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.link = SlowLink()
        self.submitted: Submitted[bytes, Any] = Submitted()
        self.commits = 0
        self.metrics = TaskMetrics(lambda _values: None, self.clock)
        self.committer = OffsetCommitter(
            self.link,
            self.submitted,
            settings=LoopSettings(10, 2),
            on_committed=self.committed,
            metrics=self.metrics,
            now=self.clock,
        )

    def committed(self) -> None:
        self.commits += 1

    def acknowledge(self, **offsets: int) -> None:
        encoded = {name.encode(): {"n": offset} for name, offset in offsets.items()}
        self.submitted.submit(encoded, 1).state = ChunkState.ACKNOWLEDGED

    def after(self, seconds: float) -> None:
        self.clock.time += seconds
        self.committer.tick()


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testCommit")
def test_commit_comes_when_due_and_is_told_to_the_task_when_stored(bench: Bench) -> None:
    bench.acknowledge(p=1)
    bench.after(9)
    assert bench.link.writes == []
    bench.after(1)
    ((offsets, write),) = bench.link.writes
    assert offsets == {b"p": b'{"n":1}'}
    bench.after(1)
    assert bench.commits == 0
    write.set_result(None)
    bench.after(0)
    assert bench.commits == 1
    assert not bench.committer.is_flushing
    assert bench.committer.next_at == bench.clock.time + 10


def test_commit_without_offsets_is_told_too(bench: Bench) -> None:
    bench.after(10)
    assert (bench.commits, bench.link.writes) == (1, [])


@pytest.mark.mirrors("connect/runtime WorkerSourceTaskTest#testCommitFailure")
def test_failed_commit_is_tried_again_with_newer_offsets(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.acknowledge(p=1, q=1)
    bench.after(10)
    bench.link.writes[0][1].set_exception(ConnectError("disk full"))
    bench.after(0)
    assert bench.commits == 0
    assert "disk full" in caplog.text
    bench.acknowledge(p=2)
    bench.after(10)
    assert bench.link.writes[1][0] == {b"p": b'{"n":2}', b"q": b'{"n":1}'}
    assert bench.metrics.commit_failures.total == 1


def test_commit_without_answer_is_given_up_after_its_timeout(bench: Bench) -> None:
    bench.acknowledge(p=1)
    bench.after(10)
    bench.after(2.5)
    assert not bench.committer.is_flushing
    bench.after(10)
    assert [write[0] for write in bench.link.writes] == [{b"p": b'{"n":1}'}] * 2


def test_offset_that_cannot_be_stored_is_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.submitted.submit({b"p": {"n": object()}}, 1).state = ChunkState.ACKNOWLEDGED
    bench.after(10)
    assert "Committing source offsets failed (DataError" in caplog.text
    assert bench.commits == 0


def test_last_commit_waits_for_its_answer(bench: Bench) -> None:
    bench.committer = OffsetCommitter(
        MemoryTaskLink(),
        bench.submitted,
        settings=LoopSettings(10, 2),
        on_committed=bench.committed,
        metrics=bench.metrics,
    )
    bench.acknowledge(p=1)
    bench.committer.commit_finally()
    assert bench.commits == 1


def test_last_commit_does_not_wait_for_ever(bench: Bench) -> None:
    bench.acknowledge(p=1)
    bench.after(10)
    bench.clock.time += 5
    bench.acknowledge(p=2)
    bench.committer._timeout_s = 0
    bench.committer.commit_finally()
    assert [write[0] for write in bench.link.writes] == [{b"p": b'{"n":1}'}, {b"p": b'{"n":2}'}]
    assert bench.commits == 0


def test_nothing_is_stored_without_a_lease(bench: Bench) -> None:
    bench.acknowledge(p=1)
    bench.link.lease_error = LeaseLost()
    with pytest.raises(LeaseLost):
        bench.after(10)
    assert bench.link.writes == []
