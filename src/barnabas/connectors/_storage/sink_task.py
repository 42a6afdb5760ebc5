# SPDX-License-Identifier: Apache-2.0
"""The task of every sink that writes files and renames them."""

from __future__ import annotations

import abc
import logging
import time
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor

import barnabas
from barnabas.api import OffsetAndMetadata, SinkRecord, SinkTask, TopicPartition
from barnabas.connectors._storage.names import Places
from barnabas.connectors._storage.newest import LastFileSearch
from barnabas.connectors._storage.open_files import OpenFiles
from barnabas.connectors._storage.partition_writer import PartitionWriter
from barnabas.connectors._storage.partitioners import DefaultPartitioner, make_partitioner
from barnabas.connectors._storage.publication import Publication
from barnabas.connectors._storage.recovery import sweep_java_temporaries
from barnabas.connectors._storage.renamed_files import RenamedFiles
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.storage import Storage, StorageError
from barnabas.connectors._storage.supervised_partition import SupervisedPartition
from barnabas.connectors._storage.timestamps import place_of
from barnabas.connectors._storage.topic_directories import TopicDirectories
from barnabas.connectors._storage.writer_parts import Screen, WriterParts
from barnabas.errors import ConnectError, DataError

__all__ = ["StorageSinkTask"]

_CLOSING_THREADS = 32
"""Closing a file is waiting: HDFS takes half a second for it, and a thousand may end at once."""
_LISTING_THREADS = 8

_logger = logging.getLogger(__name__)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class StorageSinkTask(SinkTask):
    """Writes each Kafka partition into files of its own, see `partition_writer`."""

    @abc.abstractmethod
    def read_settings(self, props: Mapping[str, str]) -> StorageSinkConfig:
        """Parse the task's settings."""

    @abc.abstractmethod
    def open_store(self, settings: StorageSinkConfig) -> Storage:
        """Make the client of the store."""

    @abc.abstractmethod
    def directories(self, settings: StorageSinkConfig) -> TopicDirectories:
        """Where the files of topics are."""

    def screen(self, settings: StorageSinkConfig) -> Screen | None:
        """What looks at records before all else; None: all of them are written."""
        del settings
        return None

    def sweeps_java_temporaries(self) -> bool:
        """Whether Java's connector may have left files behind that have to be removed."""
        return True

    def publication(self, places: Places, parts: WriterParts) -> Publication:
        """How the files of a partition come to be where readers find them."""
        return RenamedFiles(places, parts)

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def start(self, props: Mapping[str, str]) -> None:
        """Read the settings, make the client."""
        settings = self.read_settings(props)
        self._settings = settings
        self._partitions: dict[TopicPartition, SupervisedPartition] = {}
        self._swept: set[str] = set()
        self._failure: ConnectError | None = None
        self._directories = self.directories(settings)
        self._pool = ThreadPoolExecutor(_CLOSING_THREADS, "files")
        self._listing_pool = ThreadPoolExecutor(_LISTING_THREADS, "listing")
        self._storage = self.open_store(settings)
        self._parts = self._make_parts(settings)

    def _make_parts(self, settings: StorageSinkConfig) -> WriterParts:
        partitioner_settings = settings.partitioner_settings()
        partitioner = make_partitioner(
            settings.partitioner_class or "DefaultPartitioner", partitioner_settings, _now_ms
        )
        is_default = isinstance(partitioner, DefaultPartitioner)
        search = LastFileSearch(
            self._storage,
            lambda where: f"partition={where.partition}" if is_default else None,
            self._listing_pool.map,
        )
        return WriterParts(
            storage=self._storage,
            pool=self._pool,
            format=settings.make_format(),
            format_settings=settings.format_settings(),
            partitioner=partitioner,
            rules=settings.rotation_rules(partitioner),
            compatibility=settings.compatibility,
            open_files=OpenFiles(settings.max_open_files, settings.max_buffered_bytes, _now_ms),
            report=self._report,
            now_ms=_now_ms,
            last_files=search,
            record_times=partitioner.extractor,
            offset_width=settings.filename_offset_width,
            screen=self.screen(settings),
            own_extension=settings.file_extension(),
        )

    def open(self, partitions: Set[TopicPartition]) -> None:
        """Recover the partitions, several at once, and go on where their files end."""
        self._parts.last_files.announce(partitions)
        recovering: list[tuple[SupervisedPartition, Future[int | None]]] = []
        for where in sorted(partitions):
            places = self._directories.places(where)
            writer = PartitionWriter(places, self._parts, self.publication(places, self._parts))
            partition = SupervisedPartition(
                writer, self.context, self._settings.retry_backoff_ms, _now_ms
            )
            self._partitions[where] = partition
            recovering.append((partition, self._pool.submit(writer.recover)))
        for partition, future in recovering:
            partition.begin(future.result)
        if self.sweeps_java_temporaries():
            self._sweep(partitions)

    def put(self, records: Sequence[SinkRecord]) -> None:
        """Write records; end and commit files that are due."""
        if self._failure is not None:
            raise self._failure
        groups: dict[tuple[str, int], list[SinkRecord]] = {}
        for record in records:
            where = record.original_topic_partition or (record.topic, record.kafka_partition)
            group = groups.get(where)
            if group is None:
                groups[where] = group = []
            group.append(record)
        for place, partition in self._partitions.items():
            partition.put(groups.get(place, ()))
        self._parts.open_files.relieve()
        wakes = [partition.wake_in_ms for partition in self._partitions.values()]
        if soon := [wake for wake in wakes if wake is not None]:
            self.context.timeout(min(soon))

    def pre_commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata]
    ) -> Mapping[TopicPartition, OffsetAndMetadata]:
        """Commit what is in files, and not more."""
        answer = {}
        for where in offsets:
            partition = self._partitions.get(where)
            if partition is None:
                continue
            try:
                partition.put(())
            except ConnectError as error:  # raised here, it would not fail the task
                self._failure = error
            if partition.committable is not None:
                answer[where] = OffsetAndMetadata(partition.committable)
        return answer

    def close(self, partitions: Set[TopicPartition]) -> None:
        """Commit files that are being closed, drop those that are open."""
        deadline = time.monotonic() + self._settings.shutdown_timeout_ms / 1000
        for where in sorted(partitions):
            partition = self._partitions.pop(where, None)
            if partition is not None:
                partition.end(max(0.0, deadline - time.monotonic()))

    def stop(self) -> None:
        """Let go of threads and connections."""
        for pool in (getattr(self, "_pool", None), getattr(self, "_listing_pool", None)):
            if pool is not None:
                pool.shutdown(wait=False, cancel_futures=True)
        storage: Storage | None = getattr(self, "_storage", None)
        if storage is not None:
            storage.close()

    def _report(self, record: SinkRecord, error: Exception) -> Future[None]:
        reporter = self.context.errant_record_reporter
        if reporter is None:
            place = place_of(record)
            text = str(error) if place in str(error) else f"{place} cannot be written: {error}"
            raise DataError(text) from error
        return reporter.report(record, error)

    def _sweep(self, partitions: Set[TopicPartition]) -> None:
        """Remove what Java's connector left behind long ago, once a topic."""
        for where in partitions:
            directory = self._directories.places(where).temporary
            if directory in self._swept:
                continue
            self._swept.add(directory)
            try:
                removed = sweep_java_temporaries(self._storage, directory, _now_ms())
            except StorageError as error:
                _logger.warning("Old temporary files in %s stay: %s", directory, error)
                continue
            if removed:
                _logger.info("Removed %d old temporary files in %s", removed, directory)
