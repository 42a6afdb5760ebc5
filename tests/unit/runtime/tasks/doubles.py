# SPDX-License-Identifier: Apache-2.0
"""Doubles for the loops: tasks, clients and time that obey the test."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from barnabas.api import (
    OffsetAndMetadata,
    SinkRecord,
    SinkTask,
    SourceRecord,
    SourceTask,
    TopicPartition,
)
from barnabas.kafka.errors import KafkaError, KafkaException
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.tasks import TaskSpec

WORKER = {
    "bootstrap.servers": "127.0.0.1:1",
    "key.converter": "Text",
    "value.converter": "Text",
    "header.converter": "Text",
    "offset.flush.interval.ms": "1000",
    "offset.flush.timeout.ms": "500",
}


def spec(*, is_sink: bool = False, task_class: str = "x:Y", **config: str) -> TaskSpec:
    return TaskSpec(
        id=TaskId("c", 0),
        connector_class="C",
        task_class=task_class,
        connector_config={"name": "c", **config},
        task_config={"name": "c", **config},
        worker_config=WORKER,
        target_state=TargetState.STARTED,
        generation=0,
        is_sink=is_sink,
    )


class LeaseLost(BaseException):
    """The process would have ended here."""


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@dataclasses.dataclass
class Sent:
    """A record the producer was given, and, before delivery, the report of a record."""

    topic_: str
    value_: bytes | None
    key_: bytes | None
    partition_: int
    callback: Any
    timestamp_: int
    headers_: Any

    def topic(self) -> str:
        return self.topic_

    def partition(self) -> int:
        return max(self.partition_, 0)

    def offset(self) -> int:
        return 5

    def timestamp(self) -> tuple[int, int]:
        return (1, 77)

    def __len__(self) -> int:
        return len(self.value_ or b"")


class Producer:
    """Takes records; the test acknowledges or fails them, the loop hears of it when it polls."""

    def __init__(self, *, reports_only_failures: bool = True) -> None:
        self.sent: list[Sent] = []
        self.values: list[bytes | None] = []
        self.room = 1_000_000
        self.refused: bytes | None = None
        self.is_closed = False
        self.on_poll: Callable[[], None] = lambda: None
        self._only_failures = reports_only_failures
        self._answers: list[tuple[Sent, KafkaError | None]] = []

    def produce(self, topic, value, key, partition, callback, *rest) -> None:
        _, timestamp, headers = rest
        if value is not None and value == self.refused:
            del callback  # as the client, whose frames are not Python's
            raise KafkaException(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE))
        if len(self.sent) >= self.room:
            raise BufferError("queue full")
        self.values.append(value)
        self.sent.append(Sent(topic, value, key, partition, callback, timestamp, headers))

    def acknowledge(self, count: int | None = None) -> None:
        """Have the broker acknowledge the oldest records."""
        for sent in self.sent[:count]:
            self._answers.append((sent, None))
        del self.sent[:count]

    def fail(self, code: int = KafkaError.MSG_SIZE_TOO_LARGE) -> None:
        """Have the broker refuse the oldest record."""
        self._answers.append((self.sent.pop(0), KafkaError(code)))

    def poll(self, timeout: float) -> int:
        self.on_poll()
        answers, self._answers = self._answers, []
        for sent, error in answers:
            if error is not None or not self._only_failures:
                sent.callback(error, sent)
            sent.callback = None
        return len(answers)

    def flush(self, timeout: float) -> int:
        self.poll(timeout)
        return len(self)

    def purge(self) -> None:
        self.sent.clear()

    def close(self) -> None:
        self.is_closed = True

    def __len__(self) -> int:
        return len(self.sent) + len(self._answers)


def records(*values: Any, partition: Any = None, start: int = 0) -> list[SourceRecord]:
    where = {"file": "f"} if partition is None else partition
    return [
        SourceRecord(source_partition=where, source_offset={"n": start + i}, topic="t", value=value)
        for i, value in enumerate(values)
    ]


class Source(SourceTask):
    """Returns, raises or does what the script says; then stops its loop."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.calls: list[str] = []
        self.at_end: Callable[[], None] = lambda: None

    def start(self, props: Mapping[str, str]) -> None:
        self.calls.append("start")

    def poll(self) -> Sequence[SourceRecord] | None:
        if not self.script:
            self.at_end()
            return None
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step() if callable(step) else step

    def commit(self) -> None:
        self.calls.append("commit")

    def stop(self) -> None:
        self.calls.append("stop")

    def version(self) -> str:
        return "9"


class Sink(SinkTask):
    """Remembers what it is told; ``script`` says what each ``put`` does."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.calls: list[Any] = []
        self.puts: list[list[Any]] = []
        self.wanted: Any = None
        self.at_end: Callable[[], None] = lambda: None

    def start(self, props: Mapping[str, str]) -> None:
        self.calls.append("start")

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.puts.append([record.value for record in records])
        if not self.script:
            self.at_end()
            return
        step = self.script.pop(0)
        if isinstance(step, BaseException):
            raise step
        if callable(step):
            step()

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        self.calls.append(("pre_commit", {w.partition: o.offset for w, o in offsets.items()}))
        if isinstance(self.wanted, Exception):
            raise self.wanted
        return offsets if self.wanted is None else self.wanted

    def open(self, partitions: Any) -> None:
        self.calls.append(("open", sorted(where.partition for where in partitions)))

    def close(self, partitions: Any) -> None:
        self.calls.append(("close", sorted(where.partition for where in partitions)))

    def stop(self) -> None:
        self.calls.append("stop")


class TransactionalProducer(Producer):
    """A producer whose transactions the test can look at, or have fail."""

    def __init__(self, *, reports_only_failures: bool = True) -> None:
        super().__init__(reports_only_failures=reports_only_failures)
        self.transactions: list[list[tuple[str, bytes | None]]] = []
        """Topic and value of each record of each transaction that counts."""
        self.aborted: list[list[tuple[str, bytes | None]]] = []
        self.claims = 0
        self.errors: dict[str, list[KafkaError]] = {}
        """What the next calls of a kind fail with."""
        self.is_open = False

    def init_transactions(self, timeout: float) -> None:
        self._fail("init")
        self.claims += 1

    def begin_transaction(self) -> None:
        self._fail("begin")
        assert not self.is_open
        self.is_open = True

    def commit_transaction(self, timeout: float) -> None:
        self._fail("commit")
        self.transactions.append(self._end())

    def abort_transaction(self, timeout: float) -> None:
        self._fail("abort")
        self.aborted.append(self._end())

    def _end(self) -> list[tuple[str, bytes | None]]:
        assert self.is_open
        held = [(sent.topic_, sent.value_) for sent in self.sent]
        self.acknowledge()
        self.poll(0)
        self.is_open = False
        return held

    def _fail(self, call: str) -> None:
        errors = self.errors.get(call, [])
        if errors:
            raise KafkaException(errors.pop(0))
