# SPDX-License-Identifier: Apache-2.0
"""An object of S3 being written.

What is smaller than a part is written by one request when it is whole. Larger objects go as parts,
while they are written; of each a few are on their way at a time. Parts wait in files, but for small
ones, so that many open objects need little memory. Readers see nothing before the last request.

That request carries the condition that there is no such object. When there is one,

- of the same size, it is left as it is: an earlier life of the task wrote it and died before its
  offset was committed;
- of another size, and older than this upload, it is replaced: the records in it have been read
  again, and are in this one or the next;
- younger than this upload, somebody else writes the same partition, and one of the two is out of
  date: nothing is replaced, and the error says so.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, wait
from datetime import datetime
from typing import IO, Any, Final, Protocol, TypeVar

from barnabas.connectors._storage.object_storage import shall_keep
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import (
    StorageError,
    StorageUnavailableError,
    StorageWriter,
    TargetExistsError,
)

__all__ = ["ObjectWriter", "UploadTarget"]

_MEMORY_BYTES: Final = 1 << 18
_MOST_ON_THEIR_WAY: Final = 2
_MOST_PARTS: Final = 10_000
_T = TypeVar("_T")


class UploadTarget(Protocol):
    """What a writer asks of its store."""

    settings: S3Settings
    sending: Executor
    """Sends parts."""

    def call(self, operation: str, path: str, **told: Any) -> dict[str, Any]:
        """Ask S3 for something about an object; StorageError when it refuses."""

    def now(self) -> datetime:
        """The time by S3's clock, nearly."""


class ObjectWriter(StorageWriter):
    """See `StorageWriter`; nothing is asked of the store before the first part is full.

    Args:
        target: The store.
        path: Key of the object.
    """

    def __init__(self, target: UploadTarget, path: str) -> None:
        self._target = target
        self._path = path
        self._began = target.now()
        self._part = _Part()
        self._upload = ""
        self._sending: deque[Future[None]] = deque()
        self._sent: list[dict[str, Any]] = []
        self._size = 0
        self._is_done = False

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Append bytes; sends parts that are full."""
        assert not self._is_done, "write after close"
        part_size = self._target.settings.part_size
        rest = memoryview(data).cast("B")
        total = len(rest)
        while rest:
            room = part_size - self._part.size
            self._part.write(rest[:room], self._path)
            rest = rest[room:]
            if self._part.size == part_size:
                self._send_part()
        self._size += total
        return total

    def close(self) -> None:
        """Make the object visible; see the module for when there is one already."""
        if self._is_done:
            return
        if self._upload:
            if self._part.size:
                self._send_part()
            while self._sending:
                self._await_oldest()
        try:
            self._finish(if_none_match=self._target.settings.refuses_to_overwrite)
        except TargetExistsError as error:
            self._settle(error)
        self._is_done = True
        self._part.close()

    def abort(self) -> None:
        """Give the object up; parts that were sent are removed by another thread."""
        if self._is_done:
            return
        self._is_done = True
        self._part.close()
        for future in self._sending:
            future.cancel()
        if self._upload:
            with contextlib.suppress(StorageError):  # closed: the next task to start ends it
                _submit(self._target.sending, self._end_upload)

    def _finish(self, *, if_none_match: bool) -> None:
        told: dict[str, Any] = {"IfNoneMatch": "*"} if if_none_match else {}
        settings, call = self._target.settings, self._target.call
        if not self._upload:
            told |= settings.write_options()
            call("put_object", self._path, Body=self._part.content(), **told)
            return
        told |= settings.key_options()
        told["MultipartUpload"] = {"Parts": self._sent}
        call("complete_multipart_upload", self._path, UploadId=self._upload, **told)

    def _settle(self, refusal: TargetExistsError) -> None:
        """Decide about an object that is there already."""
        there = self._target.call("head_object", self._path, **self._target.settings.key_options())
        if shall_keep(
            refusal.path or self._path,
            self._size,
            self._began,
            old_size=there["ContentLength"],
            old_changed=there["LastModified"],
        ):
            if self._upload:
                self._end_upload()
            return
        self._finish(if_none_match=False)

    def _send_part(self) -> None:
        number = len(self._sent) + 1
        if number > _MOST_PARTS:
            reason = f"an upload has {_MOST_PARTS} parts at most: raise s3.part.size"
            raise StorageError(path=self._path, reason=reason)
        if not self._upload:
            told = self._target.settings.write_options()
            answer = self._target.call("create_multipart_upload", self._path, **told)
            self._upload = answer["UploadId"]
        while len(self._sending) >= _MOST_ON_THEIR_WAY:
            self._await_oldest()
        entry: dict[str, Any] = {"PartNumber": number}
        self._sent.append(entry)
        part, self._part = self._part, _Part()
        self._sending.append(_submit(self._target.sending, lambda: self._send(part, entry)))

    def _send(self, part: _Part, entry: dict[str, Any]) -> None:
        with contextlib.closing(part):
            answer = self._target.call(
                "upload_part",
                self._path,
                UploadId=self._upload,
                PartNumber=entry["PartNumber"],
                Body=part.content(),
                **self._target.settings.key_options(),
            )
        entry["ETag"] = answer["ETag"]

    def _await_oldest(self) -> None:
        self._sending[0].result()
        self._sending.popleft()

    def _end_upload(self) -> None:
        wait(self._sending)
        with contextlib.suppress(StorageError):
            self._target.call("abort_multipart_upload", self._path, UploadId=self._upload)


class _Part:
    """Bytes on their way, in memory while they are few."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - closed with the part
        self.size = 0

    def write(self, data: memoryview, path: str) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            reason = f"no room for a part of it in {tempfile.gettempdir()}: {error}"
            raise StorageUnavailableError(path=path, reason=reason) from error
        self.size += len(data)

    def content(self) -> IO[bytes]:
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        self._file.close()


def _submit(pool: Executor, do: Callable[[], _T]) -> Future[_T]:
    try:
        return pool.submit(do)
    except RuntimeError as error:  # the store was closed
        raise StorageUnavailableError(str(error)) from error
