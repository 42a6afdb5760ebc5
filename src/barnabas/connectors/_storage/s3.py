# SPDX-License-Identifier: Apache-2.0
"""S3 and servers that speak its protocol as a store (``s3://bucket``).

There are no directories, and nothing is renamed: objects appear under their names when they are
whole, see `s3_upload`.
"""

from __future__ import annotations

import contextlib
import functools
import io
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import IO, Any, Final

from barnabas.connectors._storage.object_storage import ObjectStorage
from barnabas.connectors._storage.ranged_reader import RangedReader
from barnabas.connectors._storage.s3_settings import S3Settings
from barnabas.connectors._storage.s3_upload import ObjectWriter
from barnabas.connectors._storage.storage import (
    Entry,
    FileChangedError,
    FileMissingError,
    StorageError,
    StorageWriter,
    TargetExistsError,
    join,
)
from barnabas.errors import ConfigError

__all__ = ["S3Storage"]

_CONNECT_TIMEOUT_S: Final = 10
_READ_TIMEOUT_S: Final = 60
_CONNECTIONS: Final = 32
_SENDERS: Final = 4
_READ_BYTES: Final = 1 << 20


class S3Storage(ObjectStorage):
    """Objects of a bucket; a path is the key of an object.

    Args:
        url: ``s3://bucket``; a path at the end is put before all keys.
        settings: How to reach it.

    Raises:
        ConfigError: The address names no bucket, the library is missing, a setting is refused.
    """

    def __init__(self, url: str, settings: S3Settings | None = None) -> None:
        scheme, _, rest = url.partition("://")
        self._bucket, _, root = rest.partition("/")
        if scheme not in ("s3", "s3a", "s3n") or not self._bucket:
            message = f"S3 is addressed as s3://bucket, not {url}"
            raise ConfigError(message)
        self._root = f"{join(root)}/" if join(root) else ""
        self.url = f"s3://{self._bucket}/{self._root}".rstrip("/")
        self.settings = settings or S3Settings()
        self._client = _connect(self.settings)
        from barnabas.connectors._storage.s3_errors import CLIENT_ERRORS, error_of_client

        self._errors, self._error_of = CLIENT_ERRORS, error_of_client
        self._skew = timedelta()
        self._senders = ThreadPoolExecutor(_SENDERS, "parts")
        self.sending: Executor = self._senders

    # -- the store

    def open_new(self, path: str) -> StorageWriter:
        """Begin an object; that there is one already is found out at its end."""
        return ObjectWriter(self, path)

    def open_for_reading(self, path: str) -> IO[bytes]:
        """Open an object; see `Storage.open_for_reading`."""
        told = self.call("head_object", path, **self.settings.key_options())
        fetch = functools.partial(self.fetch, path, told.get("ETag"))
        return io.BufferedReader(RangedReader(fetch, told["ContentLength"]), _READ_BYTES)

    def exists(self, path: str) -> bool:
        """Look for an object, or for one whose key begins with the path and a slash."""
        with contextlib.suppress(FileMissingError):
            self.call("head_object", path, **self.settings.key_options())
            return True
        told = self._ask("list_objects_v2", path, Prefix=f"{self._root}{path}/", MaxKeys=1)
        return bool(told.get("Contents"))

    def list(self, directory: str) -> Sequence[Entry]:
        """List the objects directly in what looks like a directory."""
        return self._list(directory, "")

    def list_after(self, directory: str, name: str) -> Sequence[Entry]:
        """List the rest of a directory; see `Storage.list_after`."""
        return self._list(directory, name)

    def _list(self, directory: str, after: str) -> Sequence[Entry]:
        prefix = self._root + (f"{directory}/" if directory else "")
        told = {"StartAfter": prefix + after} if after else {}
        entries = []
        for page in self._pages("list_objects_v2", directory, Prefix=prefix, Delimiter="/", **told):
            for below in page.get("CommonPrefixes", ()):
                path = below["Prefix"][len(self._root) :].rstrip("/")
                entries.append(Entry(path.rpartition("/")[2], path, 0, True, 0))
            for each in page.get("Contents", ()):
                path = each["Key"][len(self._root) :]
                if not path.endswith("/"):
                    changed_ms = int(each["LastModified"].timestamp() * 1000)
                    name = path.rpartition("/")[2]
                    entries.append(Entry(name, path, each["Size"], False, changed_ms))
        return entries

    def delete(self, path: str) -> None:
        """Remove an object; fine when it is not there."""
        self.call("delete_object", path)

    def close(self) -> None:
        """Let go of connections and threads, when uploads that were given up are ended."""
        with contextlib.suppress(RuntimeError):  # a second call
            self._senders.submit(self._client.close)
        self._senders.shutdown(wait=False)

    # -- what writers ask besides

    def uploads(self, prefix: str) -> Iterator[tuple[str, str]]:
        """See `ObjectStorage.uploads`; one request a thousand of them."""
        told: dict[str, str] = {}
        while True:
            page = self._ask(
                "list_multipart_uploads", prefix, Prefix=f"{self._root}{prefix}", **told
            )
            for each in page.get("Uploads", ()):
                yield each["Key"][len(self._root) :], each["UploadId"]
            if not page.get("IsTruncated"):
                return
            told = {
                "KeyMarker": page["NextKeyMarker"],
                "UploadIdMarker": page["NextUploadIdMarker"],
            }

    def abort_upload(self, path: str, upload: str) -> None:
        """See `ObjectStorage.abort_upload`."""
        try:
            self.call("abort_multipart_upload", path, UploadId=upload)
        except StorageError as error:
            if "NoSuchUpload" not in str(error.reason):
                raise

    def tag(self, path: str, tags: Mapping[str, str]) -> None:
        """See `ObjectStorage.tag`."""
        told = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.call("put_object_tagging", path, Tagging={"TagSet": told})

    def fetch(self, path: str, version: str | None, start: int, length: int) -> bytes:
        """Read a part of an object, of this version of it only (an ``ETag``; None: of any).

        Raises:
            FileChangedError: There is another version now.
            StorageError: It cannot be read.
        """
        told = {"Range": f"bytes={start}-{start + length - 1}", **self.settings.key_options()}
        if version is not None:
            told["IfMatch"] = version
        try:
            answer = self.call("get_object", path, **told)
        except TargetExistsError as error:  # what an unmet condition means to a writer
            raise FileChangedError(path=error.path, reason=error.reason) from error
        try:
            content: bytes = answer["Body"].read()
        except self._errors as error:
            raise self._error_of(error, f"{self.url}/{path}") from error
        return content

    def call(self, operation: str, path: str, **told: Any) -> dict[str, Any]:
        """Ask S3 for something about an object; see `UploadTarget`."""
        return self._ask(operation, path, Key=f"{self._root}{path}", **told)

    def now(self) -> datetime:
        """The time by S3's clock, as the last answer told it; see `UploadTarget`."""
        return datetime.now(UTC) + self._skew

    def _pages(self, operation: str, path: str, **told: Any) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page = self._ask(operation, path, **told, **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _ask(self, operation: str, path: str, **told: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(Bucket=self._bucket, **told)
        except self._errors as error:
            raise self._error_of(error, f"{self.url}/{path}") from error
        self._compare_clocks(answer)
        return answer

    def _compare_clocks(self, answer: Mapping[str, Any]) -> None:
        date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        if date:
            with contextlib.suppress(ValueError, TypeError):
                self._skew = parsedate_to_datetime(date) - datetime.now(UTC)


def _connect(settings: S3Settings) -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        message = f"S3 needs the library boto3 ({error}): pip install 'barnabas[s3]'"
        raise ConfigError(message) from error
    when = "when_supported" if settings.sends_digest else "when_required"
    told = Config(
        connect_timeout=_CONNECT_TIMEOUT_S,
        read_timeout=_READ_TIMEOUT_S,
        max_pool_connections=_CONNECTIONS,
        retries={"total_max_attempts": settings.retries + 1, "mode": "standard"},
        proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else None,
        request_checksum_calculation=when,
        response_checksum_validation=when,
        s3={
            "addressing_style": "path" if settings.uses_path_style else "virtual",
            "use_accelerate_endpoint": settings.accelerates,
        },
    )
    login = {}
    if settings.access_key_id and settings.secret_access_key:
        login["aws_access_key_id"] = settings.access_key_id
        login["aws_secret_access_key"] = settings.secret_access_key
    session = boto3.session.Session()  # the default one must not be shared between threads
    try:
        return session.client(
            "s3",
            region_name=settings.region,
            endpoint_url=settings.endpoint or None,
            config=told,
            **login,
        )
    except ValueError as error:
        message = f"Invalid value {settings.endpoint} for configuration store.url: {error}"
        raise ConfigError(message) from error
