# SPDX-License-Identifier: Apache-2.0
"""Commits of a sink task, and its going back to what was not durable."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.errors import ConnectError
from barnabas.runtime.tasks.consumption import OvertakenError
from tests.unit.runtime.tasks.test_sink import A, B, Bench, due, messages


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


@pytest.mark.parametrize("is_due", [True, False])
def test_what_the_task_does_to_offsets_it_is_shown_changes_nothing(is_due: bool) -> None:
    def change(offsets: dict[TopicPartition, OffsetAndMetadata]) -> Any:
        offsets.update((where, OffsetAndMetadata(99)) for where in list(offsets))
        return offsets

    bench = Bench()
    bench.task.pre_commit = change  # type: ignore[method-assign,assignment]
    bench.run(bench.assign(a=0), messages("x"), *([due(bench), None] if is_due else []))
    assert bench.consumption.calls == ["close"], "99 was never read"


def test_commits_that_fail_are_counted() -> None:
    bench = Bench()
    bench.consumption.commit_error = ConnectError("no coordinator")
    bench.run(bench.assign(a=0), messages("x"), due(bench), None)
    assert bench.link.metrics["offset-commit-failure-percentage"] == 1


def test_failed_pre_commits_are_counted() -> None:
    bench = Bench()
    bench.task.wanted = ValueError("not durable")
    bench.run(bench.assign(a=3), messages("x", start=3), due(bench), None)
    assert bench.link.metrics["offset-commit-failure-percentage"] == 1


def test_commits_without_an_answer_are_counted_as_failed() -> None:
    bench = Bench()
    bench.consumption.answers = False
    bench.run(bench.assign(a=0), messages("x"), due(bench), due(bench), due(bench))
    assert bench.link.metrics["offset-commit-failure-percentage"] > 0


# -- going back ------------------------------------------------------------------------------------


def test_what_pre_commit_failed_for_is_not_committed_before_it_was_gone_back_to() -> None:
    bench = Bench()
    bench.consumption.can_seek = False
    failures = [ValueError("not durable")]

    def fail_once(offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> Any:
        if failures:
            raise failures.pop()
        return offsets

    bench.task.pre_commit = fail_once  # type: ignore[method-assign,assignment]
    more = messages("y", start=4)
    bench.run(bench.assign(a=3), messages("x", start=3), due(bench), more, due(bench), None)
    assert bench.task.puts[-1] == []
    assert {call[0] for call in bench.consumption.calls} == {"seek", "c"}, "close, and no commit"
    assert bench.task.calls[-2:] == [("close", [0]), "stop"]


def test_where_the_task_wants_to_go_on_wins_over_a_failed_pre_commit() -> None:
    def fail(_offsets: object) -> Any:
        bench.context.offset({A: 7})
        raise ValueError

    bench = Bench()
    bench.task.pre_commit = fail  # type: ignore[method-assign,assignment]
    bench.run(bench.assign(a=3), messages("x", start=3), due(bench), None)
    assert ("seek", 0, 7) in bench.consumption.calls


def test_what_is_to_be_read_again_is_not_committed_when_partitions_go() -> None:
    bench = Bench(lambda: None, lambda: None)

    def go() -> None:
        bench.context.offset({A: 0})
        bench.consumption.listener.revoked({A})

    bench.run(bench.assign(a=0), messages("x"), go)
    assert bench.consumption.calls == ["close"]


def test_task_may_say_where_to_begin_when_partitions_come() -> None:
    bench = Bench()
    bench.task.open = lambda partitions: bench.context.offset({A: 40})  # type: ignore[method-assign]
    bench.run(bench.assign(a=5, b=6))
    assert bench.starts == {A: 40, B: 6}
    assert ("pre_commit", {0: 40, 1: 6}) in bench.task.calls
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


def test_a_rewind_of_a_partition_that_goes_is_forgotten_and_others_stand() -> None:
    bench = Bench()

    def rewind_both() -> list[Any]:
        bench.context.offset({A: 3, B: 4})
        bench.consumption.listener.revoked({B})
        return []

    bench.run(bench.assign(a=5, b=5), rewind_both, None)
    assert [call for call in bench.consumption.calls if call[0] == "seek"] == [("seek", 0, 3)]
