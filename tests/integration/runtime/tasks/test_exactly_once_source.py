# SPDX-License-Identifier: Apache-2.0
"""Exactly-once source tasks on a real broker: what readers of committed records find."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # the package re-exports these
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from barnabas.api import SourceRecord
from barnabas.errors import ConnectError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.tasks import TaskSpec
from barnabas.runtime.tasks.link import ExactlyOnce
from barnabas.testing import MemoryTaskLink
from tests.integration.runtime.tasks import rights
from tests.integration.runtime.tasks.harness import (
    FILE_SOURCE,
    SOURCE,
    TELLING_SOURCE,
    eventually,
    running,
    script,
    spec,
)
from tests.services.kafka import KafkaCluster

WRITE = (
    ResourcePatternType.LITERAL,
    "User:bob",
    "*",
    AclOperation.WRITE,
    AclPermissionType.ALLOW,
)


class TopicLink(MemoryTaskLink):
    """Offsets are those a reader of committed records finds."""

    def __init__(self, kafka: KafkaCluster, topic: str) -> None:
        super().__init__()
        self._kafka = kafka
        self._topic = topic

    def read_offsets(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found = {one.key: one.value for one in self._kafka.records(self._topic)}
        return [found.get(key) for key in keys]


class Bench:
    """A topic for records and one for offsets."""

    def __init__(self, kafka: KafkaCluster, name: str) -> None:
        self.kafka, self.name = kafka, name
        kafka.create_topic(name)
        kafka.create_topic(self.offsets, config={"cleanup.policy": "compact"})

    @property
    def offsets(self) -> str:
        return f"{self.name}-offsets"

    def spec(
        self, task_class: str = SOURCE, *, servers: str | None = None, **more: Any
    ) -> TaskSpec:
        made = spec(servers or self.kafka.bootstrap_servers, self.name, task_class, **more)
        how = ExactlyOnce(f"g-{self.name}-0", self.offsets, copies_offsets=False)
        return msgspec.structs.replace(made, exactly_once=how)

    def link(self) -> TopicLink:
        return TopicLink(self.kafka, self.offsets)

    def values(self) -> list[bytes | None]:
        return [record.value for record in self.kafka.records(self.name)]

    def positions(self) -> list[Any]:
        return [json.loads(record.value or b"null") for record in self.kafka.records(self.offsets)]

    def records(self, *values: str, start: int = 0) -> list[SourceRecord]:
        return [
            SourceRecord(
                source_partition={"p": 0},
                source_offset={"n": start + number},
                topic=self.name,
                value=value,
            )
            for number, value in enumerate(values)
        ]


@pytest.fixture
def bench(kafka: KafkaCluster, name: str) -> Bench:
    return Bench(kafka, name)


def test_records_and_offsets_become_readable_together(bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "in.txt"
    file.write_bytes(b"".join(b"line %d\n" % number for number in range(20_000)))
    task = bench.spec(FILE_SOURCE, file=str(file), topic=bench.name)
    with running(task, bench.link()) as source:
        eventually(lambda: bench.positions()[-1:] == [{"position": file.stat().st_size}])
        source.stop()
    assert bench.values() == file.read_bytes().splitlines()
    assert source.link.topics == [bench.name]


def test_a_successor_goes_on_and_the_earlier_task_writes_nothing_any_more(
    bench: Bench, tmp_path: Path
) -> None:
    file = tmp_path / "in.txt"
    file.write_bytes(b"1\n2\n")
    task = bench.spec(
        FILE_SOURCE, file=str(file), topic=bench.name, transaction__boundary="interval"
    )
    slow = {"transaction.boundary.interval.ms": "3600000"}
    zombie_spec = msgspec.structs.replace(task, connector_config={**task.connector_config, **slow})
    with running(zombie_spec, bench.link()) as zombie:
        bench.kafka.consume(bench.name, 2, isolation="read_uncommitted")
        with running(task, bench.link()) as successor:
            eventually(lambda: bench.values() == [b"1", b"2"])
            zombie.link.stop()
            with pytest.raises(ConnectError, match=r"was fenced .*newer instance"):
                zombie.join()
            with file.open("ab") as more:
                more.write(b"3\n")
            eventually(lambda: bench.values() == [b"1", b"2", b"3"])
            successor.stop()
    assert bench.positions()[-1] == {"position": 6}


def test_where_the_task_says_so_transactions_end(bench: Bench) -> None:
    def decide(context: Any) -> list[SourceRecord]:
        batch = bench.records("a", "b", "c", "d")
        context.transaction_context.commit_transaction(batch[1])
        context.transaction_context.abort_transaction(batch[2])
        context.transaction_context.commit_transaction()
        return batch

    script(bench.name).polls = [decide, bench.records("e", start=4)]
    with running(bench.spec(transaction__boundary="connector"), bench.link()) as source:
        eventually(lambda: bench.values() == [b"a", b"b", b"d"])
        assert bench.positions() == [{"n": 1}, {"n": 2}, {"n": 3}]
        source.stop()
    assert bench.values() == [b"a", b"b", b"d"], "nobody asked to commit e"


def test_a_task_hears_where_its_records_are(bench: Bench) -> None:
    played = script(bench.name)
    played.polls = [bench.records("a", "b")]
    with running(bench.spec(TELLING_SOURCE), bench.link()) as source:
        eventually(lambda: len(played.told) == 2)
        source.stop()
    assert [metadata.offset for _, metadata in played.told] == [0, 1]


def test_a_transaction_that_brokers_aborted_during_a_pause_fails_the_task_and_counts_for_nothing(
    bench: Bench,
) -> None:
    def commit(context: Any) -> list[SourceRecord]:
        context.transaction_context.commit_transaction()
        return bench.records("b", start=1)

    played = script(bench.name)
    played.polls = [bench.records("a")]
    task = bench.spec(
        transaction__boundary="connector",
        producer__override__transaction__timeout__ms="1000",
    )
    with running(task, bench.link()) as source:
        eventually(lambda: not played.polls)
        source.link.set_target_state(TargetState.PAUSED)
        eventually(lambda: sum(bench.kafka.end_offsets(bench.name).values()) >= 2)  # the mark
        assert source.link.states == [State.RUNNING, State.PAUSED]
        played.polls.append(commit)
        source.link.set_target_state(TargetState.STARTED)
        with pytest.raises(
            ConnectError, match=r"was fenced .*transaction\.timeout\.ms \(1000 ms\)"
        ):
            source.join()
    assert bench.values() == []
    assert bench.positions() == []


def test_a_timeout_the_brokers_do_not_allow_is_told(bench: Bench) -> None:
    task = bench.spec(producer__override__transaction__timeout__ms="86400000")
    told = r"transaction\.max\.timeout\.ms"
    with running(task, bench.link()) as source, pytest.raises(ConnectError, match=told):
        source.join()
    assert source.link.states == []


def test_missing_rights_are_told_one_after_the_other(strict: KafkaCluster, name: str) -> None:
    bench = Bench(strict, name)
    servers = strict.addresses(rights.LISTENER)
    task = bench.spec(servers=servers, worker=rights.login("producer."))
    steps = [
        (ResourceType.TRANSACTIONAL_ID, f"g-{name}-0", r"WRITE on the transactional id"),
        (ResourceType.TOPIC, name, rf"topic {name}\b.*WRITE or CREATE on the topic"),
        (ResourceType.TOPIC, bench.offsets, rf"topic {re.escape(bench.offsets)}.*on the topic"),
    ]
    for kind, resource, told in steps:
        script(name).polls = [bench.records("a")]
        with running(task, bench.link()) as source, pytest.raises(ConnectError, match=told):
            source.join(60)
        assert bench.values() == []
        granted = AclBinding(kind, resource, *WRITE)
        strict.admin.create_acls([granted])[granted].result()
    played = script(name)
    played.polls = [bench.records("a")]
    with running(task, bench.link()) as source:
        eventually(lambda: bench.values() == [b"a"])
        taken = AclBindingFilter(ResourceType.TRANSACTIONAL_ID, f"g-{name}-0", *WRITE)
        strict.admin.delete_acls([taken])[taken].result()
        played.polls.append(bench.records("b", start=1))
        with pytest.raises(ConnectError, match=rf"g-{name}-0.*WRITE on the transactional id"):
            source.join(60)
    assert bench.values() == [b"a"]
    assert source.link.states == [State.RUNNING]
