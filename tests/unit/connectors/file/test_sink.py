# SPDX-License-Identifier: Apache-2.0
"""The file sink's task on real files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from barnabas.api import SinkRecord
from barnabas.connectors.file.sink import FileStreamSinkTask
from barnabas.data import FLOAT64, Schema
from barnabas.errors import ConnectError


def records(*values: Any, schema: Schema | None = None) -> list[SinkRecord]:
    return [
        SinkRecord(topic="t", kafka_partition=0, kafka_offset=i, value=value, value_schema=schema)
        for i, value in enumerate(values)
    ]


def started(path: Path) -> FileStreamSinkTask:
    task = FileStreamSinkTask()
    task.start({"file": str(path)})
    return task


@pytest.mark.mirrors("connect/file FileStreamSinkTaskTest#testPutFlush")
def test_values_are_appended_a_line_each(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("before\n")
    task = started(path)
    task.put(records("line1"))
    task.put([])
    task.put(records("line2", "zwölf"))
    task.flush({})
    task.stop()
    assert path.read_text() == "before\nline1\nline2\nzwölf\n"


def test_other_values_are_written_as_java_prints_them(tmp_path: Path) -> None:
    task = started(tmp_path / "out.txt")
    task.put(records("a", None, True, {"k": "v"}, [1, 2]))
    task.put(records(1.0, schema=FLOAT64))
    text = (tmp_path / "out.txt").read_text()
    assert text == "a\nnull\ntrue\n{k=v}\n[1, 2]\n1.0\n"


def test_characters_that_cannot_be_written_become_question_marks(tmp_path: Path) -> None:
    task = started(tmp_path / "out.txt")
    task.put(records("a\ud800b"))
    assert (tmp_path / "out.txt").read_text() == "a?b\n"


def test_file_that_cannot_be_made_fails_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConnectError, match=r"Couldn't find or create file .*No such file"):
        started(tmp_path / "missing" / "out.txt")


def test_full_disk_fails_the_task() -> None:
    task = started(Path("/dev/full"))
    with pytest.raises(ConnectError, match="Cannot write to /dev/full: No space left on device"):
        task.put(records("a"))


def test_values_are_printed_without_a_file(capfd: pytest.CaptureFixture[str]) -> None:
    task = FileStreamSinkTask()
    task.start({})
    task.put(records("shown"))
    task.stop()
    assert capfd.readouterr().out == "shown\n"
