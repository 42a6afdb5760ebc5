# SPDX-License-Identifier: Apache-2.0
"""Source tasks on a real broker: what arrives, and which offsets are stored when."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from barnabas.api import RecordMetadata, SourceRecord
from barnabas.data import Headers
from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.worker.topic_limits import TopicLimits
from barnabas.testing import MemoryTaskLink
from tests.integration.runtime.tasks.harness import (
    FILE_SOURCE,
    JSON,
    SOURCE,
    STRING,
    TELLING_SOURCE,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster

LINE = b"%06d and some more text to make it a line\n"


def write_lines(path: Path, count: int, start: int = 0) -> None:
    with path.open("ab") as file:
        file.writelines(LINE % number for number in range(start, start + count))


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def key(name: str, path: Path) -> bytes:
    return json.dumps([name, {"filename": str(path)}], separators=(",", ":")).encode()


def stored(link: MemoryTaskLink, name: str, path: Path) -> int:
    value = link.offsets.get(key(name, path))
    return 0 if value is None else json.loads(value)["position"]


@pytest.mark.parametrize("converter", [STRING, JSON])
def test_every_line_arrives_once_and_in_order(
    kafka: KafkaCluster, name: str, tmp_path: Path, converter: str
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 30_000)
    task = spec(
        kafka.bootstrap_servers, name, FILE_SOURCE, converter=converter, file=str(path), topic=name
    )
    with running(task) as source:
        link = source.link
        link.wait_until(lambda: link.topics == [name])
        records = kafka.consume(name, 30_000)
        source.stop()
    values = [record.value for record in records]
    if converter == JSON:
        values = [json.loads(value)["payload"].encode() for value in values]
    assert values == lines(path)
    assert stored(link, name, path) == path.stat().st_size
    assert sum(kafka.end_offsets(name).values()) == 30_000


class Watching(MemoryTaskLink):
    """Asks the broker, at each write of offsets, whether it has what was acknowledged."""

    def __init__(self, kafka: KafkaCluster, topic: str) -> None:
        super().__init__()
        self.ahead: list[str] = []
        self.writes = 0
        self._kafka = kafka
        self._topic = topic

    def write_offsets(
        self, offsets: Mapping[bytes, bytes | None]
    ) -> concurrent.futures.Future[None]:
        self.writes += 1
        (value,) = offsets.values()
        claimed = json.loads(value or b"{}")["position"] // len(LINE % 0)
        there = sum(self._kafka.end_offsets(self._topic).values())
        if claimed > there:
            self.ahead.append(f"{claimed} lines claimed, {there} there")
        return super().write_offsets(offsets)


def test_stored_offsets_never_run_ahead_of_the_broker(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 300_000)
    kafka.create_topic(name, partitions=3)
    link = Watching(kafka, name)
    settings = {"offset.flush.interval.ms": "20"}
    task = spec(
        kafka.bootstrap_servers, name, FILE_SOURCE, worker=settings, file=str(path), topic=name
    )
    with running(task, link) as source:
        eventually(lambda: stored(link, name, path) == path.stat().st_size)
        source.stop()
    assert link.ahead == []
    assert link.writes > 3


def test_task_goes_on_where_the_stored_offset_is(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 1000)
    task = spec(kafka.bootstrap_servers, name, FILE_SOURCE, file=str(path), topic=name)
    link = MemoryTaskLink()
    with running(task, link) as source:
        eventually(lambda: stored(link, name, path) == path.stat().st_size)
        source.stop()
    write_lines(path, 500, start=1000)
    after = MemoryTaskLink()
    after.offsets = dict(link.offsets)
    with running(task, after) as source:
        eventually(lambda: stored(after, name, path) == path.stat().st_size)
        source.stop()
    assert [record.value for record in kafka.consume(name, 1500)] == lines(path)
    assert kafka.end_offsets(name) == {0: 1500}


def test_pause_stops_the_flow_and_resume_goes_on(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 100)
    task = spec(kafka.bootstrap_servers, name, FILE_SOURCE, file=str(path), topic=name)
    with running(task) as source:
        link = source.link
        eventually(lambda: stored(link, name, path) == path.stat().st_size)
        link.set_target_state(TargetState.PAUSED)
        link.wait_until(lambda: link.states[-1] is State.PAUSED)
        write_lines(path, 100, start=100)
        assert kafka.end_offsets(name) == {0: 100}
        link.set_target_state(TargetState.STARTED)
        kafka.consume(name, 200)
        source.stop()
    assert link.states == [State.RUNNING, State.PAUSED, State.RUNNING]


def source_record(name: str, value: object, **fields: object) -> SourceRecord:
    defaults = {"source_partition": {"p": 0}, "source_offset": {"o": 0}, "topic": name}
    return SourceRecord(**{**defaults, "value": value, **fields})  # type: ignore[arg-type]


def test_all_a_record_says_arrives(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=3)
    headers = Headers().add("n", 7).add("s", "text").add("none", None)
    script(name).polls.append(
        [source_record(name, "v", key="k", kafka_partition=2, timestamp=1234, headers=headers)]
    )
    with running(spec(kafka.bootstrap_servers, name, SOURCE)) as source:
        (record,) = kafka.consume(name, 1)
        source.stop()
    assert (record.key, record.value, record.partition, record.timestamp) == (b"k", b"v", 2, 1234)
    assert [(name, value) for name, value in record.headers] == [
        ("n", b"7"),
        ("s", b"text"),
        ("none", None),
    ]


def test_keys_go_where_java_would_put_them(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, partitions=4)
    keys = ["alpha", "beta", "gamma", "delta"]
    script(name).polls.append([source_record(name, "v", key=key) for key in keys])
    with running(spec(kafka.bootstrap_servers, name, SOURCE)) as source:
        records = kafka.consume(name, 4)
        source.stop()
    # murmur2 of the key, positive, modulo 4; from Java's Utils.murmur2
    assert {record.key.decode(): record.partition for record in records if record.key} == {
        key: murmur2(key.encode()) % 4 for key in keys
    }


def murmur2(data: bytes) -> int:
    """The hash of Kafka's default partitioner, made positive."""
    mask, m = 0xFFFFFFFF, 0x5BD1E995
    h = (0x9747B28C ^ len(data)) & mask
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * m & mask
        k = (k ^ (k >> 24)) * m & mask
        h = (h * m & mask) ^ k
    if data[whole:]:
        h = (h ^ int.from_bytes(data[whole:], "little")) * m & mask
    h = (h ^ (h >> 13)) * m & mask
    return (h ^ (h >> 15)) & 0x7FFFFFFF


def test_task_that_wants_to_hears_where_each_record_is(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    records = [source_record(name, str(i), source_offset={"o": i}) for i in range(250)]
    script(name).polls += [records[:100], records[100:]]
    with running(spec(kafka.bootstrap_servers, name, TELLING_SOURCE)) as source:
        eventually(lambda: len(script(name).told) == 250)
        source.stop()
        assert source.link.offsets == {
            json.dumps([name, {"p": 0}], separators=(",", ":")).encode(): b'{"o":249}'
        }
    told = script(name).told
    assert [record for record, _ in told] == records
    assert all(isinstance(metadata, RecordMetadata) for _, metadata in told)
    assert [metadata.offset for _, metadata in told] == list(range(250))
    assert script(name).commits > 0


def test_record_larger_than_the_client_sends_fails_the_task(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    script(name).polls.append([source_record(name, "x" * 2_000_000)])
    with running(spec(kafka.bootstrap_servers, name, SOURCE)) as source:
        text = rf"2,000,000 bytes to topic {name} failed: .*producer\.override\.max\.request\.size"
        with pytest.raises(ConnectError, match=text):
            source.join()


def test_record_larger_than_the_topic_takes_fails_the_task(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name, config={"max.message.bytes": "1000"})
    script(name).polls.append([source_record(name, "fits", source_offset={"o": 1})])
    with running(spec(kafka.bootstrap_servers, name, SOURCE)) as source:
        eventually(lambda: source.link.offsets)
        script(name).polls.append([source_record(name, "x" * 5000, source_offset={"o": 2})])
        text = (
            r"Unrecoverable exception from producer send callback: .*"
            rf"5,000 bytes to topic {name} failed: .*max\.message\.bytes of the topic"
        )
        with pytest.raises(ConnectError, match=text):
            source.join()
        assert list(source.link.offsets.values()) == [b'{"o":1}']


class Asking(MemoryTaskLink):
    """Has the brokers asked for limits of topics, as a worker does."""

    def topic_limits(
        self, properties: Mapping[str, str], topics: Iterable[str]
    ) -> Mapping[str, int]:
        async def ask() -> dict[str, int]:
            limits = TopicLimits()
            try:
                return await limits.get(properties, topics)
            finally:
                limits.close()

        self.limits |= asyncio.run(ask())
        return self.limits


def test_small_records_fit_a_topic_with_a_low_limit(
    kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    kafka.create_topic(name, config={"max.message.bytes": "5000"})
    path = tmp_path / "in.txt"
    write_lines(path, 20_000)
    task = spec(kafka.bootstrap_servers, name, FILE_SOURCE, file=str(path), topic=name)
    link = Asking()
    with running(task, link) as source:
        eventually(lambda: stored(source.link, name, path) == path.stat().st_size or source.error)
        source.stop()
    assert link.limits == {name: 5000}
    assert [record.value for record in kafka.consume(name, 20_000)] == lines(path)


def test_topic_with_a_forbidden_name_fails_the_task(kafka: KafkaCluster, name: str) -> None:
    script(name).polls.append([source_record("no such name!", "v")])
    with (
        running(spec(kafka.bootstrap_servers, name, SOURCE)) as source,
        pytest.raises(ConnectError, match="to topic no such name! failed"),
    ):
        source.join()


def test_partition_that_is_not_there_fails_the_task(kafka: KafkaCluster, name: str) -> None:
    kafka.create_topic(name)
    script(name).polls.append([source_record(name, "v", kafka_partition=9)])
    with (
        running(spec(kafka.bootstrap_servers, name, SOURCE)) as source,
        pytest.raises(ConnectError, match=f"to topic {name} failed"),
    ):
        source.join()


def test_topic_that_nobody_creates_fails_the_task(spare_kafka: KafkaCluster, name: str) -> None:
    script(name).polls.append([source_record(name, "v")])
    task = spec(
        spare_kafka.bootstrap_servers,
        name,
        SOURCE,
        producer__override__topic__metadata__propagation__max__ms="500",
    )
    text = f"to topic {name} failed.*create the topic"
    with running(task) as source, pytest.raises(ConnectError, match=text):
        source.join()


def test_broker_restart_in_mid_flow_loses_nothing(
    spare_kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    spare_kafka.create_topic(name)
    path = tmp_path / "in.txt"
    write_lines(path, 1000)
    task = spec(spare_kafka.bootstrap_servers, name, FILE_SOURCE, file=str(path), topic=name)
    with running(task) as source:
        link = source.link
        eventually(lambda: stored(link, name, path) > 0)
        spare_kafka.brokers[0].stop()
        write_lines(path, 200_000, start=1000)
        spare_kafka.start()
        eventually(lambda: stored(link, name, path) == path.stat().st_size, 60)
        source.stop()
    expected = lines(path)
    values = [record.value for record in spare_kafka.consume(name, len(expected), timeout_s=60)]
    assert values == expected
    assert spare_kafka.end_offsets(name) == {0: len(expected)}


def test_stop_is_quick_although_no_broker_answers(name: str, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 300_000)
    task = spec(
        "127.0.0.1:1",
        name,
        FILE_SOURCE,
        worker={"offset.flush.timeout.ms": "300"},
        file=str(path),
        topic=name,
        producer__override__buffer__memory="1000000",
    )
    with running(task) as source:
        source.wait_until_running()
        source.link.stop()
        source.join(10)
    assert source.link.offsets == {}


def test_topics_are_created_as_the_connector_says(
    spare_kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 10)
    task = spec(
        spare_kafka.bootstrap_servers,
        name,
        FILE_SOURCE,
        file=str(path),
        topic=name,
        topic__creation__default__partitions="1",
        topic__creation__default__replication__factor="1",
        topic__creation__groups="mine",
        topic__creation__mine__include=name,
        topic__creation__mine__partitions="3",
        topic__creation__mine__max__message__bytes="4321",
    )
    with running(task) as source:
        source.link.wait_until(lambda: source.link.topics == [name])
        source.stop()
    assert len(spare_kafka.end_offsets(name)) == 3
    assert sum(spare_kafka.end_offsets(name).values()) == 10
    assert spare_kafka.topic_config(name)["max.message.bytes"] == "4321"


def test_a_topic_the_cluster_refuses_fails_the_task_with_the_reason(
    spare_kafka: KafkaCluster, name: str, tmp_path: Path
) -> None:
    path = tmp_path / "in.txt"
    write_lines(path, 10)
    task = spec(
        spare_kafka.bootstrap_servers,
        name,
        FILE_SOURCE,
        file=str(path),
        topic=name,
        topic__creation__default__partitions="1",
        topic__creation__default__replication__factor="7",
    )
    with running(task) as source, pytest.raises(ConnectError, match="lower the factor") as caught:
        source.join()
    assert f"create/find topic(s) '{name}' as group default" in caught.value.message
