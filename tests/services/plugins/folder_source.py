# SPDX-License-Identifier: Apache-2.0
"""A source that copies the lines of all files in a folder, one task per file.

Files come and go while it runs: the connector looks every 100 ms and asks for other tasks then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path

from barnabas.api import SourceConnector, SourceRecord, SourceTask

LOOK_S = 0.1


class FolderTask(SourceTask):
    """Copies the lines of one file; the offset is the number of lines copied."""

    def start(self, props: Mapping[str, str]) -> None:
        """Go on where an earlier task has stopped."""
        self._path = Path(props["file"])
        self._topic = props["topic"]
        self._partition = {"file": self._path.name}
        stored = self.context.offset_storage_reader.offset(self._partition)
        self._copied = int(stored["lines"]) if stored else 0

    def poll(self) -> list[SourceRecord] | None:
        """Return what was appended."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        news = lines[self._copied :]
        if not news:
            time.sleep(LOOK_S)
            return None
        records = [
            SourceRecord(
                topic=self._topic,
                value=line,
                source_partition=self._partition,
                source_offset={"lines": number},
            )
            for number, line in enumerate(news, self._copied + 1)
        ]
        self._copied += len(news)
        return records

    def stop(self) -> None:
        """Nothing is open."""


class FolderSource(SourceConnector):
    """Gives each file of ``folder`` a task; the lines go to ``topic``."""

    task_class = FolderTask

    def start(self, props: Mapping[str, str]) -> None:
        """Begin to look."""
        self._folder = Path(props["folder"])
        self._topic = props["topic"]
        self._is_over = threading.Event()
        self._seen = self._files()
        self._watch = threading.Thread(target=self._look, daemon=True)
        self._watch.start()

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Return one for each file, in the order of their names."""
        return [{"file": file, "topic": self._topic} for file in self._files()]

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()
        self._watch.join()

    def _files(self) -> list[str]:
        return sorted(str(path) for path in self._folder.iterdir())

    def _look(self) -> None:
        while not self._is_over.wait(LOOK_S):
            files = self._files()
            if files != self._seen:
                self._seen = files
                self.context.request_task_reconfiguration()
