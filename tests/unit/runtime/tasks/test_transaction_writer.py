# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import random
import threading
from types import SimpleNamespace

import pytest

from barnabas.errors import ConnectError
from barnabas.runtime.tasks import transaction_writer
from barnabas.runtime.tasks.source_transactions import Ended, Prepared
from barnabas.runtime.tasks.transaction_requests import TransactionEnd
from barnabas.runtime.tasks.transaction_writer import Portion, TransactionWriter

NONE, COMMIT, ABORT = TransactionEnd.NONE, TransactionEnd.COMMIT, TransactionEnd.ABORT


class Writes:
    """Notes what is done; a gate can hold up commits."""

    timeout_s = 60.0
    undelivered = 0

    def __init__(self) -> None:
        self.done: list[str] = []
        self.open_since: float | None = None
        self.gate: threading.Event | None = None
        self.at_gate = threading.Event()
        self.served = threading.Event()
        self.error: Exception | None = None

    def add(self, prepared: Prepared) -> None:
        if self.error is not None:
            raise self.error
        self.open_since = self.open_since or 1000.0
        self.done.append(prepared.batch.name)

    def commit(self) -> Ended:
        if self.gate is not None:
            self.at_gate.set()
            assert self.gate.wait(20)
        return self._end("commit")

    def abort(self) -> Ended:
        return self._end("abort")

    def reopen(self) -> None:
        self.done.append("reopen")

    def serve(self) -> None:
        self.served.set()

    def _end(self, how: str) -> Ended:
        self.open_since = None
        self.done.append(how)
        return Ended((), 1, 0.0)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread waits for no other portion before it ends a transaction; time stands still."""
    monkeypatch.setattr(transaction_writer, "_GRACE_S", 0.0)


def portion(name: str, end=COMMIT, *, values=(b"x",), opens_anew: bool = False) -> Portion:
    batch = SimpleNamespace(name=name, records=(), values=values)
    return Portion(Prepared(batch, {}), end, opens_anew)


class Bench:
    def __init__(self, *, interval_s: float | None = None, may_merge: bool = True) -> None:
        self.writes = Writes()
        self.writer = TransactionWriter(
            self.writes, interval_s=interval_s, may_merge=may_merge, now=lambda: 1000.0
        )

    def run(self, *portions: Portion) -> list[str]:
        self.writer.start()
        for one in portions:
            self.writer.submit(one)
        self.writer.drain()
        self.writer.join()
        return self.writes.done


def test_a_portion_is_written_and_committed() -> None:
    bench = Bench()
    assert bench.run(portion("a")) == ["a", "commit"]
    assert [ended.size for ended in bench.writer.heard()] == [1]
    assert bench.writer.heard() == []


def test_what_comes_during_a_commit_shares_the_next_transaction() -> None:
    bench = Bench()
    bench.writes.gate = threading.Event()
    bench.writer.start()
    bench.writer.submit(portion("a"))
    assert bench.writes.at_gate.wait(20)
    for name in "bc":
        bench.writer.submit(portion(name))
    bench.writes.gate.set()
    bench.writer.drain()
    bench.writer.join()
    assert bench.writes.done == ["a", "commit", "b", "c", "commit"]


def test_a_portion_that_comes_in_time_shares_the_transaction_until_it_is_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transaction_writer, "_GRACE_S", 3600.0)
    bench = Bench()
    bench.writer.start()
    bench.writer.submit(portion("a"))
    bench.writer.submit(portion("b"))
    bench.writes.open_since = 900.0  # it is old by now
    bench.writer.submit(portion("c"))
    bench.writer.drain()
    bench.writer.submit(portion("d"))
    bench.writer.drain()
    bench.writer.join()
    assert bench.writes.done == ["a", "b", "commit", "c", "commit", "d", "commit"]


def test_what_waits_is_written_though_the_main_thread_does_not_come_by() -> None:
    bench = Bench()
    bench.writes.gate = threading.Event()
    bench.writer.start()
    bench.writer.submit(portion("a"))
    assert bench.writes.at_gate.wait(20)
    bench.writer.submit(portion("b"))
    bench.writes.at_gate.clear()
    bench.writes.gate.set()
    assert bench.writes.at_gate.wait(20), "b is being committed"
    bench.writer.drain()
    bench.writer.join()
    assert bench.writes.done == ["a", "commit", "b", "commit"]


def test_portions_are_put_into_transactions_by_the_thread_that_hands_them_over() -> None:
    bench = Bench(interval_s=3600.0, may_merge=False)
    names: list[str] = []
    add = bench.writes.add
    bench.writes.add = lambda prepared: (
        names.append(threading.current_thread().name),
        add(prepared),
    )
    bench.run(portion("a", NONE), portion("b", NONE))
    assert names == [threading.current_thread().name] * 2


def test_a_commit_begins_when_little_is_under_way() -> None:
    bench = Bench()
    bench.writes.undelivered = 1_000_000
    serve = bench.writes.serve

    def hear() -> None:
        serve()
        bench.writes.done.append("heard")
        bench.writes.undelivered = 0

    bench.writes.serve = hear
    done = bench.run(portion("a"))
    assert done[0] == "a"
    assert done.index("heard") < done.index("commit")


def test_ends_the_task_asked_for_are_never_merged() -> None:
    bench = Bench(may_merge=False)
    done = bench.run(portion("a"), portion("b", NONE), portion("c", ABORT), portion("d"))
    assert done == ["a", "commit", "b", "c", "abort", "d", "commit"]


def test_an_end_may_come_without_records() -> None:
    assert Bench(may_merge=False).run(portion("a", NONE), Portion(None, COMMIT)) == ["a", "commit"]


@pytest.mark.parametrize(("interval_s", "commits"), [(0.0, True), (3600.0, False)])
def test_a_transaction_ends_when_its_interval_is_over(interval_s: float, commits: bool) -> None:
    bench = Bench(interval_s=interval_s, may_merge=False)
    assert ("commit" in bench.run(portion("a", NONE))) is commits


def test_a_transaction_ends_before_brokers_would_end_it() -> None:
    bench = Bench(interval_s=3600.0, may_merge=False)
    bench.writes.timeout_s = 0.0
    assert bench.run(portion("a", NONE))[:2] == ["a", "commit"]


def test_the_producer_is_opened_anew_before_the_records_that_need_it() -> None:
    bench = Bench(interval_s=3600.0, may_merge=False)
    done = bench.run(portion("a", NONE), portion("b", NONE, opens_anew=True))
    assert done == ["a", "commit", "reopen", "b"]


def test_a_transaction_only_the_task_may_end_is_not_ended_for_a_new_producer() -> None:
    bench = Bench(may_merge=False)
    assert bench.run(portion("a", NONE), portion("b", NONE, opens_anew=True)) == ["a", "b"]


def test_a_producer_that_could_not_be_opened_anew_is_when_the_task_has_ended_its_transaction() -> (
    None
):
    bench = Bench(may_merge=False)
    first, second = portion("a", NONE), portion("b", COMMIT, opens_anew=True)
    done = bench.run(first, second, portion("c"), portion("d"))
    assert done == ["a", "b", "commit", "reopen", "c", "commit", "d", "commit"]


@pytest.mark.parametrize("interval_s", [None, 3600.0])
def test_the_producer_is_served_while_there_is_nothing_to_write(
    monkeypatch: pytest.MonkeyPatch, interval_s: float | None
) -> None:
    monkeypatch.setattr(transaction_writer, "_SERVE_S", 0.001)
    bench = Bench(interval_s=interval_s, may_merge=False)
    bench.writer.start()
    assert bench.writes.served.wait(20)
    bench.writer.join()


def test_a_failure_is_raised_wherever_the_main_thread_comes_by() -> None:
    bench = Bench()
    bench.writes.error = ConnectError("fenced")
    bench.writer.start()
    calls = [lambda: bench.writer.submit(portion("a")), bench.writer.drain, bench.writer.check]
    for call in calls:
        with pytest.raises(ConnectError, match="fenced"):
            call()
    bench.writer.join()
    assert bench.writes.done == []


def test_a_commit_that_fails_is_raised_where_the_next_portion_is_handed_over() -> None:
    bench = Bench()

    def commit() -> Ended:
        raise ConnectError("fenced")

    bench.writes.commit = commit
    bench.writer.start()
    bench.writer.submit(portion("a"))
    for call in (bench.writer.drain, lambda: bench.writer.submit(portion("b"))):
        with pytest.raises(ConnectError, match="fenced"):
            call()
    bench.writer.join()
    assert bench.writes.done == ["a"]


def test_an_unexpected_failure_of_a_commit_is_told_with_its_kind() -> None:
    bench = Bench()

    def commit() -> Ended:
        raise ValueError("oh")

    bench.writes.commit = commit
    with pytest.raises(ConnectError, match="ValueError: oh"):
        bench.run(portion("a"))
    bench.writer.join()


def test_handing_over_waits_while_much_is_to_be_written() -> None:
    bench = Bench()
    bench.writes.gate = threading.Event()
    bench.writer.start()
    bench.writer.submit(portion("a"))
    assert bench.writes.at_gate.wait(20)
    bench.writer.submit(portion("b", values=[b"x" * 1000] * 20_000))
    waiting = threading.Thread(target=bench.writer.submit, args=(portion("c"),))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    assert bench.writer.active == 20_000
    bench.writes.gate.set()
    waiting.join(20)
    bench.writer.drain()
    bench.writer.join()
    assert bench.writes.done[-1] == "commit"


def test_what_was_not_begun_is_dropped_at_the_end() -> None:
    bench = Bench()
    bench.writes.gate = threading.Event()
    bench.writer.start()
    bench.writer.submit(portion("a"))
    assert bench.writes.at_gate.wait(20)
    bench.writer.submit(portion("b"))
    threading.Timer(0.01, bench.writes.gate.set).start()
    bench.writer.join()
    assert bench.writes.done == ["a", "commit"]


class Exclusive(Writes):
    """Takes a while for an end, and notices when two threads use it at once."""

    def __init__(self) -> None:
        super().__init__()
        self._use = threading.Lock()
        self._pause = threading.Event()
        self.is_shared = False

    def add(self, prepared: Prepared) -> None:
        self._alone(lambda: super(Exclusive, self).add(prepared))

    def _end(self, how: str) -> Ended:
        return self._alone(lambda: super(Exclusive, self)._end(how))

    def _alone(self, work):
        if not self._use.acquire(blocking=False):
            self.is_shared = True
            return work()
        try:
            self._pause.wait(0.0005)
            return work()
        finally:
            self._use.release()


@pytest.mark.parametrize("seed", range(4))
def test_transactions_end_where_they_are_to_and_one_thread_at_a_time_uses_them(seed: int) -> None:
    chance = random.Random(seed)
    wanted: list[str] = []
    bench = Bench(may_merge=False)
    bench.writes = Exclusive()
    bench.writer = TransactionWriter(bench.writes, interval_s=None, may_merge=False)
    bench.writer.start()
    for number in range(100):
        end = chance.choice([NONE, COMMIT, ABORT])
        wanted += [str(number), *([end.value] if end is not NONE else [])]
        bench.writer.submit(
            portion(str(number), end, values=[b"x" * chance.choice([1, 4_000_000])])
        )
        if chance.random() < 0.05:
            bench.writer.drain()
    bench.writer.drain()
    bench.writer.join()
    assert bench.writes.done == wanted
    assert not bench.writes.is_shared
