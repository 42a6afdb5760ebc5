# SPDX-License-Identifier: Apache-2.0
"""Files that are written aside and renamed when they are whole: HDFS and local directories."""

from __future__ import annotations

import itertools
from collections.abc import Set

from typing_extensions import override

from barnabas.connectors._storage.claims import HeldClaim
from barnabas.connectors._storage.committing import commit_files, remove_empty_directories
from barnabas.connectors._storage.names import Places, committed_name
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.recovery import recover, remove_tree
from barnabas.connectors._storage.storage import StorageWriter, join
from barnabas.connectors._storage.writer_parts import WriterParts

__all__ = ["RenamedFiles"]


class RenamedFiles(Publication):
    """A claim says who writes and what is committed, see `claims`; see `Publication`.

    Args:
        places: Names the partition and its directories.
        parts: What all partitions of the task share.
    """

    def __init__(self, places: Places, parts: WriterParts) -> None:
        self._places = places
        self._parts = parts
        self._claim: HeldClaim | None = None
        self._session = ""
        self._numbers = itertools.count()

    @property
    @override
    def is_held(self) -> bool:
        return self._claim is not None

    @property
    @override
    def next_offset(self) -> int | None:
        return self._held().next_offset

    @override
    def recover(self, *, wants_last_file: bool) -> str | None:
        parts = self._parts
        recovered = recover(
            parts.storage, self._places, parts.last_files, wants_last_file=wants_last_file
        )
        self._claim = recovered.claim
        self._session = recovered.claim.session
        return recovered.last_file

    @override
    def open_file(self, encoded: str, start: int) -> tuple[str, StorageWriter]:
        parts = self._parts
        name = f"{next(self._numbers):06d}_tmp{parts.extension}"
        path = join(self._places.work, self._held().session, encoded, name)
        return path, parts.storage.open_new(path)

    @override
    def target_of(self, file: OutputFile) -> str:
        parts = self._parts
        name = committed_name(
            self._places.where,
            file.start,
            file.end,
            width=parts.offset_width,
            extension=parts.extension,
        )
        return join(self._places.committed, file.encoded, name)

    @override
    def commit(self, files: FileSet, used: Set[str]) -> None:
        claim, storage = self._held(), self._parts.storage
        commit_files(storage, claim, files, self._parts.pool)
        gone = {file.encoded for file in files.finished}
        remove_empty_directories(storage, self._places, claim.session, gone, used)

    @override
    def release(self) -> None:
        self._claim = None

    @override
    def clean_up(self) -> None:
        if self._session:
            remove_tree(self._parts.storage, f"{self._places.work}/{self._session}")

    def _held(self) -> HeldClaim:
        assert self._claim is not None, "recover first"
        return self._claim
