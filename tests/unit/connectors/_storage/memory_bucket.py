# SPDX-License-Identifier: Apache-2.0
"""A bucket in memory behind the real `S3Storage`, in which one request fails on command."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from typing_extensions import override

from barnabas.connectors._storage.s3 import S3Storage
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.storage import (
    FileMissingError,
    StorageUnavailableError,
    StorageWriter,
    TargetExistsError,
)
from tests.unit.connectors._storage.sink_harness import AtOnce, Killed


class Bucket:
    """What S3 keeps, whoever asks."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.written: dict[str, datetime] = {}
        self.parts: dict[str, dict[int, bytes]] = {}
        self.keys: dict[str, str] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self.time = datetime(2026, 11, 23, tzinfo=UTC)
        self._ids = itertools.count()

    def put(self, key: str, content: bytes) -> None:
        self.objects[key] = content
        self.written[key] = self.time

    def uploads(self) -> list[str]:
        return sorted(self.keys.values())

    # -- requests, by their names

    def put_object(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        self._check(key, told)
        self.put(key, _content(told["Body"]))
        return {}

    def create_multipart_upload(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        upload = f"upload-{next(self._ids)}"
        self.keys[upload], self.parts[upload] = key, {}
        return {"UploadId": upload}

    def upload_part(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        self._upload(told)[told["PartNumber"]] = _content(told["Body"])
        return {"ETag": f"etag-{told['PartNumber']}"}

    def complete_multipart_upload(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        parts = self._upload(told)
        self._check(key, told)
        wanted = [{"PartNumber": at, "ETag": f"etag-{at}"} for at in sorted(parts)]
        assert told["MultipartUpload"]["Parts"] == wanted
        self.put(key, b"".join(parts[at] for at in sorted(parts)))
        del self.keys[told["UploadId"]]
        return {}

    def abort_multipart_upload(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        self._upload(told)
        del self.keys[told["UploadId"]]
        return {}

    def head_object(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        if key not in self.objects:
            raise FileMissingError(path=key, reason="404")
        content, written = self.objects[key], self.written[key]
        return {"ContentLength": len(content), "LastModified": written, "ETag": f"at {written}"}

    def get_object(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        head = self.head_object(key, told)
        if told.get("IfMatch", head["ETag"]) != head["ETag"]:
            raise TargetExistsError(path=key, reason="PreconditionFailed")
        first, last = map(int, told["Range"].removeprefix("bytes=").split("-"))
        return {"Body": io.BytesIO(self.objects[key][first : last + 1])}

    def delete_object(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        self.objects.pop(key, None)
        return {}

    def put_object_tagging(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        self.tags[key] = {one["Key"]: one["Value"] for one in told["Tagging"]["TagSet"]}
        return {}

    def list_multipart_uploads(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        """One on a page."""
        found = sorted(
            (key, one) for one, key in self.keys.items() if key.startswith(told["Prefix"])
        )
        rest = [
            each
            for each in found
            if each > (told.get("KeyMarker", ""), told.get("UploadIdMarker", ""))
        ]
        page: dict[str, Any] = {"IsTruncated": len(rest) > 1}
        if rest:
            key, upload = rest[0]
            page |= {"Uploads": [{"Key": key, "UploadId": upload}]}
            page |= {"NextKeyMarker": key, "NextUploadIdMarker": upload}
        return page

    def list_objects_v2(self, key: str, told: dict[str, Any]) -> dict[str, Any]:
        """Two on a page."""
        prefix, delimiter = told["Prefix"], told.get("Delimiter")
        found = set()
        for each in self.objects:
            if each.startswith(prefix):
                below, is_deep, _ = each[len(prefix) :].partition(delimiter or "\0")
                found.add(prefix + below + (delimiter or "") if is_deep else each)
        at = int(told.get("ContinuationToken", 0))
        names = sorted(found)[at : at + 2]
        return {
            "CommonPrefixes": [{"Prefix": one} for one in names if one not in self.objects],
            "Contents": [
                {"Key": one, "Size": len(self.objects[one]), "LastModified": self.written[one]}
                for one in names
                if one in self.objects
            ],
            "IsTruncated": at + 2 < len(found),
            "NextContinuationToken": str(at + 2),
        }

    def _upload(self, told: dict[str, Any]) -> dict[int, bytes]:
        if told["UploadId"] not in self.keys:
            raise StorageUnavailableError(path=told["UploadId"], reason="NoSuchUpload: gone")
        return self.parts[told["UploadId"]]

    def _check(self, key: str, told: dict[str, Any]) -> None:
        if told.get("IfNoneMatch") == "*" and key in self.objects:
            raise TargetExistsError(path=key, reason="PreconditionFailed")


def _content(body: IO[bytes]) -> bytes:
    return body.read()


class MemoryStore(S3Storage):
    """The store over such a bucket; ``fail_at`` is the number of the request that fails.

    Args:
        bucket: What S3 keeps.
        settings: For the writers.
    """

    def __init__(self, bucket: Bucket, settings: S3Settings | None = None) -> None:
        self._bucket, self._root, self.url = "lake", "", "s3://lake"
        self.settings = settings or S3Settings()
        self.bucket = bucket
        self.steps: list[str] = []
        self.fail_at = -1
        self.happens = False
        self.error: Callable[[], BaseException] = Killed
        self.sending = AtOnce()
        self._errors = ()
        self._opened: list[StorageWriter] = []

    @override
    def open_new(self, path: str) -> StorageWriter:
        self._opened.append(super().open_new(path))
        return self._opened[-1]

    @override
    def now(self) -> datetime:
        return self.bucket.time

    @override
    def close(self) -> None:
        self.fail_at = -1
        while self._opened:  # those of killed tasks, too
            self._opened.pop().abort()

    @override
    def _ask(self, operation: str, path: str, **told: Any) -> dict[str, Any]:
        number = len(self.steps)
        self.steps.append(operation)
        request = getattr(self.bucket, operation)
        self.bucket.time += timedelta(milliseconds=10)
        if number == self.fail_at and not self.happens:
            raise self.error()
        answer: dict[str, Any] = request(told.get("Key", ""), told)
        if number == self.fail_at:
            raise self.error()
        return answer
