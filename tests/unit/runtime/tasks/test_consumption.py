# SPDX-License-Identifier: Apache-2.0
"""Reading for a sink task, with a client that obeys the test."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pytest

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.errors import ConnectError
from barnabas.kafka import consumer as kafka
from barnabas.kafka import layering
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.runtime.tasks.consumption import Consumption, OvertakenError
from barnabas.runtime.tasks.subscription import Subscription
from barnabas.testing import MemoryTaskLink
from tests.unit.runtime.pipeline.test_sink import Message as Record
from tests.unit.runtime.tasks.doubles import WORKER, Clock

A, B = TopicPartition("t", 0), TopicPartition("t", 1)


class Message(Record):
    """A record or what is reported in its place."""

    reason: KafkaError | None = None

    def error(self) -> KafkaError | None:
        return self.reason


def record(value: bytes = b"v") -> Message:
    return Message(value)


def report(code: int, text: str = "because") -> Message:
    message = Message(None)
    message.reason = KafkaError(code, text)
    return message


class Client:
    """A consumer: plays a script, remembers calls."""

    def __init__(self) -> None:
        self.script: list[Any] = []
        self.asked: list[tuple[int, float]] = []
        self.calls: list[Any] = []
        self.topics: list[str] = []
        self.looked_for: list[str | None] = []
        self.partitions = 1
        self.stored: dict[tuple[str, int], int] = {}
        self.errors: list[Exception] = []
        self.callbacks: dict[str, Any] = {}
        self.members: list[str] = []

    def consume(self, count: int, timeout: float) -> list[Any]:
        self.asked.append((count, timeout))
        step = self.script.pop(0) if self.script else []
        return (step() if callable(step) else step) or []

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        self.calls.append(("subscribe", topics))
        self.callbacks = callbacks

    def committed(self, partitions: list[Any], timeout: float) -> list[Any]:
        if self.errors:
            raise self.errors.pop(0)
        return [
            kafka.TopicPartition(
                p.topic, p.partition, self.stored.get((p.topic, p.partition), -1001)
            )
            for p in partitions
        ]

    def get_watermark_offsets(self, partition: Any, timeout: float) -> tuple[int, int]:
        return (10, 90)

    def list_topics(self, topic: str | None = None, timeout: float = -1) -> Any:
        if self.errors:
            raise self.errors.pop(0)
        self.looked_for.append(topic)
        found = type("Topic", (), {"error": None, "partitions": range(self.partitions)})
        return type("Metadata", (), {"topics": dict.fromkeys(self.topics, found)})

    def assign(self, partitions: list[Any]) -> None:
        self.calls.append(("assign", [(p.partition, p.offset) for p in partitions]))

    def incremental_assign(self, partitions: list[Any]) -> None:
        self.calls.append(("incremental_assign", [(p.partition, p.offset) for p in partitions]))

    def pause(self, partitions: list[Any]) -> None:
        self.calls.append(("pause", [p.partition for p in partitions]))

    def resume(self, partitions: list[Any]) -> None:
        self.calls.append(("resume", [p.partition for p in partitions]))

    def seek(self, partition: Any) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.calls.append(("seek", partition.partition, partition.offset))

    def commit(self, *, offsets: list[Any], asynchronous: bool) -> list[Any]:
        if self.errors:
            raise self.errors.pop(0)
        self.calls.append(("commit", asynchronous, [(p.partition, p.offset) for p in offsets]))
        return offsets

    def unsubscribe(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.calls.append("unsubscribe")

    def memberid(self) -> str:
        return self.members.pop(0) if self.members else ""

    def close(self) -> None:
        self.calls.append("close")


class Listener:
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.starts: dict[TopicPartition, int] = {}
        self.error: Exception | None = None

    def assigned(self, offsets: Mapping[TopicPartition, int | None]) -> dict[TopicPartition, int]:
        self.heard.append(("assigned", dict(offsets)))
        if self.error is not None:
            raise self.error
        return {**{w: o for w, o in offsets.items() if o is not None}, **self.starts}

    def started(self) -> None:
        self.heard.append("started")

    def revoked(self, partitions: Set[TopicPartition]) -> None:
        self.heard.append(("revoked", set(partitions)))

    def lost(self, partitions: Set[TopicPartition]) -> None:
        self.heard.append(("lost", set(partitions)))

    def commit_answered(
        self, error: ConnectError | None, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> None:
        self.heard.append(("answer", error and error.message, dict(offsets)))


class Bench:
    """A consumption with everything around it."""

    def __init__(
        self,
        *,
        pattern: str | None = None,
        limit: int | None = None,
        partitions: int = 0,
        **settings: str,
    ) -> None:
        self.client = Client()
        self.clock = Clock()
        self.link = MemoryTaskLink()
        self.listener = Listener()
        self.limit = limit
        self.offers: list[str | None] = []
        overrides = {f"consumer.override.{k.replace('_', '.')}": v for k, v in settings.items()}
        self.consumption = Consumption(
            layering.task_consumer(WORKER, overrides, "c", 0),
            Subscription(("t",) if pattern is None else (), pattern),
            self.link,
            open_consumer=self.open,
            now=self.clock,
        )
        self.client.topics = ["t"] * (partitions > 0)
        self.client.partitions = partitions
        self.consumption.subscribe(self.listener)
        self.client.topics = []
        self.client.looked_for.clear()

    def open(self, properties: layering.ClientProperties, *, on_commit: Any) -> kafka.OpenConsumer:
        self.answer = on_commit
        self.offers.append(properties.values.get("partition.assignment.strategy"))
        return kafka.OpenConsumer(self.client, None, self.limit, True)  # type: ignore[arg-type]

    def poll(self, *script: Any, timeout_s: float = 1.0) -> list[Any]:
        self.client.script += script
        return self.consumption.poll(timeout_s)

    def rebalance(self, what: str, *partitions: TopicPartition) -> None:
        chosen = [kafka.TopicPartition(*where) for where in partitions]
        self.client.callbacks[what](self.client, chosen)


def error(code: int) -> KafkaException:
    return KafkaException(KafkaError(code, "because"))


# -- polling ---------------------------------------------------------------------------------------


def test_what_is_there_is_taken_without_waiting() -> None:
    bench = Bench()
    assert len(bench.poll([record()] * 3)) == 3
    assert bench.client.asked == [(10_000, 0)]


def test_first_record_ends_the_wait_and_the_others_come_with_it() -> None:
    bench = Bench()
    assert len(bench.poll([], [record()], [record()] * 2)) == 3
    assert bench.client.asked == [(10_000, 0), (1, 0.1), (9_999, 0)]


@pytest.mark.parametrize("limit", [1, 7])
def test_batch_is_no_larger_than_max_poll_records(limit: int) -> None:
    bench = Bench(limit=limit)
    bench.poll([], [record()])
    assert [count for count, _ in bench.client.asked] == [limit, 1, limit - 1][
        : 2 if limit == 1 else 3
    ]


def test_wait_ends_in_time() -> None:
    bench = Bench()

    def nothing() -> None:
        bench.clock.time += 0.1

    assert bench.poll([], *[nothing] * 50, timeout_s=0.45) == []
    assert len(bench.client.asked) == 6


def test_wait_ends_when_the_task_is_to_stop() -> None:
    bench = Bench()
    assert bench.poll([], bench.link.stop, timeout_s=1000) == []


def test_end_of_partition_is_no_record() -> None:
    good = record()
    assert Bench().poll([good, report(KafkaError._PARTITION_EOF)]) == [good]


def test_missing_topic_is_waited_for_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    for _ in range(3):
        assert bench.poll([report(KafkaError.UNKNOWN_TOPIC_OR_PART)]) == []
    assert caplog.text.count("Topic t does not exist") == 1


def test_missing_topic_is_looked_for_until_it_is_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    bench = Bench()
    bench.poll([report(KafkaError.UNKNOWN_TOPIC_OR_PART)])
    for _ in range(2):
        bench.clock.time += 1
        bench.poll([record()])
    bench.client.topics = ["t"]
    for _ in range(3):
        bench.clock.time += 1
        bench.poll([record()])
    assert bench.client.looked_for == ["t", "t", "t"]
    assert "Topic t exists now" in caplog.text


def test_broker_that_is_away_leaves_a_missing_topic_missing() -> None:
    bench = Bench()
    bench.poll([report(KafkaError.UNKNOWN_TOPIC_OR_PART)])
    bench.client.errors = [error(KafkaError._TRANSPORT)]
    bench.client.topics = ["t"]
    for _ in range(3):
        bench.clock.time += 1
        bench.poll([record()])
    assert bench.client.looked_for == ["t"]


def test_slow_put_is_told_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    Bench().poll([report(KafkaError._MAX_POLL_EXCEEDED)])
    assert "consumer.override.max.poll.interval.ms" in caplog.text


def test_passing_trouble_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert Bench().poll([report(KafkaError._TRANSPORT, "broken pipe")]) == []
    assert "broken pipe" in caplog.text


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError._AUTO_OFFSET_RESET,
    ],
)
def test_trouble_that_stays_fails_the_task(code: int) -> None:
    with pytest.raises(ConnectError, match="Reading t failed: because"):
        Bench().poll([report(code)])


def test_a_consumer_that_is_not_polled_stays_in_its_group() -> None:
    bench = Bench()
    bench.clock.time += 74
    bench.consumption._watch.look()
    assert bench.client.asked == []
    bench.clock.time += 1
    bench.consumption._watch.look()
    assert bench.client.asked == [(0, 0)]
    bench.poll([record()])
    bench.consumption._watch.look()
    assert (0, 0) not in bench.client.asked[1:]


def test_nothing_is_asked_of_a_closed_consumer() -> None:
    bench = Bench(max_poll_interval_ms="8", session_timeout_ms="4")
    bench.consumption.close(1.0)
    assert not bench.consumption._watch._thread.is_alive()


def test_callbacks_are_served_without_reading_on() -> None:
    bench = Bench()
    bench.consumption.serve(0.5)
    assert bench.client.asked == [(1, 0.5)]


# -- topics ----------------------------------------------------------------------------------------


def test_list_of_topics_is_subscribed_at_once() -> None:
    bench = Bench()
    bench.poll([record()])
    assert bench.client.calls == [("subscribe", ["t"])]


def test_pattern_is_looked_up_again_and_again() -> None:
    bench = Bench(pattern="a.*")
    bench.poll([record()])
    assert bench.client.calls == []
    bench.client.topics = ["b", "ab", "aa"]
    bench.poll([record()])
    assert bench.client.calls == []
    bench.clock.time += 5
    bench.poll([record()])
    bench.clock.time += 60
    bench.poll([record()])
    bench.client.topics = ["aa", "ac"]
    bench.clock.time += 60
    bench.poll([record()])
    assert bench.client.calls == [("subscribe", ["aa", "ab"]), ("subscribe", ["aa", "ac"])]


def test_broker_that_cannot_be_reached_changes_no_subscription(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench(pattern="a.*")
    bench.client.errors = [error(KafkaError._TRANSPORT)]
    bench.poll([record()])
    assert "Listing topics failed" in caplog.text
    assert bench.client.calls == []


# -- partitions ------------------------------------------------------------------------------------


def test_reading_begins_at_committed_offsets_or_the_earliest() -> None:
    bench = Bench()
    bench.client.stored = {("t", 1): 55}
    bench.rebalance("on_assign", A, B)
    assert bench.listener.heard == [("assigned", {A: 10, B: 55}), "started"]
    assert bench.client.calls[-1] == ("incremental_assign", [(0, 10), (1, 55)])


def test_reading_begins_at_the_latest_if_so_set() -> None:
    bench = Bench(auto_offset_reset="latest")
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == ("incremental_assign", [(0, 90)])


def test_broker_decides_where_nobody_else_can() -> None:
    bench = Bench(auto_offset_reset="none")
    bench.rebalance("on_assign", A)
    assert bench.listener.heard[0] == ("assigned", {A: None})
    assert bench.client.calls[-1] == ("incremental_assign", [(0, kafka.OFFSET_INVALID)])


def test_listener_may_choose_where_to_begin() -> None:
    bench = Bench()
    bench.listener.starts = {A: 33}
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == ("incremental_assign", [(0, 33)])


@pytest.mark.parametrize(
    ("settings", "call"),
    [
        ({}, "incremental_assign"),
        ({"partition_assignment_strategy": "cooperative-sticky"}, "incremental_assign"),
        ({"partition_assignment_strategy": "range"}, "assign"),
        ({"group_protocol": "consumer"}, "incremental_assign"),
    ],
)
def test_assignment_comes_as_changes_unless_it_is_eager(
    settings: dict[str, str], call: str
) -> None:
    bench = Bench(**settings)
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == (call, [(0, 10)])


def test_records_of_a_partition_that_goes_while_the_rest_is_read_are_left_to_others() -> None:
    bench = Bench()
    first, other = Message(b"a", partition_=0), Message(b"b", partition_=1)

    def revoke() -> list[Any]:
        bench.rebalance("on_revoke", A)
        return [other]

    assert bench.poll([], [first], revoke) == [other]


def test_records_of_a_partition_that_went_and_came_back_are_kept() -> None:
    bench = Bench()

    def move() -> list[Any]:
        bench.rebalance("on_revoke", A)
        bench.rebalance("on_assign", A)
        return []

    good = Message(b"a", partition_=0)
    assert bench.poll([], move, [good]) == [good]
    bench.rebalance("on_revoke", A)
    assert bench.poll([good]) == [good], "only what went in the same poll is dropped"


def test_refused_member_opens_its_consumer_anew_with_the_other_kind() -> None:
    bench = Bench()
    refusal = report(KafkaError.INCONSISTENT_GROUP_PROTOCOL)
    for _ in range(6):
        assert bench.poll([refusal]) == []
        bench.clock.time += 3
    assert bench.offers == ["cooperative-sticky"]
    bench.poll([record()])
    assert bench.offers == ["cooperative-sticky", "range,roundrobin"]
    rejoined = ["unsubscribe", "close", ("subscribe", ["t"])]
    assert bench.client.calls == [("subscribe", ["t"]), *rejoined]
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == ("assign", [(0, 10)])


def test_more_partitions_than_are_quickly_dealt_out_cooperatively_are_dealt_out_eagerly() -> None:
    bench = Bench(partitions=2001)
    assert bench.offers == ["cooperative-sticky", "range,roundrobin"]
    assert bench.client.calls == ["unsubscribe", "close", ("subscribe", ["t"])]
    assert Bench(partitions=2000).offers == ["cooperative-sticky"]


def test_partitions_of_topics_that_match_count_too() -> None:
    bench = Bench(pattern="a.*")
    bench.client.topics, bench.client.partitions = ["aa", "ab", "b"], 1001
    bench.poll([record()])
    assert bench.offers == ["cooperative-sticky", "range,roundrobin"]
    assert bench.client.calls == ["unsubscribe", "close", ("subscribe", ["aa", "ab"])]
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == ("assign", [(0, 10)])


def test_partitions_a_refused_member_still_had_are_given_back() -> None:
    bench = Bench()
    bench.rebalance("on_assign", A)
    bench.client.close = lambda: bench.rebalance("on_lost", A)  # type: ignore[method-assign]
    for _ in range(7):
        bench.poll([report(KafkaError.INCONSISTENT_GROUP_PROTOCOL)])
        bench.clock.time += 3
    assert bench.listener.heard[-1] == ("lost", {A})


def test_listener_hears_of_partitions_that_go() -> None:
    bench = Bench()
    bench.rebalance("on_revoke", A)
    bench.rebalance("on_lost", B)
    bench.rebalance("on_revoke")
    assert bench.listener.heard == [("revoked", {A}), ("lost", {B})]


def test_error_in_the_listener_is_raised_by_the_poll() -> None:
    bench = Bench()
    bench.listener.error = ValueError("open failed")
    with pytest.raises(ValueError, match="open failed"):
        bench.poll([], lambda: bench.rebalance("on_assign", A))
    assert bench.poll([record()])


def test_passing_trouble_in_reading_offsets_is_outlasted() -> None:
    bench = Bench()
    bench.link.wait = lambda _timeout_s: False  # type: ignore[method-assign]
    bench.client.errors = [error(KafkaError._TIMED_OUT), error(KafkaError.NOT_COORDINATOR)]
    bench.rebalance("on_assign", A)
    assert bench.client.calls[-1] == ("incremental_assign", [(0, 10)])


def test_offsets_that_may_not_be_read_fail_the_task() -> None:
    bench = Bench()
    bench.client.errors = [error(KafkaError.GROUP_AUTHORIZATION_FAILED)]
    with pytest.raises(ConnectError, match="Reading committed offsets failed"):
        bench.poll([], lambda: bench.rebalance("on_assign", A))


def test_pause_and_resume_reach_the_client_only_for_partitions() -> None:
    bench = Bench()
    bench.consumption.pause({A})
    bench.consumption.pause(())
    bench.consumption.resume([B])
    bench.consumption.resume(())
    assert bench.client.calls[1:] == [("pause", [0]), ("resume", [1])]


def test_seek_says_whether_it_worked() -> None:
    bench = Bench()
    bench.client.errors = [error(KafkaError._STATE)]
    assert not bench.consumption.seek(A, 5)
    assert bench.consumption.seek(A, 5)
    assert bench.client.calls[-1] == ("seek", 0, 5)


# -- commits ---------------------------------------------------------------------------------------

OFFSETS = {A: OffsetAndMetadata(7, "m")}


def test_commit_is_begun_and_its_answer_is_passed_on() -> None:
    bench = Bench()
    bench.consumption.commit(OFFSETS)
    assert bench.client.calls[-1] == ("commit", True, [(0, 7)])
    bench.answer(None, [kafka.TopicPartition("t", 0, 7, metadata="m")])
    assert bench.listener.heard == [("answer", None, OFFSETS)]


def test_error_in_the_answer_is_passed_on() -> None:
    bench = Bench()
    bench.answer(KafkaError(KafkaError.REBALANCE_IN_PROGRESS, "because"), [])
    ((_, text, _),) = bench.listener.heard
    assert "Committing offsets failed: because" in text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (KafkaError.ILLEGAL_GENERATION, OvertakenError),
        (KafkaError.REBALANCE_IN_PROGRESS, OvertakenError),
        (KafkaError.GROUP_AUTHORIZATION_FAILED, ConnectError),
    ],
)
def test_commit_that_a_rebalance_overtook_is_told_apart(code: int, kind: type) -> None:
    bench = Bench()
    told: list[Any] = []
    bench.listener.commit_answered = lambda error, _offsets: told.append(type(error))  # type: ignore[method-assign]
    bench.answer(KafkaError(code, "because"), [])
    assert told == [kind]


@pytest.mark.parametrize("method", ["commit", "commit_now"])
def test_commit_that_fails_at_once_is_told(method: str) -> None:
    bench = Bench()
    bench.client.errors = [error(KafkaError._NO_OFFSET)]
    with pytest.raises(ConnectError, match="Committing offsets failed"):
        getattr(bench.consumption, method)(OFFSETS)


def test_an_error_in_hearing_of_partitions_is_raised_although_records_came_with_it() -> None:
    def move() -> list[Any]:
        bench.rebalance("on_assign", B)
        return [record()]

    bench = Bench()
    bench.listener.error = ValueError("open failed")
    with pytest.raises(ValueError, match="open failed"):
        bench.poll([], move)


def test_a_rebalance_that_brings_nothing_new_is_told_all_the_same() -> None:
    bench = Bench()
    bench.rebalance("on_assign")
    bench.rebalance("on_lost")
    bench.rebalance("on_revoke")
    assert bench.listener.heard == ["started"]


def test_an_error_in_giving_partitions_back_at_the_end_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.listener.error = ValueError("open failed")
    bench.rebalance("on_assign", A)
    bench.consumption.close(0.0)
    assert "could not be given back" in caplog.text
    assert "open failed" in caplog.text


def test_commit_now_waits_for_the_answer() -> None:
    bench = Bench()
    bench.consumption.commit_now(OFFSETS)
    assert bench.client.calls[-1] == ("commit", False, [(0, 7)])


def test_close_leaves_the_group_and_tells_nobody() -> None:
    bench = Bench()
    bench.client.members = ["m", "m"]
    bench.client.script = [lambda: bench.rebalance("on_revoke", A)]
    bench.consumption.close(5.0)
    bench.answer(None, [])
    assert bench.client.calls[-2:] == ["unsubscribe", "close"]
    assert bench.client.asked == [(1, 0.05)] * 2, "serves until it is no member"
    assert bench.listener.heard == []


def test_close_waits_no_longer_than_it_may() -> None:
    bench = Bench()
    bench.client.memberid = lambda: "m"  # type: ignore[method-assign]
    bench.consumption.close(0.01)
    assert bench.client.calls[-1] == "close"


def test_a_group_that_cannot_be_left_is_closed_all_the_same() -> None:
    bench = Bench()
    bench.client.errors = [KafkaException(KafkaError(KafkaError._FATAL, "gone"))]
    bench.consumption.close(1.0)
    assert bench.client.calls[-1] == "close"


@pytest.mark.parametrize(
    "setting",
    [{"partition_assignment_strategy": "range"}, {"group_protocol": "consumer"}],
    ids=["eager", "KIP-848"],
)
def test_other_members_leave_when_they_are_closed(setting: dict[str, str]) -> None:
    bench = Bench(pattern=None, **setting)  # type: ignore[arg-type]
    bench.client.members = ["m"]
    bench.consumption.close(1.0)
    assert bench.client.calls[-1] == "close"
    assert "unsubscribe" not in bench.client.calls
