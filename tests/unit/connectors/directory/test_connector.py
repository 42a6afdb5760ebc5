# SPDX-License-Identifier: Apache-2.0
"""The directory source."""

from __future__ import annotations

from pathlib import Path

from barnabas.connectors.directory.connector import DirectorySourceConnector, DirectorySourceTask
from tests.unit.connectors._storage.reading.source_harness import MemoryContext


def test_files_of_a_directory_are_read(tmp_path: Path) -> None:
    file = tmp_path / "lake" / "clicks" / "partition=2" / "clicks+2+0000000005+0000000006.txt"
    file.parent.mkdir(parents=True)
    file.write_text("one\ntwo\n")
    connector = DirectorySourceConnector()
    connector.start(
        {"format.class": "StringFormat", "store.url": tmp_path.as_uri(), "topics.dir": "lake"}
    )
    (settings,) = connector.task_configs(1)
    task = connector.task_class()
    assert isinstance(task, DirectorySourceTask)
    task.context = MemoryContext()
    task.start(settings)
    task.poll()
    assert [record.value for record in task.poll() or []] == ["one", "two"]
    task.stop()
