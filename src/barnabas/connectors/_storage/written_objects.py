# SPDX-License-Identifier: Apache-2.0
"""Objects that are written under their final names: S3.

The name of an object tells the offset of its first record. Files end by rules that look at nothing
but the records since the last committed offset, so a task that reads them again makes the same
objects of the same names; what was there already is kept or replaced, see `s3_upload`. The offset
is committed to the consumer group when all objects of a set are complete, never before.

That holds while the rules do: files that the clock ends, or want of room, are cut elsewhere the
second time, and records can then be in two objects.

Source:
    Reference page *hdfs*, sections 9.2 and 9.3.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass

from typing_extensions import override

from barnabas.connectors._storage.gzipped import GzippedWriter
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.object_storage import ObjectStorage
from barnabas.connectors._storage.output_files import FileSet, OutputFile
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.storage import (
    StorageAccessError,
    StorageError,
    StorageWriter,
    UnknownOperationError,
)
from barnabas.connectors._storage.writer_parts import WriterParts

__all__ = ["ObjectRules", "WrittenObjects"]

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ObjectRules:
    """How objects are named and what is done to them."""

    directory_delim: str = "/"
    file_delim: str = "+"
    gzip_level: int | None = None
    """None: not compressed."""
    tags: Mapping[str, str] | None = None
    """Tags besides those that tell offsets; None: no tags at all."""
    tags_must_succeed: bool = False


class WrittenObjects(Publication):
    """See the module, and `Publication`.

    Args:
        storage: The bucket.
        places: Names the partition and its directory.
        parts: What all partitions of the task share.
        rules: Names and tags.
    """

    ends_in_order = True

    def __init__(
        self, storage: ObjectStorage, places: Places, parts: WriterParts, rules: ObjectRules
    ) -> None:
        self._storage = storage
        self._places = places
        self._parts = parts
        self._rules = rules
        self._is_held = False

    @property
    @override
    def is_held(self) -> bool:
        return self._is_held

    @property
    @override
    def next_offset(self) -> int | None:
        return None

    @override
    def recover(self, *, wants_last_file: bool) -> str | None:
        """End the uploads that an earlier life of the task left; a zombie's fail by that."""
        where, delim = self._places.where, re.escape(self._rules.file_delim)
        ours = re.compile(rf"{re.escape(where.topic)}{delim}{where.partition}{delim}\d+\.")
        try:
            for path, upload in list(self._storage.uploads(self._prefix)):
                if ours.match(path.rpartition(self._rules.directory_delim)[2]):
                    self._storage.abort_upload(path, upload)
                    _logger.info("Ended the upload of %s, which was never completed", path)
        except (StorageAccessError, UnknownOperationError) as error:
            if isinstance(error, StorageAccessError) and "AccessDenied" not in str(error.reason):
                raise
            _logger.warning(
                "Uploads that were never completed cannot be found and stay until a rule of the"
                " bucket ends them: %s",
                error,
            )
        self._is_held = True
        return None

    @override
    def open_file(self, encoded: str, start: int) -> tuple[str, StorageWriter]:
        where, delim = self._places.where, self._rules.file_delim
        offset = f"{start:0{self._parts.offset_width}d}"
        name = f"{where.topic}{delim}{where.partition}{delim}{offset}{self._parts.extension}"
        path = f"{self._prefix}{encoded}{self._rules.directory_delim}{name}"
        writer = self._storage.open_new(path)
        if self._rules.gzip_level is not None:
            writer = GzippedWriter(writer, self._rules.gzip_level)
        return path, writer

    @override
    def target_of(self, file: OutputFile) -> str:
        return file.path

    @override
    def commit(self, files: FileSet, used: Set[str]) -> None:
        """Nothing is left to do but tags: objects count as soon as the offset is committed."""
        if self._rules.tags is None:
            return
        _for_each(self._tag, files, self._parts)

    @override
    def release(self) -> None:
        self._is_held = False

    @override
    def clean_up(self) -> None:
        """Nothing is left behind."""

    @property
    def _prefix(self) -> str:
        parts = (self._places.topics_dir, self._places.where.topic)
        return "".join(f"{part}{self._rules.directory_delim}" for part in parts if part)

    def _tag(self, file: OutputFile) -> None:
        told = {
            "startOffset": str(file.start),
            "endOffset": str(file.end),
            "recordCount": str(file.count),
        }
        try:
            self._storage.tag(file.path, {**told, **(self._rules.tags or {})})
        except StorageError as error:
            if self._rules.tags_must_succeed:
                raise
            _logger.warning("%s stays without tags: %s", file.path, error)


def _for_each(do: Callable[[OutputFile], None], files: FileSet, parts: WriterParts) -> None:
    for _ in parts.pool.map(do, files.finished):
        pass
