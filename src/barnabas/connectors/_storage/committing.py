# SPDX-License-Identifier: Apache-2.0
"""The commit of a set of closed files.

1. Each file gets its final name, still in the directory of the session.
2. The claim is renamed: this is the moment of the commit, for all files at once.
3. Each file moves to its final directory; those of one directory in the order of their offsets,
   because readers take it that nothing appears before what is there.

A crash before 2 leaves files that recovery removes, one after it files that recovery moves.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence, Set
from concurrent.futures import Executor
from typing import TypeVar

from barnabas.connectors._storage.claims import HeldClaim
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.recovery import publish
from barnabas.connectors._storage.storage import (
    FileMissingError,
    Storage,
    StorageError,
    TargetExistsError,
    parent_of,
)

__all__ = ["commit_files", "remove_empty_directories"]

_Item = TypeVar("_Item")
_FEW = 3
"""So many files are renamed one after the other rather than by several threads."""


def commit_files(storage: Storage, claim: HeldClaim, files: FileSet, pool: Executor) -> None:
    """Make all files of a set visible in their places, or none. All of them are closed.

    Raises:
        ClaimLostError: The partition belongs to somebody else; nothing became visible.
        StorageError: It is not certain how far it went; recovery sets that right.
    """

    def prepare(file: OutputFile) -> None:
        if not file.is_prepared:
            prepared = f"{parent_of(file.path)}/{file.target.rpartition('/')[2]}"
            try:
                storage.rename(file.path, prepared)
            except (FileMissingError, TargetExistsError):
                # A client that got no answer asks again, and is told that it is done.
                if storage.exists(file.path) or not storage.exists(prepared):
                    raise
            file.path, file.is_prepared = prepared, True

    def move(file: OutputFile) -> None:
        if not file.is_published:
            publish(storage, file.path, file.target)
            file.is_published = True

    def move_in_order(chain: Sequence[OutputFile]) -> None:
        for file in chain:
            move(file)

    _for_each(prepare, files.finished, pool)
    if not files.is_claimed:
        claim.advance(files.next_offset)
        files.is_claimed = True
    _for_each(move_in_order, _by_directory(files.finished), pool)


def _by_directory(files: Iterable[OutputFile]) -> list[list[OutputFile]]:
    chains: dict[str, list[OutputFile]] = {}
    for file in sorted(files, key=lambda file: file.start):
        chains.setdefault(file.encoded, []).append(file)
    return list(chains.values())


def _for_each(do: Callable[[_Item], None], items: Sequence[_Item], pool: Executor) -> None:
    if len(items) <= _FEW:
        for item in items:
            do(item)
        return
    for _ in pool.map(do, items):
        pass


def remove_empty_directories(
    storage: Storage, places: Places, session: str, gone: Set[str], used: Set[str]
) -> None:
    """Tidy a session's directory after a commit, as far as that is easy.

    Args:
        storage: Where it is.
        places: Names the Kafka partition.
        session: Name of the directory.
        gone: Encoded partitions of the files that moved away.
        used: Encoded partitions that still have files.
    """
    root = f"{places.work}/{session}"
    for encoded in gone - used:
        directory = f"{root}/{encoded}"
        with contextlib.suppress(StorageError):  # not empty: a directory of another file
            while directory != places.work:
                storage.delete(directory)
                directory = parent_of(directory)
