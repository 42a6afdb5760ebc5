# SPDX-License-Identifier: Apache-2.0
"""How the files of a Kafka partition come to be where readers find them, each record in one.

Stores with an atomic rename have `RenamedFiles`; stores of whole objects have `WrittenObjects`.
"""

from __future__ import annotations

import abc
from collections.abc import Set

from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.storage import StorageWriter

__all__ = ["Publication"]


class Publication(abc.ABC):
    """The way of one Kafka partition; used by the task's main thread, but for `recover`."""

    ends_in_order: bool = False
    """Whether a set of files is closed only when those before it are: files are seen when closed,
    and readers of a directory take it that nothing appears before what is there."""

    @property
    @abc.abstractmethod
    def is_held(self) -> bool:
        """Whether `recover` succeeded, and `release` was not called since."""

    @property
    @abc.abstractmethod
    def next_offset(self) -> int | None:
        """First offset that is in no committed file; None when only the consumer group knows."""

    @abc.abstractmethod
    def recover(self, *, wants_last_file: bool) -> str | None:
        """Become the writer of the partition, and remove or finish what the last one left.

        May be called on another thread, and again.

        Args:
            wants_last_file: Whether the committed file with the last records is looked for.

        Returns:
            The path of that file, if it was looked for and found.

        Raises:
            StorageError: It has to be called again.
        """

    @abc.abstractmethod
    def open_file(self, encoded: str, start: int) -> tuple[str, StorageWriter]:
        """Begin a file for records of an encoded partition from an offset on; gives its path.

        Raises:
            StorageError: It cannot be made.
        """

    @abc.abstractmethod
    def target_of(self, file: OutputFile) -> str:
        """The path that a file, which takes no more records, will have for readers."""

    @abc.abstractmethod
    def commit(self, files: FileSet, used: Set[str]) -> None:
        """Make a set of closed files count. May be called again after an error.

        Args:
            files: All of them are closed.
            used: Encoded partitions of which other files are open or being closed.

        Raises:
            StorageError: It is not certain how far it went; `release`, then `recover`.
        """

    @abc.abstractmethod
    def release(self) -> None:
        """Forget what was opened and not committed; nothing is asked of the store."""

    @abc.abstractmethod
    def clean_up(self) -> None:
        """Leave nothing behind that nobody needs; called after `release`, at the end.

        Raises:
            StorageError: Something was left.
        """
