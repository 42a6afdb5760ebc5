# SPDX-License-Identifier: Apache-2.0
"""The store that files are written to, as the rest of the machinery sees it.

A path is relative to the root of the store (``store.url``), its parts are joined by ``/``, and it
neither begins nor ends with one; ``""`` is the root itself. Methods may be called from several
threads at once, each open file from one thread at a time.

Errors say which path was touched and why it failed. Whether trying again may help is told by the
class: `StorageUnavailableError` is a `RetriableError`, the others are for a person to mend.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import IO, NamedTuple

from barnabas.errors import AlreadyExistsError, ConnectError, NotFoundError, RetriableError

__all__ = [
    "Entry",
    "FileChangedError",
    "FileMissingError",
    "LeaseHeldError",
    "Storage",
    "StorageAccessError",
    "StorageError",
    "StorageFullError",
    "StorageUnavailableError",
    "StorageWriter",
    "TargetExistsError",
    "UnknownOperationError",
    "join",
    "parent_of",
]


class StorageError(ConnectError):
    """The store refused an operation."""

    def __init__(
        self, message: str | None = None, path: str | None = None, reason: str | None = None
    ) -> None:
        if message is None and path is not None:
            message = f"{type(self).__doc__} Path: {path}. Reason: {reason}"
        super().__init__(message)
        self.path = path
        """The path that was touched, with the address of the store; None when there is none."""
        self.reason = reason
        """What the store said."""


class StorageUnavailableError(StorageError, RetriableError):
    """The store cannot do it at the moment (away, standby, safe mode); trying again may help."""


class LeaseHeldError(StorageUnavailableError):
    """Another client is writing this file, or died while it did."""


class StorageFullError(StorageUnavailableError):
    """The store has no room left, or a quota is used up."""


class StorageAccessError(StorageError):
    """The store does not let this user do that."""


class FileMissingError(StorageError, NotFoundError):
    """The file or directory is not there."""


class FileChangedError(StorageError):
    """The file was replaced while it was read."""


class TargetExistsError(StorageError, AlreadyExistsError):
    """Something of that name is there already."""


class UnknownOperationError(StorageError):
    """The store does not know this operation."""


class Entry(NamedTuple):
    """What a listing tells of a file or directory."""

    name: str
    """Last part of the path."""
    path: str
    """Relative to the root of the store, as methods of `Storage` take it."""
    size: int
    """Bytes; 0 for a directory."""
    is_directory: bool
    modified_ms: int
    """Milliseconds since the epoch; of a directory: when an entry was last added or removed."""


class StorageWriter(abc.ABC):
    """A file being written. Others see all of it or nothing promised before it is closed."""

    @abc.abstractmethod
    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes; all of them are taken before this returns.

        The buffer may be changed or reused afterwards.

        Returns:
            Their number, as file objects do.

        Raises:
            StorageError: They cannot be written; only `abort` makes sense after that.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Make the file complete and durable. May be slow; may run in another thread.

        A second call, or one after `abort`, does nothing.

        Raises:
            StorageError: It is not certain that the file is complete.
        """

    @abc.abstractmethod
    def abort(self) -> None:
        """Give the file up and remove what was written, as far as possible; never raises.

        Does nothing after `close`.
        """


class Storage(abc.ABC):
    """A store of files."""

    url: str
    """Address of the root without a slash at its end, such as ``hdfs://namenode:8020``."""
    is_remote: bool = True
    """Whether opening a file takes so long that others are worth opening meanwhile."""

    @abc.abstractmethod
    def open_new(self, path: str) -> StorageWriter:
        """Begin a file that does not exist yet; missing parent directories are made.

        Raises:
            TargetExistsError: There is a file already.
            StorageError: It cannot be made.
        """

    @abc.abstractmethod
    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open a file as a binary file object that can seek.

        Raises:
            FileMissingError: There is no such file.
            StorageError: It cannot be read. Reads raise it as well, and `FileChangedError` where
                the store would give out bytes of another file of that name.
        """

    @abc.abstractmethod
    def exists(self, path: str) -> bool:
        """Say whether there is a file or directory.

        Raises:
            StorageError: That cannot be found out.
        """

    @abc.abstractmethod
    def list(self, directory: str) -> Sequence[Entry]:
        """List what is directly in a directory, in no order; empty when it does not exist.

        Raises:
            StorageError: It cannot be listed.
        """

    def list_after(self, directory: str, name: str) -> Sequence[Entry]:
        """List what is in a directory under names that sort after one, as texts.

        Entries before that may be among them, where leaving them out saves nothing.

        Raises:
            StorageError: It cannot be listed.
        """
        return self.list(directory)

    @abc.abstractmethod
    def make_directories(self, path: str) -> None:
        """Make a directory with its parents; fine when it is there.

        Raises:
            StorageError: It cannot be made.
        """

    @abc.abstractmethod
    def rename(self, source: str, target: str) -> None:
        """Move a file or directory in one step that happens wholly or not at all.

        The directory of the target must exist. Of several clients that move the same source, one
        succeeds: ownership of a Kafka partition rests on that.

        Raises:
            FileMissingError: The source, or the directory of the target, is not there.
            TargetExistsError: The target is there; nothing was changed.
            StorageError: It is not certain whether it was moved.
        """

    @abc.abstractmethod
    def delete(self, path: str) -> None:
        """Remove a file or an empty directory; fine when it is not there.

        Raises:
            StorageError: It cannot be removed, or the directory is not empty.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of connections and threads. May be called twice; never raises."""


def join(*parts: str) -> str:
    """Put a path together; empty parts, and slashes at the ends of parts, are left out."""
    return "/".join(text for part in parts for text in part.split("/") if text)


def parent_of(path: str) -> str:
    """The directory a path is in; the root's is the root."""
    return path.rpartition("/")[0]
