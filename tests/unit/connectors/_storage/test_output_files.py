# SPDX-License-Identifier: Apache-2.0
"""Sets of files."""

from __future__ import annotations

from concurrent.futures import Future
from unittest import mock

from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.rotation import OpenRange


def test_a_set_waits_for_closings_and_reports() -> None:
    files = FileSet(0, None, OpenRange(0, 0))
    closed: Future[None] = Future()
    reported: Future[None] = Future()
    files.finished.append(OutputFile("x", "p", mock.Mock(), 0, 0, closed=closed))
    files.reports.append(reported)
    assert files.awaited() == [closed, reported]
    closed.set_result(None)
    assert files.awaited() == [reported]


def test_a_set_has_open_and_finished_files() -> None:
    files = FileSet(0, None, OpenRange(0, 0))
    files.open["x"] = OutputFile("x", "p", mock.Mock(), 0, 0)
    files.finished.append(OutputFile("y", "q", mock.Mock(), 0, 0))
    assert [file.encoded for file in files.files()] == ["x", "y"]
