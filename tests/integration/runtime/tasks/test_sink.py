# SPDX-License-Identifier: Apache-2.0
"""Sink tasks on a real broker: what is put, who reads what, which offsets are committed."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from barnabas.api import SinkRecord, SinkTask, TimestampType, TopicPartition
from barnabas.data import STRING as TEXT
from barnabas.errors import ConnectError, RetriableError
from barnabas.runtime.model import State, TargetState
from tests.integration.runtime.tasks.harness import (
    FILE_SINK,
    JSON,
    SINK,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster


def group(name: str) -> str:
    return f"connect-{name}"


def test_file_has_every_value_in_order(kafka: KafkaCluster, name: str, tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    values = [f"line {number}" for number in range(30_000)]
    kafka.produce(name, values)
    task = spec(kafka.bootstrap_servers, name, FILE_SINK, file=str(path), topics=name)
    with running(task) as sink:
        eventually(lambda: path.exists() and path.read_text().count("\n") == len(values))
        sink.stop()
        assert sink.link.topics == [name]
        assert sink.link.states == [State.RUNNING]
    assert path.read_text().splitlines() == values
    assert kafka.committed(group(name), name) == {0: len(values)}


def test_records_carry_all_the_broker_has(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=2)
    kafka.produce(name, ["v"], keys=["k"], partition=1, headers=[("h", b"5"), ("n", None)])
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        (record,) = eventually(lambda: script(name).records)
        sink.stop()
    assert (record.topic, record.kafka_partition, record.kafka_offset) == (name, 1, 0)
    assert (record.key, record.value, record.value_schema.type) == ("k", "v", TEXT.type)
    assert record.timestamp_type is TimestampType.CREATE_TIME
    assert abs(record.timestamp - time.time() * 1000) < 60_000
    assert [(header.key, header.value) for header in record.headers] == [("h", 5), ("n", None)]


def test_topic_that_comes_later_is_read_soon(spare_kafka: KafkaCluster, name: str) -> None:
    with running(spec(spare_kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        eventually(lambda: State.RUNNING in sink.link.states)
        time.sleep(2)  # long enough for the client to have found that there is no such topic
        spare_kafka.create_topic(name)
        spare_kafka.produce(name, ["late"])
        eventually(lambda: script(name).values == ["late"])
        sink.stop()


def test_task_goes_on_at_the_committed_offset(kafka: KafkaCluster, name: str) -> None:
    task = spec(kafka.bootstrap_servers, name, SINK, topics=name)
    kafka.produce(name, ["a", "b"])
    with running(task) as sink:
        eventually(lambda: script(name).values == ["a", "b"])
        eventually(lambda: kafka.committed(group(name), name) == {0: 2})
        sink.stop()
    kafka.produce(name, ["c"])
    with running(task) as sink:
        eventually(lambda: len(script(name).values) >= 3)
        sink.stop()
    assert script(name).values == ["a", "b", "c"]


def test_retriable_error_has_the_same_records_offered_again(kafka: KafkaCluster, name: str) -> None:
    kafka.produce(name, [str(number) for number in range(100)])
    failures = 3

    def object_three_times(task: SinkTask, records: Sequence[SinkRecord]) -> None:
        nonlocal failures
        if records and failures:
            failures -= 1
            task.context.timeout(50)
            raise RetriableError("busy")

    script(name).on_put = object_three_times
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        eventually(lambda: len(script(name).values) == 100)
        kafka.produce(name, ["more"])
        eventually(lambda: len(script(name).values) == 101)
        sink.stop()
    assert script(name).values == [*(str(number) for number in range(100)), "more"]
    assert failures == 0


def test_a_put_longer_than_the_poll_interval_costs_no_membership(
    kafka: KafkaCluster, name: str
) -> None:
    kafka.create_topic(name)
    kafka.produce(name, ["slow"])
    hurry = {"max__poll__interval__ms": "1500", "session__timeout__ms": "1500"}
    settings = {f"consumer__override__{key}": value for key, value in hurry.items()}
    settings["consumer__override__heartbeat__interval__ms"] = "300"
    began = threading.Event()

    def be_slow(_task: SinkTask, records: Sequence[SinkRecord]) -> None:
        if any(record.value == "slow" for record in records):
            began.set()
            time.sleep(5)

    script(name).on_put = be_slow
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name, **settings)) as sink:
        assert began.wait(30)
        members = set(kafka.group(f"connect-{name}").members)
        eventually(lambda: "slow" in script(name).values)
        kafka.produce(name, ["quick"])
        eventually(lambda: "quick" in script(name).values)
        assert script(name).closed == []
        assert set(kafka.group(f"connect-{name}").members) == members
        sink.stop()
    assert script(name).values == ["slow", "quick"]


def test_undecodable_record_fails_the_task_and_is_named(kafka: KafkaCluster, name: str) -> None:
    good = b'{"schema":{"type":"string","optional":false},"payload":"x"}'
    kafka.produce(name, [good, good, b"{no json"])
    task = spec(kafka.bootstrap_servers, name, SINK, converter=JSON, topics=name)
    with running(task) as sink:
        text = rf"VALUE_CONVERTER .*JsonConverter failed on the record from topic {name}, "
        with pytest.raises(ConnectError, match=text + "partition 0, offset 2"):
            sink.join()


def test_pause_keeps_the_partitions_and_resume_goes_on(kafka: KafkaCluster, name: str) -> None:
    kafka.produce(name, ["a"])
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        eventually(lambda: script(name).values == ["a"])
        sink.link.set_target_state(TargetState.PAUSED)
        sink.link.wait_until(lambda: sink.link.states[-1] is State.PAUSED)
        kafka.produce(name, ["b"])
        before = script(name).puts
        eventually(lambda: script(name).puts >= before + 2)
        assert script(name).values == ["a"]
        assert script(name).closed == []
        sink.link.set_target_state(TargetState.STARTED)
        eventually(lambda: script(name).values == ["a", "b"])
        sink.stop()
    assert sink.link.states == [State.RUNNING, State.PAUSED, State.RUNNING]


@pytest.mark.parametrize("strategy", ["range", "cooperative-sticky"])
def test_second_task_takes_over_partitions_and_gives_them_back(
    kafka: KafkaCluster, name: str, strategy: str
) -> None:
    kafka.create_topic(name, partitions=4)
    tasks = [
        spec(
            kafka.bootstrap_servers,
            name,
            SINK,
            number=number,
            topics=name,
            consumer__override__partition__assignment__strategy=strategy,
            consumer__override__session__timeout__ms="6000",
            consumer__override__heartbeat__interval__ms="500",
        )
        for number in range(2)
    ]
    for partition in range(4):
        kafka.produce(name, [f"{partition}-first"], partition=partition)
    with running(tasks[0]) as first:
        eventually(lambda: len(script(name).values) == 4)
        with running(tasks[1]) as second:
            eventually(lambda: second.link.metrics and len(script(name).opened) >= 2, 40)
            eventually(lambda: any(len(opened) == 2 for opened in script(name).opened), 40)
            for partition in range(4):
                kafka.produce(name, [f"{partition}-second"], partition=partition)
            eventually(lambda: len(set(script(name).values)) == 8)
            second.stop()
        for partition in range(4):
            kafka.produce(name, [f"{partition}-third"], partition=partition)
        eventually(lambda: len(set(script(name).values)) == 12)
        first.stop()
    values = script(name).values
    assert sorted(values) == sorted(
        f"{partition}-{when}" for partition in range(4) for when in ("first", "second", "third")
    )
    assert kafka.committed(group(name), name) == dict.fromkeys(range(4), 3)
    if strategy == "cooperative-sticky":
        assert all(len(closed) == 2 for closed in script(name).closed[:1])


def test_pattern_reads_topics_that_match_wholly(kafka: KafkaCluster, name: str) -> None:
    for topic in (f"{name}-a1", f"{name}-b", f"x{name}-a2"):
        kafka.produce(topic, [topic])
    task = spec(
        kafka.bootstrap_servers,
        name,
        SINK,
        topics__regex=rf"{name}-a\d",
    )
    with running(task) as sink:
        eventually(lambda: script(name).values)
        sink.stop()
    assert script(name).values == [f"{name}-a1"]


def test_task_may_go_back_and_pause_partitions(kafka: KafkaCluster, name: str) -> None:
    where = TopicPartition(name, 0)
    kafka.produce(name, ["a", "b", "c"])

    def go_back_once(task: SinkTask, records: Sequence[SinkRecord]) -> None:
        if len(script(name).values) == 3 and not records:
            task.context.offset({where: 1})
        if records and records[-1].value == "c" and script(name).values:
            task.context.pause(where)

    script(name).on_put = go_back_once
    with running(spec(kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        eventually(lambda: len(script(name).values) == 5)
        kafka.produce(name, ["d"])
        before = script(name).puts
        eventually(lambda: script(name).puts >= before + 2)
        sink.stop()
    assert script(name).values == ["a", "b", "c", "b", "c"]
    assert kafka.committed(group(name), name) == {0: 3}


def test_batches_are_no_larger_than_the_user_wants(kafka: KafkaCluster, name: str) -> None:
    kafka.produce(name, [str(number) for number in range(50)])
    sizes: list[int] = []
    script(name).on_put = lambda _task, records: sizes.append(len(records))
    task = spec(
        kafka.bootstrap_servers, name, SINK, topics=name, consumer__override__max__poll__records="7"
    )
    with running(task) as sink:
        eventually(lambda: len(script(name).values) == 50)
        sink.stop()
    assert max(sizes) == 7


def test_broker_restart_in_mid_flow_loses_nothing(spare_kafka: KafkaCluster, name: str) -> None:
    spare_kafka.create_topic(name)
    values = [str(number) for number in range(20_000)]
    spare_kafka.produce(name, values[:10_000])
    with running(spec(spare_kafka.bootstrap_servers, name, SINK, topics=name)) as sink:
        eventually(lambda: len(script(name).values) >= 10_000)
        spare_kafka.restart()
        spare_kafka.produce(name, values[10_000:])
        eventually(lambda: len(set(script(name).values)) == 20_000, 60)
        sink.stop()
    assert spare_kafka.committed(group(name), name) == {0: 20_000}
    assert list(dict.fromkeys(script(name).values)) == values
