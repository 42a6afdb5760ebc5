# SPDX-License-Identifier: Apache-2.0
"""Google's and Azure's stores of objects (``gs://``, ``az://``, ``abfss://``).

By the library ``obstore``, which reaches S3 by the same calls: so this is tested against a server
of S3's protocol, and has never seen those it is for. An object waits in a file of the worker until
it is whole. Credentials are those of the environment.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any, Final

from barnabas.connectors._storage.object_storage import ObjectStorage, shall_keep
from barnabas.connectors._storage.storage import (
    Entry,
    FileMissingError,
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
    StorageWriter,
    TargetExistsError,
)
from barnabas.errors import ConfigError

__all__ = ["SCHEMES", "ObjectStores"]

SCHEMES: Final = ("gs", "az", "azure", "adl", "abfs", "abfss")
"""How addresses begin."""
_MEMORY_BYTES: Final = 1 << 18
_PART_BYTES: Final = 25 << 20
_READ_BYTES: Final = 1 << 20
_KINDS: Final[dict[str, type[StorageError]]] = {
    "AlreadyExistsError": TargetExistsError,
    "PreconditionError": TargetExistsError,
    "NotFoundError": FileMissingError,
    "PermissionDeniedError": StorageAccessError,
    "UnauthenticatedError": StorageAccessError,
    "NotSupportedError": StorageError,
    "InvalidPathError": StorageError,
    "UnknownConfigurationKeyError": StorageError,
}


class ObjectStores(ObjectStorage):
    """Objects of a bucket or container.

    Args:
        url: ``gs://bucket`` or ``az://container``; a path at the end is put before all keys.
        part_size: Bytes of a part of a large object.
        options: Settings of the library besides those of the environment.

    Raises:
        ConfigError: The library is missing, or refuses the address or the environment.
    """

    def __init__(self, url: str, part_size: int = _PART_BYTES, **options: Any) -> None:
        try:
            import obstore
            from obstore.exceptions import BaseError
        except ImportError as error:
            message = f"{url} needs the library obstore ({error}): pip install 'barnabas[clouds]'"
            raise ConfigError(message) from error
        self.url = url.rstrip("/")
        self._part_size = part_size
        self._library: Any = obstore
        self._errors: tuple[type[Exception], ...] = (BaseError, OSError)
        try:
            self._store = obstore.store.from_url(url, **options)
        except (BaseError, ValueError) as error:
            message = f"Invalid value {url} for configuration store.url: {_text(error)}"
            raise ConfigError(message) from error

    def open_new(self, path: str) -> StorageWriter:
        """Begin an object; that there is one already is found out at its end."""
        return _Writer(self, path)

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open an object; see `Storage.open_for_reading`."""
        with self.told(path):
            reader = self._library.open_reader(self._store, path, buffer_size=_READ_BYTES)
        return io.BufferedReader(_Reader(self, path, reader), _READ_BYTES)

    def exists(self, path: str) -> bool:
        """Look for an object, or for one whose key begins with the path and a slash."""
        with contextlib.suppress(FileMissingError):
            self.facts(path)
            return True
        return bool(self.list(path))

    def list(self, directory: str) -> Sequence[Entry]:
        """List the objects directly in what looks like a directory."""
        with self.told(directory):
            found = self._library.list_with_delimiter(self._store, directory or None)
        entries = [
            Entry(path.rpartition("/")[2], path, 0, True, 0) for path in found["common_prefixes"]
        ]
        for each in found["objects"]:
            name, changed = each["path"].rpartition("/")[2], each["last_modified"]
            changed_ms = int(changed.timestamp() * 1000)
            entries.append(Entry(name, each["path"], each["size"], False, changed_ms))
        return entries

    def delete(self, path: str) -> None:
        """Remove an object; fine when it is not there."""
        with contextlib.suppress(FileMissingError), self.told(path):
            self._library.delete(self._store, path)

    def uploads(self, prefix: str) -> Iterable[tuple[str, str]]:
        """None are told of: Azure forgets them; for Google's, give the bucket a rule."""
        return ()

    def abort_upload(self, path: str, upload: str) -> None:
        """There are none."""

    def tag(self, path: str, tags: Mapping[str, str]) -> None:
        """Refuse: the library sets tags on new objects only."""
        raise StorageError(path=f"{self.url}/{path}", reason="tags can be set in S3 only")

    def close(self) -> None:
        """Nothing is held."""

    def facts(self, path: str) -> tuple[int, datetime]:
        """Size in bytes of an object, and when it was written.

        Raises:
            FileMissingError: It is not there.
            StorageError: That cannot be found out.
        """
        with self.told(path):
            found = self._library.head(self._store, path)
        return found["size"], found["last_modified"]

    def put(self, path: str, content: IO[bytes], *, is_new: bool) -> None:
        """Write an object; in parts only if it may be there already.

        Raises:
            TargetExistsError: It was to be new, and is not.
            StorageError: It cannot be written.
        """
        content.seek(0)
        told = {"mode": "create"} if is_new else {"chunk_size": self._part_size}
        with self.told(path):
            self._library.put(self._store, path, content, **told)

    @property
    def part_size(self) -> int:
        """Bytes of a part; what is not larger is written by one request."""
        return self._part_size

    @contextlib.contextmanager
    def told(self, path: str) -> Iterator[None]:
        """Turn errors of the library into those of stores."""
        try:
            yield
        except self._errors as error:
            usual = FileMissingError if isinstance(error, FileNotFoundError) else None
            kind = usual or _KINDS.get(type(error).__name__, StorageUnavailableError)
            raise kind(path=f"{self.url}/{path}", reason=_text(error)) from error


class _Writer(StorageWriter):
    def __init__(self, store: ObjectStores, path: str) -> None:
        self._store = store
        self._path = path
        self._began = datetime.now(UTC)
        self._content: IO[bytes] | None = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - closed with the writer
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        assert self._content is not None, "write after close"
        try:
            self._content.write(data)
        except OSError as error:
            reason = f"no room for it in {tempfile.gettempdir()}: {error}"
            path = f"{self._store.url}/{self._path}"
            raise StorageUnavailableError(path=path, reason=reason) from error
        size = memoryview(data).nbytes
        self._size += size
        return size

    def close(self) -> None:
        if self._content is None:
            return
        if not self._is_there():
            self._store.put(self._path, self._content, is_new=self._size <= self._store.part_size)
        self.abort()

    def abort(self) -> None:
        content, self._content = self._content, None
        if content is not None:
            content.close()

    def _is_there(self) -> bool:
        """Whether an object that is there is kept; one that has to go is removed."""
        try:
            size, changed = self._store.facts(self._path)
        except FileMissingError:
            return False
        place = f"{self._store.url}/{self._path}"
        if shall_keep(place, self._size, self._began, old_size=size, old_changed=changed):
            return True
        assert self._content is not None, "write after close"
        self._store.put(self._path, self._content, is_new=False)
        return True


class _Reader(io.RawIOBase):
    def __init__(self, store: ObjectStores, path: str, reader: Any) -> None:
        self._store = store
        self._path = path
        self._reader = reader

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return int(self._reader.tell())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._reader.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        with self._store.told(self._path):
            data = bytes(self._reader.read(len(buffer)))
        buffer[: len(data)] = data
        return len(data)


def _text(error: Exception) -> str:
    """What the library says, without the requests it made: these may hold tokens."""
    return str(error).partition("\n")[0]
