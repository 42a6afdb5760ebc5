# SPDX-License-Identifier: Apache-2.0
"""HDFS over HTTP as a store (``webhdfs://``; ``swebhdfs://`` with TLS).

It is for places that the protocol of HDFS does not reach. A file being written is kept in memory,
and on the local disk from 8 MiB on, and sent as a whole when it is closed: HTTP has no way to leave
a file half written for a while.

Source:
    Apache Hadoop 3.4, *WebHDFS REST API*.
"""

from __future__ import annotations

import contextlib
import functools
import getpass
import io
import os
import tempfile
import urllib.parse
from collections.abc import Iterator, Sequence
from typing import IO, Any, Final

import httpx

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
    TargetExistsError,
    join,
)
from barnabas.errors import ConfigError

__all__ = ["WebHdfsStorage", "error_of_answer"]

_SCHEMES: Final = {"webhdfs": "http", "swebhdfs": "https"}
_TIMEOUT_S: Final = 30.0
_MEMORY_BYTES: Final = 8 << 20
_READ_BYTES: Final = 1 << 20
_SEND_BYTES: Final = 1 << 18


class WebHdfsStorage(Storage):
    """Files below a directory of HDFS, asked for over HTTP.

    Whoever ``HADOOP_USER_NAME`` names, or runs the worker, is the user; Kerberos is for ``hdfs://``.

    Args:
        url: ``webhdfs://namenode:9870``; a path at the end is the root.
        hadoop: Whether Kerberos is wanted.

    Raises:
        ConfigError: The address is none of WebHDFS, or Kerberos is wanted.
    """

    def __init__(self, url: str, hadoop: HadoopSettings | None = None) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.netloc:
            message = f"WebHDFS is addressed as webhdfs://namenode:9870, not {url}"
            raise ConfigError(message)
        if hadoop is not None and hadoop.is_kerberos:
            message = f"{url} with hdfs.authentication.kerberos: use an address of hdfs:// instead"
            raise ConfigError(message)
        self._root = "/" + join(urllib.parse.unquote(parts.path))
        self.url = f"{parts.scheme}://{parts.netloc}{self._root.rstrip('/')}"
        self._api = f"{_SCHEMES[parts.scheme]}://{parts.netloc}/webhdfs/v1"
        self._user = os.environ.get("HADOOP_USER_NAME") or getpass.getuser()
        self._http = httpx.Client(timeout=_TIMEOUT_S)

    def open_new(self, path: str) -> StorageWriter:
        """Begin a file; see `Storage.open_new`."""
        if self.exists(path):
            raise TargetExistsError(path=self._shown(path), reason="it is there already")
        self.make_directories(path.rpartition("/")[0])
        return _WebHdfsWriter(self, path)

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open a file; see `Storage.open_for_reading`."""
        size = self._ask("GET", path, "GETFILESTATUS").json()["FileStatus"]["length"]
        return io.BufferedReader(
            RangedReader(functools.partial(self.fetch, path), size), _READ_BYTES
        )

    def exists(self, path: str) -> bool:
        """Look for a file or directory; see `Storage.exists`."""
        with contextlib.suppress(FileMissingError):
            self._ask("GET", path, "GETFILESTATUS")
            return True
        return False

    def list(self, directory: str) -> Sequence[Entry]:
        """List a directory; see `Storage.list`."""
        try:
            told = self._ask("GET", directory, "LISTSTATUS").json()
        except FileMissingError:
            return []
        return [_entry(directory, status) for status in told["FileStatuses"]["FileStatus"]]

    def make_directories(self, path: str) -> None:
        """Make a directory; see `Storage.make_directories`."""
        self._ask("PUT", path, "MKDIRS")

    def rename(self, source: str, target: str) -> None:
        """Move a file or directory; see `Storage.rename`."""
        # Without options it would move the source into a directory of that name, and not say why
        # it could not.
        told = {"destination": self._place(target), "renameoptions": "NONE"}
        self._ask("PUT", source, "RENAME", **told)

    def delete(self, path: str) -> None:
        """Remove a file or an empty directory; see `Storage.delete`."""
        with contextlib.suppress(FileMissingError):
            self._ask("DELETE", path, "DELETE", recursive="false")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, path: str, file: IO[bytes]) -> None:
        """Write a whole file, as the DataNode that the NameNode names takes it."""
        told = {"overwrite": "false", "noredirect": "true"}
        place = self._ask("PUT", path, "CREATE", **told).json()["Location"]
        self._request("PUT", place, path, content=_chunks(file))

    def fetch(self, path: str, start: int, length: int) -> bytes:
        """Read a part of a file."""
        told = {"offset": str(start), "length": str(length), "noredirect": "true"}
        place = self._ask("GET", path, "OPEN", **told).json()["Location"]
        return self._request("GET", place, path).content

    def _ask(self, method: str, path: str, operation: str, **told: str) -> httpx.Response:
        url = self._api + urllib.parse.quote(self._place(path))
        parameters = {"op": operation, "user.name": self._user, **told}
        return self._request(method, url, path, params=parameters)

    def _request(self, method: str, url: str, path: str, **more: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, url, **more)
        except (httpx.TransportError, RuntimeError) as error:
            reason = str(error) or repr(error)
            raise StorageUnavailableError(path=self._shown(path), reason=reason) from error
        if answer.is_success:
            return answer
        raise error_of_answer(answer, self._shown(path))

    def _place(self, path: str) -> str:
        return f"{self._root.rstrip('/')}/{path}" if path else self._root

    def _shown(self, path: str) -> str:
        return f"{self.url}/{path}"


class _WebHdfsWriter(StorageWriter):
    def __init__(self, storage: WebHdfsStorage, path: str) -> None:
        self._storage = storage
        self._path = path
        self._content: IO[bytes] | None = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115  # closed with the writer

    def write(self, data: bytes | bytearray | memoryview) -> int:
        assert self._content is not None, "write after close"
        try:
            self._content.write(data)
        except OSError as error:
            reason = f"no room for it in {tempfile.gettempdir()}: {error}"
            raise StorageUnavailableError(path=self._path, reason=reason) from error
        return memoryview(data).nbytes

    def close(self) -> None:
        if self._content is None:
            return
        self._storage.send(self._path, self._content)
        self._content.close()
        self._content = None

    def abort(self) -> None:
        content, self._content = self._content, None
        if content is not None:
            content.close()
            with contextlib.suppress(StorageError):
                self._storage.delete(self._path)


def error_of_answer(answer: httpx.Response, path: str) -> StorageError:
    """Return the error for an answer that tells of a failure.

    NameNodes and DataNodes answer with ``{"RemoteException": {"exception": …, "message": …}}``;
    what is between may answer with anything.
    """
    with contextlib.suppress(ValueError, KeyError, TypeError):
        told = answer.json()["RemoteException"]
        return error_of_exception(str(told["exception"]), str(told["message"]), path)
    reason = f"HTTP {answer.status_code} from {answer.url.copy_with(query=None)}"
    kinds = {401: StorageAccessError, 403: StorageAccessError, 404: FileMissingError}
    return kinds.get(answer.status_code, StorageUnavailableError)(path=path, reason=reason)


def _entry(directory: str, status: dict[str, Any]) -> Entry:
    name = status["pathSuffix"]
    is_directory = status["type"] == "DIRECTORY"
    path = f"{directory}/{name}" if directory else name
    return Entry(name, path, status["length"], is_directory, status["modificationTime"])


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while chunk := file.read(_SEND_BYTES):
        yield chunk
