# SPDX-License-Identifier: Apache-2.0
"""What tests of file sources share: a lake in a directory, a context in memory, failing stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from barnabas.api import SourceRecord
from barnabas.connectors._storage.formats.format import FormatSettings
from barnabas.connectors._storage.formats.known import make_format
from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.reading.task import StorageSourceTask
from barnabas.connectors._storage.storage import Entry, Storage
from barnabas.connectors.directory.config import DirectorySourceConfig


class MemoryContext:
    """Holds offsets; its waits take no time."""

    transaction_context = None
    is_stopping = False
    configs: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.stored: dict[str, dict[str, Any]] = {}
        self.waits: list[float] = []
        self.asked = 0

    @property
    def offset_storage_reader(self) -> MemoryContext:
        return self

    def offset(self, partition: Mapping[str, Any]) -> dict[str, Any] | None:
        return self.stored.get(repr(dict(partition)))

    def offsets(self, partitions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any] | None]:
        self.asked += 1
        return [self.offset(partition) for partition in partitions]

    def store(self, records: Sequence[SourceRecord]) -> None:
        """Keep offsets as the framework does once records are acknowledged."""
        for record in records:
            assert record.source_partition is not None
            assert record.source_offset is not None
            self.stored[repr(dict(record.source_partition))] = dict(record.source_offset)

    def wait(self, timeout_s: float) -> bool:
        self.waits.append(timeout_s)
        return False


class WatchedStorage(Storage):
    """A local store that counts listings and fails as told."""

    def __init__(self, root: Path) -> None:
        self._store = LocalStorage(f"file://{root}")
        self.url = self._store.url
        self.listed: list[str] = []
        self.listed_after: list[tuple[str, str]] = []
        self.opened: list[str] = []
        self.list_error: Exception | None = None
        self.open_error: Exception | None = None
        self.is_undated = False

    def list(self, directory: str) -> Sequence[Entry]:
        if self.list_error is not None:
            raise self.list_error
        self.listed.append(directory)
        found = self._store.list(directory)
        if self.is_undated:
            return [one._replace(modified_ms=0) if one.is_directory else one for one in found]
        return found

    def list_after(self, directory: str, name: str) -> Sequence[Entry]:
        self.listed_after.append((directory, name))
        return [entry for entry in self.list(directory) if entry.name > name]

    def open_for_reading(self, path: str) -> IO[bytes]:
        if self.open_error is not None:
            raise self.open_error
        self.opened.append(path)
        return self._store.open_for_reading(path)

    def open_new(self, path: str) -> Any:
        return self._store.open_new(path)

    def exists(self, path: str) -> bool:
        return self._store.exists(path)

    def make_directories(self, path: str) -> None:
        raise AssertionError

    rename = make_directories  # type: ignore[assignment]
    delete = make_directories

    def close(self) -> None:
        self._store.close()


class LakeTask(StorageSourceTask):
    """Reads the lake of a test."""

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self.given = storage

    def read_settings(self, props: Mapping[str, str]) -> DirectorySourceConfig:
        return DirectorySourceConfig(props)

    def open_store(self, settings: object) -> Storage:
        return self.given


class Lake:
    """A directory with files of topics, and tasks that read it."""

    def __init__(self, root: Path, form: str = "JsonFormat") -> None:
        self.root = root
        self.storage = WatchedStorage(root)
        self.context = MemoryContext()
        self.form = form
        self.format = make_format(form)

    def put(
        self,
        path: str,
        values: Sequence[Any],
        schema: Any = None,
        settings: FormatSettings | None = None,
    ) -> Path:
        """Write a file below ``topics``; the extension is that of the format."""
        full = f"topics/{path}{self.format.extension}"
        target = self.storage.open_new(full)
        writer = self.format.new_writer(target, schema, settings or FormatSettings())
        writer.write(values)
        writer.close()
        return self.root / full

    def task(self, **changes: str) -> LakeTask:
        """Start a task; ``_`` stands for a dot."""
        props = {
            "format.class": self.form,
            "store.url": f"file://{self.root}",
            "poll.interval.ms": "1",
            "retry.backoff.ms": "0",
            **{key.replace("_", "."): value for key, value in changes.items()},
        }
        task = LakeTask(self.storage)
        task.context = self.context
        task.start(props)
        return task

    def read(self, **changes: str) -> list[SourceRecord]:
        """Read all there is with a new task, and store the offsets."""
        return self.read_on(self.task(**changes))

    def next(self, task: LakeTask) -> list[SourceRecord]:
        """Poll until there are records."""
        for _ in range(50):
            if records := task.poll():
                return records
        raise AssertionError

    def read_on(self, task: LakeTask) -> list[SourceRecord]:
        """Poll until a look for files found nothing, and store the offsets."""
        records: list[SourceRecord] = []
        idle = 0
        while idle < 4:
            if idle == 2:
                task._next_look_s = 0.0  # it is time
            batch = task.poll() or []
            self.context.store(batch)
            idle = 0 if batch else idle + 1
            records += batch
        return records


def values(records: Sequence[SourceRecord]) -> list[Any]:
    return [record.value for record in records]
