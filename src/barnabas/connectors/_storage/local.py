# SPDX-License-Identifier: Apache-2.0
"""Directories of this machine, or mounted on it, as a store (``file://``)."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
import stat
import urllib.parse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final

from barnabas.connectors._storage.storage import (
    Entry,
    FileMissingError,
    Storage,
    StorageAccessError,
    StorageError,
    StorageFullError,
    StorageUnavailableError,
    StorageWriter,
    TargetExistsError,
    join,
)
from barnabas.errors import ConfigError

__all__ = ["LocalStorage"]

_AT_FDCWD: Final = -100
_RENAME_NOREPLACE: Final = 1
_BUFFER_BYTES: Final = 1 << 16
_KINDS: Final[dict[int, type[StorageError]]] = {
    errno.ENOENT: FileMissingError,
    errno.EEXIST: TargetExistsError,
    errno.EACCES: StorageAccessError,
    errno.EPERM: StorageAccessError,
    errno.EROFS: StorageAccessError,
    errno.ENOSPC: StorageFullError,
    errno.EDQUOT: StorageFullError,
    errno.EFBIG: StorageFullError,
    errno.ENAMETOOLONG: StorageError,
    errno.EINVAL: StorageError,
    errno.EISDIR: StorageError,
    errno.ENOTDIR: StorageError,
    errno.ENOTEMPTY: StorageError,
}


class LocalStorage(Storage):
    """Files below a directory of the local machine.

    What is closed or renamed is on the disk, not only in the machine's memory.

    Args:
        url: ``file:///directory``, or the directory's absolute path.

    Raises:
        ConfigError: The address names another machine or no absolute directory.
    """

    is_remote = False

    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url)
        path = urllib.parse.unquote(parts.path) if parts.scheme else url
        if parts.scheme not in ("", "file") or parts.netloc not in ("", "localhost"):
            message = f"Local directories are addressed as file:///path, not {url}"
            raise ConfigError(message)
        if not path.startswith("/"):
            message = f"The directory in {url} must be absolute: file:///path"
            raise ConfigError(message)
        self._root = "/" + join(path)
        self.url = f"file://{self._root.rstrip('/')}"

    def open_new(self, path: str) -> StorageWriter:
        """Begin a file; see `Storage.open_new`."""
        place = self._place(path)
        with _told(place):
            try:
                file = Path(place).open("xb", buffering=_BUFFER_BYTES)  # noqa: SIM115 - the writer closes it
            except FileNotFoundError:
                Path(place).parent.mkdir(parents=True, exist_ok=True)
                file = Path(place).open("xb", buffering=_BUFFER_BYTES)  # noqa: SIM115 - the writer closes it
        return _LocalWriter(place, file)

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open a file; see `Storage.open_for_reading`."""
        place = self._place(path)
        with _told(place):
            return Path(place).open("rb")

    def exists(self, path: str) -> bool:
        """Look for a file or directory; see `Storage.exists`."""
        place = self._place(path)
        with _told(place):
            try:
                os.stat(place, follow_symlinks=False)
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def list(self, directory: str) -> Sequence[Entry]:
        """List a directory; see `Storage.list`."""
        place = self._place(directory)
        entries = []
        with _told(place):
            try:
                found = os.scandir(place)
            except FileNotFoundError:
                return []
            prefix = f"{directory}/" if directory else ""
            with found:
                for each in found:
                    with contextlib.suppress(FileNotFoundError):  # gone since it was listed
                        entries.append(_entry(prefix, each))
        return entries

    def make_directories(self, path: str) -> None:
        """Make a directory; see `Storage.make_directories`."""
        place = self._place(path)
        with _told(place):
            Path(place).mkdir(parents=True, exist_ok=True)

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory; see `Storage.rename`."""
        old, new = self._place(source), self._place(target)
        with _told(f"{old} -> {new}"):
            _rename_without_replacing(old, new)
            for directory in {os.path.dirname(old), os.path.dirname(new)}:
                with contextlib.suppress(FileNotFoundError):  # somebody cleaned up
                    _sync_directory(directory)

    def delete(self, path: str) -> None:
        """Remove a file or an empty directory; see `Storage.delete`."""
        place = self._place(path)
        with _told(place), contextlib.suppress(FileNotFoundError):
            if stat.S_ISDIR(os.stat(place, follow_symlinks=False).st_mode):
                Path(place).rmdir()
            else:
                Path(place).unlink()

    def close(self) -> None:
        """Nothing is held."""

    def _place(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}" if path else self._root


class _LocalWriter(StorageWriter):
    def __init__(self, place: str, file: IO[bytes]) -> None:
        self._place = place
        self._file: IO[bytes] | None = file

    def write(self, data: bytes | bytearray | memoryview) -> int:
        assert self._file is not None, "write after close"
        with _told(self._place):
            self._file.write(data)
        return memoryview(data).nbytes

    def close(self) -> None:
        file = self._file
        if file is None:
            return
        with _told(self._place):
            file.flush()
            os.fsync(file.fileno())
            if os.fstat(file.fileno()).st_nlink == 0:
                raise FileNotFoundError(errno.ENOENT, "it was removed while being written")
            file.close()
        self._file = None

    def abort(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        with contextlib.suppress(OSError):
            Path(self._place).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            file.close()


@contextlib.contextmanager
def _told(place: str) -> Iterator[None]:
    """Turn errors of the operating system into those of stores."""
    try:
        yield
    except OSError as error:
        kind = _KINDS.get(error.errno or 0, StorageUnavailableError)
        raise kind(path=place, reason=error.strerror or str(error)) from error


def _entry(prefix: str, each: os.DirEntry[str]) -> Entry:
    facts = each.stat(follow_symlinks=False)
    is_directory = each.is_dir()
    size = 0 if is_directory else facts.st_size
    modified_ms = facts.st_mtime_ns // 1_000_000
    return Entry(each.name, prefix + each.name, size, is_directory, modified_ms)


def _rename_without_replacing(old: str, new: str) -> None:
    """Rename in one step; the plain call would replace a file that is there."""
    call = _renameat2()
    if call is not None:
        if call(_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _RENAME_NOREPLACE) == 0:
            return
        number = ctypes.get_errno()
        if number not in (errno.EINVAL, errno.ENOSYS):  # this file system cannot do it
            raise OSError(number, os.strerror(number))
    if Path(old).is_dir():
        if Path(new).exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        Path(old).rename(new)
        return
    os.link(old, new)  # refuses when the target is there
    Path(old).unlink()


@functools.cache
def _renameat2() -> Any:
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


def _sync_directory(place: str) -> None:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
