# SPDX-License-Identifier: Apache-2.0
"""The loop of a sink task, with a consumer that obeys the test."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, SinkRecord, TopicPartition
from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.pipeline import Chain, FailFast, SinkPipeline
from barnabas.runtime.tasks.consumption import ConsumptionListener, OvertakenError
from barnabas.runtime.tasks.sink import SinkTaskLoop
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.doubles import converters
from tests.unit.runtime.pipeline.test_sink import Message
from tests.unit.runtime.tasks.doubles import Clock, LeaseLost, Sink, spec

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Consumption:
    """Polls what the script says; remembers what the loop wants of it."""

    def __init__(self, clock: Clock) -> None:
        self.script: list[Any] = []
        self.calls: list[Any] = []
        self.timeouts: list[float] = []
        self.paused: set[TopicPartition] = set()
        self.touched: list[set[TopicPartition]] = []
        self.commit_error: ConnectError | None = None
        self.answers = True
        self.can_seek = True
        self.on_serve: Callable[[], None] = lambda: None
        self.listener: ConsumptionListener
        self._clock = clock

    def subscribe(self, listener: ConsumptionListener) -> None:
        self.listener = listener

    def poll(self, timeout_s: float) -> list[Any]:
        self.timeouts.append(timeout_s)
        self._clock.time += 0.1
        step = self.script.pop(0) if self.script else None
        if isinstance(step, Exception):
            raise step
        return (step() if callable(step) else step) or []

    def pause(self, partitions: Iterable[TopicPartition]) -> None:
        self.paused |= set(partitions)
        self.touched.append(set(partitions))

    def resume(self, partitions: Iterable[TopicPartition]) -> None:
        self.paused -= set(partitions)
        self.touched.append(set(partitions))

    def seek(self, where: TopicPartition, offset: int) -> bool:
        self.calls.append(("seek", where.partition, offset))
        return self.can_seek

    def commit(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.calls.append(("commit", {w.partition: o.offset for w, o in offsets.items()}))
        if self.answers:
            self.listener.commit_answered(self.commit_error, offsets)

    def commit_now(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        self.calls.append(("commit_now", {w.partition: o.offset for w, o in offsets.items()}))
        if self.commit_error is not None:
            raise self.commit_error

    def serve(self, timeout_s: float) -> None:
        self._clock.time += timeout_s
        self.calls.append("serve")
        self.on_serve()

    def end_of(self, where: TopicPartition) -> int | None:
        return None

    def close(self, timeout_s: float) -> None:
        self.left_within_s = timeout_s
        self.calls.append("close")


class Bench:
    """A loop with everything around it; ends when the scripts are played."""

    def __init__(self, *puts: Any) -> None:
        self.task = Sink(*puts)
        self.link = MemoryTaskLink()
        self.clock = Clock()
        self.task.at_end = self.stop_when_read
        self.consumption = Consumption(self.clock)
        tolerance = FailFast()
        chain = Chain[SinkRecord]([], tolerance)
        self.loop = SinkTaskLoop(
            spec(is_sink=True, topics="t"),
            self.link,
            self.task,
            SinkPipeline(converters(), chain, tolerance),
            self.consumption,  # type: ignore[arg-type]
            now=self.clock,
        )

    def stop_when_read(self) -> None:
        if not self.consumption.script:
            self.link.stop()

    def run(self, *polls: Any) -> None:
        self.consumption.script += polls
        self.loop.run()

    def assign(self, **offsets: int | None) -> Any:
        """A poll in which partitions come; ``a=5`` is partition 0 at offset 5."""

        def poll() -> None:
            listener = self.consumption.listener
            self.starts = listener.assigned({named(name): at for name, at in offsets.items()})
            listener.started()

        return poll

    def revoke(self, *names: str) -> Any:
        return lambda: self.consumption.listener.revoked({named(name) for name in names})

    def lose(self, *names: str) -> Any:
        return lambda: self.consumption.listener.lost({named(name) for name in names})

    def later(self, seconds: float) -> None:
        self.clock.time += seconds

    @property
    def context(self) -> Any:
        return self.task.context


def named(name: str) -> TopicPartition:
    return {"a": A, "b": B}[name]


def messages(*values: str, partition: int = 0, start: int = 0) -> list[Message]:
    return [
        Message(value.encode(), start + i, partition_=partition) for i, value in enumerate(values)
    ]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testStandardLifecycle")
def test_records_are_put_and_committed_when_the_task_ends() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x", "y"))
    assert bench.task.puts == [[], ["x", "y"]]
    assert bench.task.calls == [
        "start",
        ("open", [0]),
        ("pre_commit", {0: 2}),
        ("close", [0]),
        "stop",
    ]
    assert bench.consumption.calls == [("commit_now", {0: 2}), "close"]
    assert bench.link.states == [State.RUNNING]
    assert bench.link.topics == ["t"]


def test_a_topic_is_reported_again_once_the_user_had_it_forgotten() -> None:
    bench = Bench()

    def forget() -> None:
        bench.link.topics_epoch += 1

    polls = messages("x"), messages("y", start=1), forget, messages("z", start=2)
    bench.run(bench.assign(a=0), *polls)
    assert bench.link.topics == ["t", "t"]


def test_put_is_called_without_records_too() -> None:
    bench = Bench()
    bench.run(None, None, None)
    assert bench.task.puts == [[], [], []]


def test_poll_waits_a_second_at_most_and_no_longer_than_to_the_commit_or_the_wish() -> None:
    bench = Bench(lambda: bench.context.timeout(30), lambda: None, lambda: bench.later(0.5))
    bench.run(None, None, None, None)
    assert bench.consumption.timeouts == pytest.approx([1, 0.03, 0.8, 0.2])


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPollRedelivery")
def test_records_are_offered_again_after_a_retriable_error() -> None:
    paused: list[Any] = []
    bench = Bench(lambda: None, RetriableError("busy"), RetriableError("busy"))

    def look() -> None:
        paused.append(set(bench.consumption.paused))

    bench.run(bench.assign(a=0, b=0), messages("x"), look, look)
    assert bench.task.puts == [[], ["x"], ["x"], ["x"]]
    assert paused == [{A, B}, {A, B}]
    assert bench.consumption.paused == set()
    assert bench.consumption.calls[0] == ("commit_now", {0: 1, 1: 0})


def test_records_that_come_while_retrying_are_kept_behind() -> None:
    bench = Bench(lambda: None, RetriableError("busy"))
    bench.run(bench.assign(a=0), messages("x"), messages("y", start=1))
    assert bench.task.puts[-1] == ["x", "y"]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPollRedeliveryWithConsumerRebalance")
def test_records_of_a_revoked_partition_are_not_offered_again() -> None:
    bench = Bench(lambda: None, RetriableError("busy"))
    both = [*messages("x"), *messages("y", partition=1)]
    bench.run(bench.assign(a=0, b=0), both, bench.revoke("a"))
    assert bench.task.puts[-1] == ["y"]
    assert ("commit_now", {0: 1}) not in bench.consumption.calls


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testErrorInPut")
def test_other_error_of_put_fails_the_task_after_closing() -> None:
    bench = Bench(lambda: None, lambda: None, ValueError("boom"))
    text = r"Exiting WorkerSinkTask due to unrecoverable exception\. .*ValueError: boom"
    with pytest.raises(ConnectError, match=text):
        bench.run(bench.assign(a=0), messages("x"), messages("y", start=1))
    assert bench.consumption.calls == [("commit_now", {0: 1}), "close"]
    assert bench.task.calls[-2:] == [("close", [0]), "stop"]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testSuppressCloseErrors")
def test_error_in_closing_does_not_hide_why_the_task_failed() -> None:
    bench = Bench(lambda: None, ValueError("boom"))
    bench.task.close = lambda _partitions: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ConnectError, match="boom"):
        bench.run(bench.assign(a=0), messages("x"))


def test_what_a_stop_took_is_not_left_to_leave_the_group() -> None:
    bench = Bench()
    bench.task.close = lambda _partitions: bench.later(1.5)  # type: ignore[method-assign,assignment]
    bench.run(bench.assign(a=0), messages("x"))
    assert bench.consumption.left_within_s == pytest.approx(4.0 - 1.5)


def test_a_task_that_cannot_start_has_time_to_leave_the_group() -> None:
    bench = Bench()
    bench.task.start = lambda _props: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.consumption.left_within_s == 4.0


def test_error_in_closing_fails_the_task() -> None:
    bench = Bench()
    bench.task.close = lambda _partitions: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run(bench.assign(a=0))
    assert bench.task.calls[-1] == "stop"


# -- commits ---------------------------------------------------------------------------------------


def due(bench: Bench) -> Any:
    """A poll after which a commit is due."""
    return lambda: bench.later(1.5)


def test_offsets_are_committed_when_due() -> None:
    bench = Bench()
    bench.run(bench.assign(a=5), messages("x", start=5), due(bench), None, None)
    assert bench.consumption.calls == [("commit", {0: 6}), "close"]
    assert bench.link.metrics["offset-commit-seq-no"] == 2
    assert bench.link.metrics["offset-commit-completion-total"] == 2


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testRequestCommit")
def test_task_may_have_offsets_committed_at_once() -> None:
    bench = Bench(lambda: None)
    bench.task.script.append(bench.context.request_commit)
    bench.run(bench.assign(a=0), messages("x"), None)
    assert ("commit", {0: 1}) in bench.consumption.calls


def test_unchanged_offsets_are_not_committed() -> None:
    bench = Bench()
    bench.run(bench.assign(a=5), due(bench), None)
    assert bench.consumption.calls == ["close"]


def test_task_decides_what_is_committed(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.task.wanted = {A: OffsetAndMetadata(2), B: OffsetAndMetadata(99)}
    bench.run(bench.assign(a=0, b=0), messages("x", "y", "z"))
    assert bench.consumption.calls[0] == ("commit_now", {0: 2, 1: 0})
    assert "Ignoring offset 99 of t-1" in caplog.text


@pytest.mark.mirrors(
    "connect/runtime WorkerSinkTaskTest#testPreCommitFailureAfterPartialRevocation"
)
def test_failed_pre_commit_has_records_delivered_again(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.task.wanted = ValueError("not durable")
    bench.run(bench.assign(a=3), messages("x", start=3), due(bench), messages("x", start=3))
    assert bench.consumption.calls == [("seek", 0, 3), "close"]
    assert "pre_commit failed" in caplog.text
    assert "Committing offsets failed" not in caplog.text
    assert bench.task.puts[-1] == ["x"]


def test_failed_commit_is_tried_again_when_due(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.consumption.commit_error = ConnectError("no coordinator")
    bench.run(bench.assign(a=0), messages("x"), due(bench), due(bench), None)
    commits = [call for call in bench.consumption.calls if call[0] == "commit"]
    assert commits == [("commit", {0: 1})] * 2
    assert "no coordinator" in caplog.text


def test_commit_that_a_rebalance_overtook_is_made_again_after_a_second(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.consumption.commit_error = OvertakenError("old generation")
    bench.loop._settings = dataclasses.replace(bench.loop._settings, flush_interval_s=60.0)

    def ask() -> None:
        bench.context.request_commit()

    def take() -> None:
        bench.consumption.commit_error = None
        bench.later(1.0)

    bench.run(bench.assign(a=0), messages("x"), ask, None, take, None)
    commits = [call for call in bench.consumption.calls if call[0] == "commit"]
    assert commits == [("commit", {0: 1})] * 2
    assert "Committing offsets failed" not in caplog.text


def test_commit_without_answer_holds_the_next_one_up_or_the_offset_might_go_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.consumption.answers = False

    def commits() -> list[Any]:
        return [call for call in bench.consumption.calls if call[0] == "commit"]

    def answer_late() -> None:
        assert commits() == [("commit", {0: 1})]
        bench.consumption.listener.commit_answered(None, {A: OffsetAndMetadata(1)})

    late = [due(bench), due(bench), answer_late]
    bench.run(bench.assign(a=0), messages("x"), due(bench), messages("y", start=1), *late, None)
    assert commits() == [("commit", {0: 1}), ("commit", {0: 2})]
    assert caplog.text.count("no answer after offset.flush.timeout.ms") == 1
    assert bench.link.metrics["offset-commit-skip-total"] == 0


def test_commit_that_is_never_answered_is_given_up_and_an_answer_then_does_not_count() -> None:
    bench = Bench()
    bench.consumption.answers = False

    def answer_late() -> None:
        bench.consumption.listener.commit_answered(None, {A: OffsetAndMetadata(1)})

    bench.run(
        bench.assign(a=0),
        messages("x"),
        due(bench),
        messages("y", start=1),
        lambda: bench.later(120),
        answer_late,
    )
    commits = [call for call in bench.consumption.calls if call[0] == "commit"]
    assert commits == [("commit", {0: 1}), ("commit", {0: 2})]
    assert bench.link.metrics["offset-commit-skip-total"] == 1


def test_failed_closing_commit_is_only_logged(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    bench.consumption.commit_error = ConnectError("no coordinator")
    bench.run(bench.assign(a=0), messages("x"))
    assert "no coordinator" in caplog.text


def test_answer_to_a_commit_under_way_is_waited_for_before_the_last_commit() -> None:
    bench = Bench()
    bench.consumption.answers = False

    def answer() -> None:
        bench.consumption.listener.commit_answered(None, {A: OffsetAndMetadata(1)})

    bench.consumption.on_serve = answer
    bench.run(bench.assign(a=0), messages("x"), due(bench), messages("y", start=1))
    assert bench.consumption.calls == [("commit", {0: 1}), "serve", ("commit_now", {0: 2}), "close"]


def test_last_commit_does_not_wait_for_ever() -> None:
    bench = Bench()
    bench.consumption.answers = False
    bench.run(bench.assign(a=0), messages("x"), due(bench), None)
    assert bench.consumption.calls[-2:] == [("commit_now", {0: 1}), "close"]
    assert bench.consumption.calls.count("serve") == 5


def test_commit_under_way_does_not_make_polls_hasty() -> None:
    bench = Bench()
    bench.consumption.answers = False
    bench.run(bench.assign(a=0), messages("x"), due(bench), lambda: bench.later(0.2), None)
    assert bench.consumption.timeouts[-1] == 1


# -- partitions come and go ------------------------------------------------------------------------


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPartialRevocationAndAssignment")
def test_only_revoked_partitions_are_committed_and_closed() -> None:
    bench = Bench()
    both = [*messages("x"), *messages("y", partition=1)]
    bench.run(bench.assign(a=0, b=0), both, bench.revoke("b"), messages("z", start=1))
    assert bench.task.calls[1:] == [
        ("open", [0, 1]),
        ("pre_commit", {1: 1}),
        ("close", [1]),
        ("pre_commit", {0: 2}),
        ("close", [0]),
        "stop",
    ]
    assert bench.consumption.calls[:2] == [("commit_now", {1: 1}), ("commit_now", {0: 2})]


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testRebalanceLost")
def test_lost_partitions_are_closed_without_a_commit() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), bench.lose("a"))
    assert bench.task.calls == ["start", ("open", [0]), ("close", [0]), "stop"]
    assert bench.consumption.calls == ["close"]


def test_failed_pre_commit_in_closing_commits_nothing_but_closes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.task.wanted = ValueError("not durable")
    bench.run(bench.assign(a=0), messages("x"), bench.revoke("a"))
    assert bench.task.calls[2:4] == [("pre_commit", {0: 1}), ("close", [0])]
    assert bench.consumption.calls == ["close"]
    assert "pre_commit failed" in caplog.text
    assert "Committing offsets failed" not in caplog.text


def test_task_may_say_where_to_begin_when_partitions_come() -> None:
    bench = Bench()
    bench.task.open = lambda partitions: bench.context.offset({A: 40})  # type: ignore[method-assign]
    bench.run(bench.assign(a=5, b=6))
    assert bench.starts == {A: 40, B: 6}
    assert bench.consumption.calls == ["close"]


def test_partition_whose_begin_nobody_knows_is_read_all_the_same() -> None:
    bench = Bench()
    bench.run(bench.assign(a=None), messages("x", start=70))
    assert bench.starts == {}
    assert bench.consumption.calls[0] == ("commit_now", {0: 71})


def test_task_may_go_on_elsewhere_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(lambda: None, lambda: bench.context.offset({A: 2, B: 9}))
    bench.run(bench.assign(a=0), messages("x"), None)
    assert bench.consumption.calls == [("seek", 0, 2), "close"]
    assert "not assigned" in caplog.text


def test_going_elsewhere_is_tried_again_when_it_is_not_possible_yet() -> None:
    bench = Bench(lambda: None, lambda: bench.context.offset({A: 2}))
    bench.consumption.can_seek = False

    def can_seek() -> None:
        bench.consumption.can_seek = True

    bench.run(bench.assign(a=0), None, can_seek, None, None)
    assert bench.consumption.calls == [("seek", 0, 2), ("seek", 0, 2), "close"]


# -- pausing ---------------------------------------------------------------------------------------


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testPause")
def test_paused_task_stays_in_its_group_and_commits() -> None:
    seen: list[Any] = []

    def pause() -> None:
        bench.link.set_target_state(TargetState.PAUSED)

    def resume() -> None:
        seen.append(set(bench.consumption.paused))
        bench.link.set_target_state(TargetState.STARTED)

    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), pause, resume, None)
    assert bench.link.states == [State.RUNNING, State.PAUSED, State.RUNNING]
    assert seen == [{A}]
    assert bench.consumption.paused == set()
    assert bench.consumption.calls[0] == ("commit", {0: 1})


@pytest.mark.mirrors("connect/runtime WorkerSinkTaskTest#testTaskPauseResume")
def test_partitions_the_task_paused_stay_paused_when_the_user_resumes() -> None:
    def pause() -> None:
        bench.link.set_target_state(TargetState.PAUSED)

    def resume() -> None:
        bench.link.set_target_state(TargetState.STARTED)

    bench = Bench(lambda: bench.context.pause(A))
    bench.run(bench.assign(a=0, b=0), pause, resume, None)
    assert bench.consumption.paused == {A}


def test_partitions_paused_in_open_are_paused_once_they_are_read() -> None:
    bench = Bench()
    bench.task.open = lambda partitions: bench.context.pause(A)  # type: ignore[method-assign]
    bench.run(bench.assign(a=0, b=0))
    assert bench.consumption.paused == {A}


def test_new_partitions_are_paused_with_the_others() -> None:
    bench = Bench()
    bench.link.set_target_state(TargetState.PAUSED)
    bench.run(bench.assign(a=0))
    assert bench.consumption.paused == {A}


def test_new_partitions_are_paused_while_records_are_retried() -> None:
    bench = Bench(lambda: None, RetriableError("busy"), RetriableError("busy"))
    seen: list[Any] = []
    look = lambda: seen.append(set(bench.consumption.paused))  # noqa: E731 - a poll
    bench.run(bench.assign(a=0), messages("x"), bench.assign(b=0), look, None)
    assert seen == [{A, B}]
    assert bench.consumption.paused == set()


def test_partitions_that_stay_are_neither_paused_nor_resumed_when_others_come() -> None:
    bench = Bench()
    bench.run(bench.assign(a=0), messages("x"), bench.assign(b=0), None)
    assert bench.task.calls[1:3] == [("open", [0]), ("open", [1])]
    assert A not in set().union(*bench.consumption.touched[2:])


def test_a_rewind_of_a_partition_that_goes_is_forgotten_and_others_stand() -> None:
    bench = Bench()

    def rewind_both() -> list[Any]:
        bench.context.offset({A: 3, B: 4})
        bench.consumption.listener.revoked({B})
        return []

    bench.run(bench.assign(a=5, b=5), rewind_both, None)
    assert [call for call in bench.consumption.calls if call[0] == "seek"] == [("seek", 0, 3)]


def test_error_of_the_consumer_fails_the_task_after_closing() -> None:
    bench = Bench()
    with pytest.raises(ConnectError, match="not allowed"):
        bench.run(bench.assign(a=0), messages("x"), ConnectError("not allowed"))
    assert bench.consumption.calls == [("commit_now", {0: 1}), "close"]


def test_task_that_cannot_start_is_stopped() -> None:
    bench = Bench()
    bench.task.start = lambda _props: 1 / 0  # type: ignore[method-assign,assignment]
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.task.calls == ["stop"]
    assert bench.consumption.calls == ["close"]
    assert bench.link.states == []


def assigned_set(partitions: Set[TopicPartition]) -> list[int]:
    return sorted(where.partition for where in partitions)


def test_assignment_is_shown_to_the_task() -> None:
    seen: list[Any] = []
    bench = Bench(lambda: seen.append(assigned_set(bench.context.assignment)))
    bench.run(bench.assign(a=0, b=0), bench.revoke("a"), None)
    assert seen == [[0, 1]]


def test_nothing_is_put_or_committed_without_a_lease() -> None:
    def lose() -> list[Message]:
        bench.link.lease_error = LeaseLost()
        return messages("b", start=1)

    bench = Bench()
    with pytest.raises(LeaseLost):
        bench.run(bench.assign(a=0), messages("a"), lose)
    assert [values for values in bench.task.puts if values] == [["a"]]
    assert bench.consumption.calls == ["close"]


def test_a_commit_is_not_sent_when_pre_commit_outlasted_the_lease() -> None:
    def lose(offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> Any:
        bench.link.lease_error = LeaseLost()
        return offsets

    bench = Bench()
    bench.task.pre_commit = lose  # type: ignore[method-assign, assignment]
    with pytest.raises(LeaseLost):
        bench.run(bench.assign(a=0), messages("a"))
    assert bench.consumption.calls == ["close"]
