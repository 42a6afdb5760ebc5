# SPDX-License-Identifier: Apache-2.0
"""The HDFS and the S3 sink with tasks that kill themselves (``kill -9``) at a step of their work.

``die.at`` is a step and a number, ``rename+2``: just after the second rename of this life that
succeeded, or, with ``rename-2``, just before the second that was tried. Steps are the methods of
`Storage`, ``write`` and ``close_file`` of its writers, for S3 the requests to it, such as
``upload_part``, and ``commit``. It dies once: then the file ``die.marker`` is there.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from barnabas.api import OffsetAndMetadata, TopicPartition
from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.storage import Storage, StorageWriter
from barnabas.connectors.hdfs.config import HdfsSinkConfig
from barnabas.connectors.hdfs.connector import HdfsSinkConnector
from barnabas.connectors.hdfs.task import HdfsSinkTask
from barnabas.connectors.s3.config import S3SinkConfig
from barnabas.connectors.s3.connector import S3SinkConnector
from barnabas.connectors.s3.task import S3SinkTask


class Death:
    """Counts steps and ends the process at one of them."""

    def __init__(self, at: str, marker: Path) -> None:
        found = re.fullmatch(r"(\w+)([+-])(\d+)", at)
        assert found, at
        self._step, self._is_after, self._number = found[1], found[2] == "+", int(found[3])
        self._marker = marker
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def step(self, name: str, do: Callable[[], Any]) -> Any:
        """Do a step, and die before or after it if it is the one."""
        if not self._is_after and self._is_it(name):
            self._die()
        result = do()
        # One that failed does not count: a busy store refuses now and then, and is asked again.
        if self._is_after and self._is_it(name):
            self._die()
        return result

    def _is_it(self, name: str) -> bool:
        with self._lock:
            self._counts[name] += 1
            return name == self._step and self._counts[name] == self._number

    def _die(self) -> None:
        with contextlib.suppress(FileExistsError):
            self._marker.open("x").close()
            os.kill(os.getpid(), signal.SIGKILL)


class DyingWriter(StorageWriter):
    """A writer whose steps are counted."""

    def __init__(self, writer: StorageWriter, death: Death) -> None:
        self._writer, self._death = writer, death

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Count, and write."""
        written: int = self._death.step("write", lambda: self._writer.write(data))
        return written

    def close(self) -> None:
        """Count, and close."""
        self._death.step("close_file", self._writer.close)

    def abort(self) -> None:
        """Abort."""
        self._writer.abort()


class DyingTask(HdfsSinkTask):
    """Counts the steps of its store and its commits."""

    def start(self, props: Mapping[str, str]) -> None:
        """Remember when to die."""
        self._death = Death(props["die.at"], Path(props["die.marker"]))
        super().start(props)

    def open_store(self, settings: StorageSinkConfig) -> Storage:
        """Wrap the methods of the store."""
        store, death = super().open_store(settings), self._death

        def counted(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
            return lambda *args: death.step(name, lambda: method(*args))

        open_new = store.open_new
        for name in ("rename", "delete", "make_directories"):
            setattr(store, name, counted(name, getattr(store, name)))
        opened = counted("open_new", lambda path: DyingWriter(open_new(path), death))
        store.open_new = opened  # type: ignore[method-assign]
        return store

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Count commits that have something to commit."""
        answer = super().pre_commit(offsets)
        return self._death.step("commit", lambda: answer) if answer else answer


class DyingS3Task(S3SinkTask):
    """Counts requests about objects, and commits."""

    def start(self, props: Mapping[str, str]) -> None:
        """Remember when to die."""
        self._death = Death(props["die.at"], Path(props["die.marker"]))
        super().start(props)

    def open_store(self, settings: StorageSinkConfig) -> Storage:
        """Wrap the requests of the store."""
        assert isinstance(settings, S3SinkConfig)
        store, death = S3Storage(settings.url, settings.s3_settings()), self._death
        call = store.call

        def counted(operation: str, path: str, **told: Any) -> dict[str, Any]:
            answer: dict[str, Any] = death.step(operation, lambda: call(operation, path, **told))
            return answer

        store.call = counted  # type: ignore[method-assign]  # all writers go through it
        return store

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Count commits that have something to commit."""
        answer = super().pre_commit(offsets)
        return self._death.step("commit", lambda: answer) if answer else answer


class DyingS3Sink(S3SinkConnector):
    """The connector for S3."""

    @property
    def task_class(self) -> type[DyingS3Task]:
        """The task that dies."""
        return DyingS3Task


class DyingConfig(HdfsSinkConfig):
    """Settings of the sink; it does not mind others."""


class DyingSink(HdfsSinkConnector):
    """The connector."""

    config_class = DyingConfig

    @property
    def task_class(self) -> type[DyingTask]:
        """The task that dies."""
        return DyingTask
