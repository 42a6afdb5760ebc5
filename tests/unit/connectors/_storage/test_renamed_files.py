# SPDX-License-Identifier: Apache-2.0
"""Files that are renamed; what they promise together with a writer is in `test_sink_task`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from barnabas.connectors._storage.local import LocalStorage
from barnabas.connectors._storage.newest import LastFileSearch
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.renamed_files import RenamedFiles
from barnabas.connectors._storage.rotation import OpenRange
from tests.unit.connectors._storage.sink_harness import PLACES, AtOnce


def make(root: Path) -> RenamedFiles:
    storage = LocalStorage(f"file://{root}")
    parts: Any = mock.Mock(
        storage=storage,
        pool=AtOnce(),
        extension=".json",
        offset_width=3,
        last_files=LastFileSearch(storage),
    )
    return RenamedFiles(PLACES, parts)


def test_a_file_is_written_aside_and_moved_by_the_commit(tmp_path: Path) -> None:
    publication = make(tmp_path)
    assert not publication.is_held
    assert publication.recover(wants_last_file=False) is None
    path, writer = publication.open_file("x=1", 4)
    assert path.startswith(f"{PLACES.work}/")
    writer.write(b"some")
    writer.close()
    file = OutputFile("x=1", path, mock.Mock(), 4, 6, 3)
    file.target = publication.target_of(file)
    publication.commit(FileSet(4, None, OpenRange(0, 0), 7, finished=[file]), set())
    assert (tmp_path / "topics/clicks/x=1/clicks+0+004+006.json").read_bytes() == b"some"
    assert publication.next_offset == 7


def test_the_directory_of_the_session_goes_at_the_end(tmp_path: Path) -> None:
    publication = make(tmp_path)
    publication.clean_up()
    publication.recover(wants_last_file=False)
    publication.open_file("x=1", 4)[1].close()
    publication.release()
    assert not publication.is_held
    publication.clean_up()
    assert [path for path in (tmp_path / PLACES.work).rglob("*") if path.is_file()] == []
