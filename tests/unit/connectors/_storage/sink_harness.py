# SPDX-License-Identifier: Apache-2.0
"""What tests of file sinks share: a store that fails on command, records, a look back."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import IO, Any

from barnabas.api import OffsetAndMetadata, SinkRecord, TopicPartition
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.names import Places, parse_committed_name
from barnabas.connectors._storage.storage import Entry, Storage, StorageError, StorageWriter

WHERE = TopicPartition("clicks", 0)
PLACES = Places(WHERE, "topics", "logs")


class Killed(BaseException):
    """The process ends here."""


class FailingStorage(Storage):
    """A local store in which one step fails: before it happens, or after it did."""

    def __init__(self, root: Path) -> None:
        self._store = LocalStorage(f"file://{root}")
        self.url = self._store.url
        self.steps: list[str] = []
        self.fail_at = -1
        self.happens = False
        self.error: Callable[[], BaseException] = Killed
        self._opened: list[StorageWriter] = []

    def _step(self, what: str, do: Callable[[], Any]) -> Any:
        number = len(self.steps)
        self.steps.append(what)
        if number != self.fail_at:
            return do()
        if self.happens:
            with contextlib.suppress(StorageError):
                do()
        raise self.error()

    def open_new(self, path: str) -> StorageWriter:
        def open_new() -> StorageWriter:
            self._opened.append(self._store.open_new(path))
            return self._opened[-1]

        return _Writer(self, path, self._step(f"open {path}", open_new))

    def open_for_reading(self, path: str) -> IO[bytes]:
        return self._store.open_for_reading(path)

    def exists(self, path: str) -> bool:
        return self._store.exists(path)

    def list(self, directory: str) -> Sequence[Entry]:
        found: Sequence[Entry] = self._step(
            f"list {directory}", lambda: self._store.list(directory)
        )
        return found

    def make_directories(self, path: str) -> None:
        self._step(f"mkdir {path}", lambda: self._store.make_directories(path))

    def rename(self, source: str, target: str) -> None:
        self._step(f"rename {source} {target}", lambda: self._store.rename(source, target))

    def delete(self, path: str) -> None:
        self._step(f"delete {path}", lambda: self._store.delete(path))

    def close(self) -> None:
        for writer in self._opened:  # those of killed tasks, too
            writer.abort()


class _Writer(StorageWriter):
    def __init__(self, storage: FailingStorage, path: str, writer: StorageWriter) -> None:
        self._storage = storage
        self._path = path
        self._writer = writer

    def write(self, data: bytes | bytearray | memoryview) -> int:
        self._storage._step(f"write {self._path}", lambda: self._writer.write(data))
        return memoryview(data).nbytes

    def close(self) -> None:
        self._storage._step(f"close {self._path}", self._writer.close)

    def abort(self) -> None:
        self._writer.abort()


class AtOnce(Executor):
    """Does everything at once, on the same thread; what kills, kills."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Context:
    """Remembers what a sink task asks for."""

    configs: Mapping[str, str] = {}
    assignment = frozenset({WHERE})
    is_stopping = False

    def __init__(self) -> None:
        self.errant_record_reporter: Any = None
        self.offsets: dict[TopicPartition, int] = {}
        self.timeouts: list[int] = []
        self.paused: set[TopicPartition] = set()

    def offset(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.offsets.update(offsets)

    def timeout(self, timeout_ms: int) -> None:
        self.timeouts.append(timeout_ms)

    def pause(self, *partitions: TopicPartition) -> None:
        self.paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self.paused -= set(partitions)

    def request_commit(self) -> None:
        raise AssertionError


class DeadLetters:
    """Takes errant records."""

    def __init__(self) -> None:
        self.offsets: list[int] = []
        self.errors: list[BaseException] = []

    def report(self, record: SinkRecord, error: BaseException) -> Future[None]:
        self.offsets.append(record.kafka_offset)
        self.errors.append(error)
        done: Future[None] = Future()
        done.set_result(None)
        return done


def record(offset: int, **changes: Any) -> SinkRecord:
    """A record whose value tells its offset and one of three groups."""
    value = {"offset": offset, "group": offset % 3}
    facts = {"topic": "clicks", "kafka_partition": 0, "kafka_offset": offset, "value": value}
    return SinkRecord(**{**facts, **changes})


def records(start: int, stop: int) -> list[SinkRecord]:
    return [record(offset) for offset in range(start, stop)]


def committed(root: Path) -> dict[str, list[int]]:
    """Committed files, by their path below the topic's directory, with the offsets in them."""
    found = {}
    top = root / "topics" / "clicks"
    for path in sorted(top.rglob("*")):
        if path.is_file():
            name = parse_committed_name(path.name)
            assert name is not None, path
            offsets = [json.loads(line)["offset"] for line in path.read_text().splitlines()]
            assert (offsets[0], offsets[-1]) == (name.start, name.end), path
            found[str(path.relative_to(top))] = offsets
    return found


def offsets_in(root: Path) -> list[int]:
    """All offsets in committed files, in order; those that are there twice come twice."""
    return sorted(itertools.chain.from_iterable(committed(root).values()))


def leftovers(root: Path) -> list[str]:
    """Files that are in no final place."""
    return [str(path) for path in (root / "topics" / "+tmp").rglob("*") if path.is_file()]


def next_offset(answer: Mapping[TopicPartition, OffsetAndMetadata]) -> int:
    return answer[WHERE].offset
