# SPDX-License-Identifier: Apache-2.0
"""The S3 sink's task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import cast

from typing_extensions import override

from barnabas.api import SinkRecord
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.object_storage import ObjectStorage
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.sink_task import StorageSinkTask
from barnabas.connectors._storage.storage import Storage
from barnabas.connectors._storage.timestamps import place_of
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors._storage.writer_parts import Screen, WriterParts
from barnabas.connectors._storage.written_objects import WrittenObjects
from barnabas.connectors.s3.config import NullBehavior, S3SinkConfig
from barnabas.errors import DataError

__all__ = ["S3SinkTask"]


class S3SinkTask(StorageSinkTask):
    """Writes records into objects of a bucket."""

    @override
    def read_settings(self, props: Mapping[str, str]) -> S3SinkConfig:
        """Parse the task's settings, and say which of them do nothing."""
        settings = S3SinkConfig(props)
        settings.warn(props)
        return settings

    @override
    def open_store(self, settings: StorageSinkConfig) -> Storage:
        """Make the client of the bucket."""
        return cast("S3SinkConfig", settings).open_bucket()

    @override
    def directories(self, settings: StorageSinkConfig) -> TopicDirectories:
        """Where the objects of topics are."""
        return cast("S3SinkConfig", settings).directories()

    @override
    def publication(self, places: Places, parts: WriterParts) -> Publication:
        """Objects are written under their final names."""
        rules = cast("S3SinkConfig", self._settings).object_rules()
        return WrittenObjects(cast("ObjectStorage", self._storage), places, parts, rules)

    @override
    def screen(self, settings: StorageSinkConfig) -> Screen | None:
        """Leave out records without value, or fail, as ``behavior.on.null.values`` says."""
        s3 = cast("S3SinkConfig", settings)
        ignores = s3.null_behavior is NullBehavior.IGNORE
        reports = s3.report_null_values_to_dlq

        def screen(
            records: Sequence[SinkRecord],
        ) -> tuple[Sequence[SinkRecord], list[Future[None]]]:
            if all(record.value is not None for record in records):
                return records, []
            nulls = [record for record in records if record.value is None]
            kept = [record for record in records if record.value is not None]
            if not ignores:
                return kept, [self._report(record, _refusal(record)) for record in nulls]
            reporter = self.context.errant_record_reporter if reports else None
            if reporter is None:
                return kept, []
            return kept, [reporter.report(record, _refusal(record)) for record in nulls]

        return screen

    @override
    def sweeps_java_temporaries(self) -> bool:
        """Java's connector leaves uploads only, and these are ended when partitions are opened."""
        return False


def _refusal(record: SinkRecord) -> DataError:
    message = (
        f"{place_of(record)} has no value (a tombstone): set behavior.on.null.values=ignore to"
        " leave such records out"
    )
    return DataError(message)
