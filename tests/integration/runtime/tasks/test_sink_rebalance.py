# SPDX-License-Identifier: Apache-2.0
"""Sink tasks of one group on a real broker while members come, go, are slow or of another kind."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from pathlib import Path

import confluent_kafka
import pytest

from barnabas.api import SinkRecord, SinkTask, TopicPartition
from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.tasks import TaskSpec, group_offer
from tests.integration.runtime.tasks.harness import STRING, eventually, running, spec
from tests.services.kafka import KafkaCluster

ROOT = Path(__file__).parents[4]
PARTITIONS = range(4)
ALL = set(PARTITIONS)


class Diary:
    """What happened to the partitions of one task, by their numbers."""

    def __init__(self) -> None:
        self.opened: list[set[int]] = []
        self.closed: list[set[int]] = []
        self.values: list[str] = []
        self.on_put: Callable[[SinkTask, Sequence[SinkRecord]], None] = lambda _task, _records: None


DIARIES: dict[str, Diary] = {}


class DiarySink(SinkTask):
    """Keeps a diary."""

    def start(self, props: Mapping[str, str]) -> None:
        self.diary = DIARIES.setdefault(props["diary"], Diary())

    def open(self, partitions: Set[TopicPartition]) -> None:
        self.diary.opened.append({where.partition for where in partitions})

    def close(self, partitions: Set[TopicPartition]) -> None:
        self.diary.closed.append({where.partition for where in partitions})

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.diary.on_put(self, records)
        self.diary.values += [record.value for record in records]

    def stop(self) -> None:
        pass


def task(kafka: KafkaCluster, name: str, number: int = 0, **consumer: str) -> TaskSpec:
    """A task that notices at once what happens to its group."""
    settings = {"session_timeout_ms": "2000", "heartbeat_interval_ms": "300", **consumer}
    config = {f"consumer__override__{k.replace('_', '__')}": v for k, v in settings.items()}
    config |= {"topics": name, "diary": f"{name}-{number}"}
    sink = f"{__name__}:DiarySink"
    return spec(
        kafka.bootstrap_servers, name, sink, number=number, converter=STRING, worker={}, **config
    )


def diary(name: str, number: int = 0) -> Diary:
    return DIARIES.setdefault(f"{name}-{number}", Diary())


@contextlib.contextmanager
def stranger(kafka: KafkaCluster, name: str, strategy: str) -> Iterator[confluent_kafka.Consumer]:
    """Another member of the group, which the test polls."""
    settings = {
        "bootstrap.servers": kafka.bootstrap_servers,
        "group.id": f"connect-{name}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        "heartbeat.interval.ms": 300,
        "partition.assignment.strategy": strategy,
    }
    consumer = confluent_kafka.Consumer(settings)
    consumer.subscribe([name])
    try:
        yield consumer
    finally:
        consumer.close()


def share(consumer: confluent_kafka.Consumer) -> set[int]:
    """Poll a stranger once; returns what it has."""
    consumer.poll(0.1)
    return {each.partition for each in consumer.assignment()}


def produce(
    kafka: KafkaCluster, name: str, what: str, partitions: Sequence[int] = PARTITIONS
) -> None:
    for partition in partitions:
        kafka.produce(name, [f"{what}-{partition}"], partition=partition)


def held_by(what: Diary) -> set[int]:
    """Partitions a task has now."""
    with_copies = [one for opened in what.opened for one in opened]
    for closed in what.closed:
        for one in closed:
            with_copies.remove(one)
    return set(with_copies)


def group_of(kafka: KafkaCluster, name: str) -> tuple[str, str]:
    told = kafka.group(f"connect-{name}")
    return told.state, told.protocol


@pytest.fixture
def topic(kafka: KafkaCluster, name: str) -> str:
    kafka.create_topic(name, partitions=len(PARTITIONS))
    return name


@pytest.mark.mirrors(
    "connect/runtime SinkConnectorsIntegrationTest#testCooperativeConsumerPartitionAssignment"
)
def test_only_partitions_that_move_are_closed_and_opened(kafka: KafkaCluster, topic: str) -> None:
    produce(kafka, topic, "first")
    first, second = diary(topic), diary(topic, 1)
    with running(task(kafka, topic)) as one:
        eventually(lambda: len(first.values) == 4)
        with running(task(kafka, topic, 1)) as two:
            eventually(lambda: second.opened)
            (moved,) = second.opened
            assert len(moved) == 2
            produce(kafka, topic, "second")
            eventually(lambda: len(first.values) == 6 and len(second.values) == 2)
            two.stop()
        eventually(lambda: len(first.opened) == 2)
        one.stop()
    assert first.opened == [ALL, moved]
    assert first.closed == [moved, ALL]
    assert second.closed == [moved]
    assert kafka.committed(f"connect-{topic}", topic) == dict.fromkeys(PARTITIONS, 2)


def test_a_killed_task_disturbs_nothing_of_the_others(kafka: KafkaCluster, topic: str) -> None:
    first = diary(topic)
    program = (
        f"from {__name__} import *\nfrom types import SimpleNamespace\n"
        f"kafka = SimpleNamespace(bootstrap_servers={kafka.bootstrap_servers!r})\n"
        f"with running(task(kafka, {topic!r}, 1)) as one:\n    one.join(600)"
    )
    with running(task(kafka, topic)) as one:
        eventually(lambda: first.opened)
        killed = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
        try:
            eventually(lambda: first.closed)
        finally:
            killed.kill()
            killed.wait()
        (moved,) = first.closed
        produce(kafka, topic, "late")
        eventually(lambda: len(first.values) == 4)
        assert {int(value[-1]) for value in first.values[:2]} == ALL - moved
        assert first.closed == [moved]
        assert first.opened == [ALL, moved]
        one.stop()


def test_records_flow_while_a_rebalance_does_not_end_and_are_committed_then(
    kafka: KafkaCluster, name: str
) -> None:
    topic, first = name, diary(name)
    kafka.create_topic(topic, partitions=6)
    with (
        stranger(kafka, topic, "cooperative-sticky") as idle,
        running(task(kafka, topic)) as one,
    ):
        eventually(lambda: len(share(idle)) == 3 and len(held_by(first)) == 3)
        closings = len(first.closed)
        with running(task(kafka, topic, 1)) as two:
            # Both have to give a partition back; the stranger is not polled and does not.
            eventually(lambda: len(first.closed) > closings)
            eventually(lambda: group_of(kafka, topic)[0] == "PreparingRebalance")
            staying = held_by(first)
            assert staying
            produce(kafka, topic, "meanwhile", sorted(staying))
            eventually(lambda: len(first.values) == len(staying))
            rewind_once(first, topic, staying)
            eventually(lambda: len(first.values) == 2 * len(staying))
            assert group_of(kafka, topic)[0] == "PreparingRebalance"
            assert held_by(first) == staying
            eventually(lambda: share(idle) and diary(topic, 1).opened)
            committed, group = dict.fromkeys(staying, 1), f"connect-{topic}"
            eventually(lambda: committed.items() <= kafka.committed(group, topic).items())
            two.stop()
        one.stop()


def rewind_once(what: Diary, topic: str, partitions: set[int]) -> None:
    """Have the task read partitions from their beginning, and commit at once."""

    def rewind(one: SinkTask, _records: Sequence[SinkRecord]) -> None:
        what.on_put = lambda _task, _records: None
        one.context.offset({TopicPartition(topic, number): 0 for number in partitions})
        one.context.request_commit()

    what.on_put = rewind


def test_a_slow_put_outlasts_a_rebalance_and_its_records_are_committed(
    kafka: KafkaCluster, topic: str
) -> None:
    first, second = diary(topic), diary(topic, 1)
    began, is_over = threading.Event(), threading.Event()

    def be_slow(_task: SinkTask, records: Sequence[SinkRecord]) -> None:
        if records and not began.is_set():
            began.set()
            assert is_over.wait(60)

    first.on_put = be_slow
    with running(task(kafka, topic, max_poll_interval_ms="2000")) as one:
        eventually(lambda: first.opened)
        produce(kafka, topic, "slow")
        assert began.wait(30)
        members = set(kafka.group(f"connect-{topic}").members)
        with running(task(kafka, topic, 1)) as two:
            eventually(lambda: len(kafka.group(f"connect-{topic}").members) == 2)
            time.sleep(4)  # longer than any rebalance waits
            assert members < set(kafka.group(f"connect-{topic}").members)
            is_over.set()
            eventually(lambda: second.opened)
            produce(kafka, topic, "quick")
            eventually(lambda: len(first.values + second.values) == 8)
            two.stop()
        one.stop()
    assert first.closed[0] == second.opened[0]
    values = first.values + second.values
    assert len(set(values)) == len(values), "what the slow put had was committed before it moved"


def test_a_paused_task_takes_partitions_back_and_reads_them_only_when_resumed(
    kafka: KafkaCluster, topic: str
) -> None:
    first, second = diary(topic), diary(topic, 1)
    with running(task(kafka, topic)) as one:
        with running(task(kafka, topic, 1)) as two:
            eventually(lambda: second.opened and first.opened)
            one.link.set_target_state(TargetState.PAUSED)
            one.link.wait_until(lambda: one.link.states[-1] is State.PAUSED)
            two.stop()
        eventually(lambda: held_by(first) == ALL)
        produce(kafka, topic, "paused")
        time.sleep(1)
        assert first.values == []
        one.link.set_target_state(TargetState.STARTED)
        eventually(lambda: len(first.values) == 4)
        one.stop()


def test_a_group_of_eager_members_is_joined_in_their_way(
    kafka: KafkaCluster, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_offer, "_PATIENCE_S", 1.0)
    produce(kafka, topic, "eager")
    first = diary(topic)
    with stranger(kafka, topic, "range") as eager:
        eventually(lambda: share(eager) == ALL)
        with running(task(kafka, topic)) as one:
            eventually(lambda: len(share(eager)) == 2 and first.values)
            assert group_of(kafka, topic)[1] == "range"
            assert len(first.values) == 2
            eager.close()
            eventually(lambda: len(set(first.values)) == 4)
            one.stop()
        with running(task(kafka, topic)) as one:
            eventually(lambda: len(first.opened) > 2)
            eventually(lambda: group_of(kafka, topic) == ("Stable", "cooperative-sticky"))
            one.stop()


def test_a_great_many_partitions_are_dealt_out_eagerly(
    kafka: KafkaCluster, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_offer, "_MOST_COOPERATIVE", len(PARTITIONS) - 1)
    produce(kafka, topic, "many")
    with running(task(kafka, topic)) as one:
        eventually(lambda: len(diary(topic).values) == len(PARTITIONS))
        assert group_of(kafka, topic)[1] == "range"
        one.stop()


def test_eager_members_that_leave_soon_are_only_waited_for(kafka: KafkaCluster, topic: str) -> None:
    first = diary(topic)
    with stranger(kafka, topic, "range") as eager:
        eventually(lambda: share(eager) == ALL)
        with running(task(kafka, topic)) as one:
            eventually(lambda: one.link.states)
            time.sleep(2)
            eager.close()
            eventually(lambda: first.opened == [ALL])
            assert group_of(kafka, topic)[1] == "cooperative-sticky"
            one.stop()


def test_a_group_that_takes_no_way_the_user_named_fails_the_task(
    kafka: KafkaCluster, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_offer, "_LONGEST_S", 1.0)
    with stranger(kafka, topic, "range") as eager:
        eventually(lambda: share(eager) == ALL)
        with (
            running(task(kafka, topic, partition_assignment_strategy="roundrobin")) as one,
            pytest.raises(ConnectError, match="in other ways than roundrobin"),
        ):
            one.join()
