# SPDX-License-Identifier: Apache-2.0
"""The task that reads files into topics.

It looks for files (`tree`), remembers those that are new (`backlog`) and reads one after the other
(`open_file`). Each Kafka partition of a topic belongs to one task, so that its records stay in
order; which one follows from the name of the topic and the number alone.
"""

from __future__ import annotations

import abc
import logging
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

import barnabas
from barnabas.api import SourceRecord, SourceTask
from barnabas.connectors._storage.reading.backlog import MOST_FILES, Backlog
from barnabas.connectors._storage.reading.file_names import StoredFile
from barnabas.connectors._storage.reading.files_ahead import FilesAhead
from barnabas.connectors._storage.reading.open_file import OpenFile, Target
from barnabas.connectors._storage.reading.path_fields import PathFields, fields_in
from barnabas.connectors._storage.reading.positions import Place, Position, position_of
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.connectors._storage.reading.tree import Found, Tree
from barnabas.connectors._storage.storage import (
    FileChangedError,
    FileMissingError,
    Storage,
    StorageError,
    StorageUnavailableError,
    join,
)
from barnabas.errors import ConnectError, DataError

__all__ = ["TASK_COUNT", "TASK_NUMBER", "StorageSourceTask", "owner_of"]

TASK_NUMBER: Final = "task.id"
TASK_COUNT: Final = "task.count"

_LONGEST_WAIT_S: Final = 1.0
_LONGEST_LOOK_S: Final = 0.5
_PLACES_AT_ONCE: Final = 1000

_logger = logging.getLogger(__name__)


def owner_of(topic: str, partition: int, tasks: int) -> int:
    """Choose the task, from 0, that reads the files of a Kafka partition."""
    return (zlib.crc32(topic.encode()) + partition) % tasks


class StorageSourceTask(SourceTask):
    """Reads files of a store."""

    def __init__(self) -> None:
        self._storage: Storage | None = None
        self._open: OpenFile | None = None
        self._ahead: FilesAhead | None = None

    @abc.abstractmethod
    def read_settings(self, props: Mapping[str, str]) -> StorageSourceConfig:
        """Parse the task's settings."""

    @abc.abstractmethod
    def open_store(self, settings: StorageSourceConfig) -> Storage:
        """Make the client of the store."""

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def start(self, props: Mapping[str, str]) -> None:
        """Read the settings and open the store.

        Raises:
            ConfigError: A setting is wrong.
            StorageError: The store refuses.
        """
        settings = self._settings = self.read_settings(props)
        number, count = int(props.get(TASK_NUMBER, "0")), int(props.get(TASK_COUNT, "1"))
        accepts = settings.topic_filter()
        self._names = settings.file_names()
        self._format = settings.make_format()
        self._storage = self.open_store(settings)

        def is_wanted(topic: str, partition: int | None) -> bool:
            if partition is None:
                return accepts(topic)
            return owner_of(topic, partition, count) == number

        self._tree = Tree(
            self._storage,
            settings.topics_dir,
            self._names,
            is_wanted,
            lambda: int(time.time() * 1000),
        )
        self._backlog = Backlog(MOST_FILES)
        self._ahead = FilesAhead(self._next_file, opens_ahead=self._storage.is_remote)
        self._looking: Iterator[Found] | None = None
        self._forgotten: set[str] = set()
        """Directories to be listed in any case, until a look came to its end."""
        self._found: Found = {}
        self._positions: dict[Place, Position | None] = {}
        self._places: dict[str, list[Place]] = {}
        self._is_current = False
        self._next_look_s = 0.0
        self._has_told = False

    def poll(self) -> list[SourceRecord] | None:
        """Return the next records; None after a wait when there are no new files.

        Raises:
            StorageUnavailableError: The store is away; the next poll goes on.
            ConnectError: A file cannot be read, or the store refuses.
        """
        try:
            return self._poll()
        except StorageUnavailableError:
            if self._open is not None:
                self._open.close()
            self._looking = None
            self.context.wait(self._settings.retry_backoff_ms / 1000)
            raise

    def stop(self) -> None:
        """Close what is open."""
        if self._open is not None:
            self._open.close()
        if self._ahead is not None:
            self._ahead.close()
        storage, self._storage = self._storage, None
        if storage is not None:
            storage.close()

    # -- reading -----------------------------------------------------------------------------------

    def _poll(self) -> list[SourceRecord] | None:
        records: list[SourceRecord] = []
        most = self._settings.record_batch_max_size
        while len(records) < most:
            file = self._open or self._begin_file()
            if file is None:
                break
            try:
                records += file.read(most - len(records))
            except (StorageError, DataError) as error:
                if records:  # they go first; the next poll meets the error again
                    break
                self._failed(file, error)
            if file.is_complete:
                self._end_file(file)
        if not records and self._open is None:
            self._look_or_wait()
        return records or None

    def _begin_file(self) -> OpenFile | None:
        """Choose the next file; None when there is none, or it is time to look for others."""
        if not self._is_current or time.monotonic() >= self._next_look_s:
            return None
        assert self._ahead is not None  # it started
        self._open = self._ahead.next()
        return self._open

    def _next_file(self) -> OpenFile | None:
        waiting = self._backlog.next()
        if waiting is None:
            return None
        place, file = waiting
        position = self._positions.get(place)
        if position is not None and position.key != file.key:
            position = None
        # As far as looking goes it is read: a listing must not bring it again.
        self._positions[place] = Position(file.key, 0, is_complete=True, size=None)
        target = self._target_of(place)
        return OpenFile(self._store, self._format, waiting, target, position)

    def _end_file(self, file: OpenFile) -> None:
        file.close()
        self._open = None
        position = self._positions[file.place]
        if position is not None and position.key == file.file.key:  # no later one was chosen yet
            self._positions[file.place] = position._replace(records=file.done, size=file.file.size)
        _logger.debug("%s was read: %d records", file.path, file.done)

    def _failed(self, file: OpenFile, error: StorageError | DataError) -> None:
        """Pass the rest of a file over, if that is wanted and the file is to blame; else raise."""
        if not isinstance(error, FileChangedError | FileMissingError | DataError):
            raise error
        text = (
            f"{self._store.url}/{file.path} cannot be read on after {file.done} records:"
            f" {error.message}"
        )
        if not self._settings.ignores_errors:
            message = f"{text}. Mend or remove it, or set behavior.on.error=ignore to pass it over"
            raise ConnectError(message) from error
        _logger.error("%s. The rest of it is passed over, as behavior.on.error says", text)
        self._end_file(file)

    def _target_of(self, place: Place) -> Target:
        settings = self._settings
        fields = {}
        if settings.has_path_headers:
            below = place.directory.removeprefix(join(settings.topics_dir, place.topic))
            fields = fields_in(below, settings.directory_delim)
        return Target(
            settings.target_topic or place.topic,
            place.partition if settings.keep_partitions else None,
            PathFields(fields),
        )

    # -- looking -----------------------------------------------------------------------------------

    def _look_or_wait(self) -> None:
        """Look for new files for a while, or wait until it is time for that."""
        if self._looking is None:
            wait_s = self._next_look_s - time.monotonic()
            needs_listing = self._backlog.needs_listing
            if self._is_current and wait_s > 0 and not needs_listing:
                self.context.wait(min(wait_s, _LONGEST_WAIT_S))
                return
            if needs_listing:
                self._forgotten |= self._backlog.truncated
                self._backlog.begin_listing()
            self._is_current = False
            self._looking = self._tree.look(self._forgotten, self._last_read)
        if self._look_on():
            self._looking = None
            self._forgotten = set()
            self._is_current = True
            self._next_look_s = time.monotonic() + self._settings.look_interval_ms / 1000
            self._tell_of_first_look()

    def _look_on(self) -> bool:
        """Go on looking; False when the time is up before all was seen."""
        deadline = time.monotonic() + _LONGEST_LOOK_S
        for found in self._looking or ():
            self._found |= found
            if len(self._found) >= _PLACES_AT_ONCE:
                self._take_found()
            if time.monotonic() > deadline or self.context.is_stopping:
                return False
        self._take_found()
        return True

    def _take_found(self) -> None:
        """Put files that were found and not read yet into the backlog."""
        found, self._found = self._found, {}
        unknown = [place for place in found if place not in self._positions]
        stored = self.context.offset_storage_reader.offsets(
            [place.source_partition for place in unknown]
        )
        for place, offset in zip(unknown, stored, strict=True):
            self._positions[place] = position_of(place, offset, self._names)
            self._places.setdefault(place.directory, []).append(place)
        for place, files in found.items():
            self._backlog.replace(place, _unread(files, self._positions[place]))

    def _last_read(self, directory: str) -> str:
        """The first by name of the files read last of all Kafka partitions of a directory."""
        names = []
        for place in self._places.get(directory, ()):
            position = self._positions[place]
            if position is None or not self._names.is_padded(place.topic, position.key[1]):
                return ""
            names.append(position.key[1])
        return min(names, default="")

    def _tell_of_first_look(self) -> None:
        if self._has_told:
            return
        self._has_told = True
        where = f"{self._store.url}/{self._settings.topics_dir}"
        if self._positions:
            places = len(self._positions)
            _logger.info("Reading %s: %d directories of Kafka partitions", where, places)
        else:
            _logger.warning("There is no file to read yet in %s", where)

    @property
    def _store(self) -> Storage:
        assert self._storage is not None  # between start and stop
        return self._storage


def _unread(files: list[StoredFile], position: Position | None) -> list[StoredFile]:
    """Choose what comes after a position; also its file if that changed, to tell of it."""
    if position is None:
        return files
    last, is_complete, size = position.key, position.is_complete, position.size
    return [
        file
        for file in files
        if file.key > last or (file.key == last and not (is_complete and size in (None, file.size)))
    ]
