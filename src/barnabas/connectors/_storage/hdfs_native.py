# SPDX-License-Identifier: Apache-2.0
"""HDFS as a store (``hdfs://``), by its own protocol, without Java.

Each call of the library has a deadline: a NameNode that is frozen, or whose machine vanished, never
answers, and the library waits for ever. Whether a call that missed its deadline was carried out is
not known.

Closing a file takes half a second or more: the library asks whether the last block has arrived, and
again after 0.4 s. Close many from several threads.
"""

from __future__ import annotations

import contextlib
import io
import re
import socket
import urllib.parse
from collections.abc import Callable, Sequence
from typing import IO, TYPE_CHECKING, Any, Final, TypeVar

from barnabas.connectors._storage.deadlines import CallsWithDeadline
from barnabas.connectors._storage.hadoop import HadoopSettings
from barnabas.connectors._storage.hadoop_errors import error_of_exception
from barnabas.connectors._storage.ranged_reader import RangedReader
from barnabas.connectors._storage.storage import (
    Entry,
    FileMissingError,
    Storage,
    StorageAccessError,
    StorageError,
    StorageUnavailableError,
    StorageWriter,
    join,
)
from barnabas.errors import ConfigError

if TYPE_CHECKING:
    from hdfs_native import Client, FileWriter

__all__ = ["HdfsStorage", "error_of_client", "settings_of_client"]

_T = TypeVar("_T")
_CALL_TIMEOUT_S: Final = 30.0
_DATA_TIMEOUT_S: Final = 60.0
_READ_BYTES: Final = 1 << 18
_PERMISSION: Final = (
    0o755  # of directories; what Hadoop's own clients ask for unless told otherwise
)
_RPC_ERROR = re.compile(r'RPCError\("([^"]*)", "(.*)"\)', re.DOTALL)
_LOGIN_ERROR = re.compile(r"(SASLError|GSSAPIError|NoSASLMechanism)")
_BOUNDS: Final = {
    "dfs.client.failover.max.attempts": "4",
    "dfs.client.failover.sleep.base.millis": "200",
    "dfs.client.failover.sleep.max.millis": "2000",
    "dfs.client.socket-timeout": "20000",
}
"""The library's own patience, a few seconds: the task tries again after ``retry.backoff.ms``."""


class HdfsStorage(Storage):
    """Files below a directory of HDFS.

    Args:
        url: ``hdfs://namenode:8020``, ``hdfs://nameservice`` (of the Hadoop configuration), or
            ``hdfs:///`` for its ``fs.defaultFS``; a path at the end is the root.
        hadoop: Where the configuration is, and who logs in.

    Raises:
        ConfigError: The library is missing, or the address means nothing to it.
    """

    def __init__(self, url: str, hadoop: HadoopSettings | None = None) -> None:
        parts = urllib.parse.urlsplit(url)
        self._root = "/" + join(urllib.parse.unquote(parts.path))
        address = f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
        self.url = f"{parts.scheme}://{parts.netloc}{self._root.rstrip('/')}"
        self._client = _connect(url, address, hadoop or HadoopSettings())
        self._calls = CallsWithDeadline(f"hdfs-{parts.netloc}")

    def open_new(self, path: str) -> StorageWriter:
        """Begin a file; see `Storage.open_new`."""
        from hdfs_native import WriteOptions

        place = self.place(path)
        options = WriteOptions(overwrite=False, create_parent=True)
        return _HdfsWriter(self, path, self.run(lambda: self._client.create(place, options), path))

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open a file; see `Storage.open_for_reading`."""
        file = self.run(lambda: self._client.read(self.place(path)), path)

        def fetch(start: int, length: int) -> bytes:
            return self.run(lambda: file.read_range(start, length), path, _DATA_TIMEOUT_S)

        return io.BufferedReader(RangedReader(fetch, len(file)), _READ_BYTES)

    def exists(self, path: str) -> bool:
        """Look for a file or directory; see `Storage.exists`."""
        with contextlib.suppress(FileMissingError):
            self.run(lambda: self._client.get_file_info(self.place(path)), path)
            return True
        return False

    def list(self, directory: str) -> Sequence[Entry]:
        """List a directory; see `Storage.list`."""
        try:
            return self.run(lambda: self._list(directory), directory, _DATA_TIMEOUT_S)
        except FileMissingError:
            return []

    def make_directories(self, path: str) -> None:
        """Make a directory; see `Storage.make_directories`."""
        self.run(
            lambda: self._client.mkdirs(self.place(path), _PERMISSION, create_parent=True), path
        )

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory; see `Storage.rename`."""
        old, new = self.place(source), self.place(target)
        self.run(lambda: self._client.rename(old, new, overwrite=False), f"{source} -> {target}")

    def delete(self, path: str) -> None:
        """Remove a file or an empty directory; see `Storage.delete`."""
        with contextlib.suppress(FileMissingError):
            self.run(lambda: self._client.delete(self.place(path), recursive=False), path)

    def close(self) -> None:
        """End the threads; calls under way are left to themselves."""
        self._calls.close()

    def place(self, path: str) -> str:
        """Return the path as HDFS knows it."""
        return f"{self._root.rstrip('/')}/{path}" if path else self._root

    def run(self, call: Callable[[], _T], path: str, timeout_s: float = _CALL_TIMEOUT_S) -> _T:
        """Run a call of the library, from any thread, and say in our words why it failed.

        Raises:
            StorageError: It failed or took longer than it may.
        """
        shown = f"{self.url}/{path}"
        try:
            return self._calls.run(call, timeout_s)
        except TimeoutError as error:
            reason = f"no answer within {timeout_s:g} s"
            raise StorageUnavailableError(path=shown, reason=reason) from error
        except (OSError, RuntimeError, NotImplementedError) as error:
            raise error_of_client(error, shown) from error

    def _list(self, directory: str) -> Sequence[Entry]:
        prefix = f"{directory}/" if directory else ""
        entries = []
        for status in self._client.list_status(self.place(directory)):
            name = status.path.rpartition("/")[2]
            is_directory, changed_ms = status.isdir, status.modification_time
            entries.append(Entry(name, prefix + name, status.length, is_directory, changed_ms))
        return entries


class _HdfsWriter(StorageWriter):
    def __init__(self, storage: HdfsStorage, path: str, file: FileWriter) -> None:
        self._storage = storage
        self._path = path
        self._file: FileWriter | None = file
        self._failure: StorageError | None = None

    def write(self, data: bytes | bytearray | memoryview) -> int:
        assert self._file is not None, "write after close"
        content = data if isinstance(data, bytes) else bytes(data)
        file = self._file
        self._attempt(lambda: file.write(content))
        return len(content)

    def close(self) -> None:
        if self._file is None:
            return
        if self._failure is not None:  # the library would close it with a hole
            raise self._failure
        self._attempt(self._file.close)
        self._file = None

    def abort(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(StorageError):
                self._storage.delete(self._path)

    def _attempt(self, call: Callable[[], Any]) -> None:
        try:
            self._storage.run(call, self._path, _DATA_TIMEOUT_S)
        except StorageError as error:
            self._failure = error
            raise


def settings_of_client(hadoop: HadoopSettings) -> dict[str, str]:
    """Return what the client is told beside the files of the Hadoop configuration."""
    told = dict(_BOUNDS)
    if hadoop.is_kerberos:
        told["hadoop.security.authentication"] = "kerberos"
    if hadoop.namenode_principal:
        told["dfs.namenode.kerberos.principal"] = hadoop.namenode_principal
    return told


def error_of_client(error: Exception, path: str) -> StorageError:
    """Return the error for one of the library.

    It tells a few by Python's classes and the others by a text, such as
    ``RPCError("java.io.IOException", "…")`` or ``DataTransferError("…")``.
    """
    text = str(error)
    if isinstance(error, FileNotFoundError):
        return error_of_exception("FileNotFoundException", text, path)
    if isinstance(error, FileExistsError):
        return error_of_exception("FileAlreadyExistsException", text, path)
    answer = _RPC_ERROR.match(text)
    if answer:
        message = answer[2].replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
        return error_of_exception(answer[1], message, path)
    if _LOGIN_ERROR.search(text):
        return StorageAccessError(path=path, reason=text)
    is_lasting = isinstance(error, IsADirectoryError | NotImplementedError)
    return (StorageError if is_lasting else StorageUnavailableError)(path=path, reason=text)


def _connect(url: str, address: str | None, hadoop: HadoopSettings) -> Client:
    try:
        from hdfs_native import Client
    except ImportError as error:
        message = f"{url} needs the library hdfs-native: pip install 'barnabas[hdfs]'"
        raise ConfigError(message) from error
    folder = hadoop.conf_dir or (f"{hadoop.home}/etc/hadoop" if hadoop.home else None)
    login = {}
    if hadoop.is_kerberos and hadoop.principal:
        login["kerberos_principal"] = hadoop.principal.replace("_HOST", socket.getfqdn())
        login["kerberos_keytab"] = hadoop.keytab
    try:
        return Client(address, settings_of_client(hadoop), folder, **login)
    except (RuntimeError, OSError, ValueError) as error:
        where = f"the Hadoop configuration in {folder}" if folder else "no Hadoop configuration"
        message = f"store.url {url} with {where} leads to no NameNode: {error}"
        raise ConfigError(message) from error
