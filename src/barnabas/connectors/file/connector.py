# SPDX-License-Identifier: Apache-2.0
"""The connectors: one source task per file, any number of sink tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import barnabas
from barnabas import config
from barnabas.api import ExactlyOnceSupport, SinkConnector, SourceConnector
from barnabas.connectors.file.config import FileStreamSinkConfig, FileStreamSourceConfig
from barnabas.connectors.file.sink import FileStreamSinkTask
from barnabas.connectors.file.source import FILENAME, POSITION, FileStreamSourceTask
from barnabas.errors import ConnectError

__all__ = ["FileStreamSinkConnector", "FileStreamSourceConnector"]


class FileStreamSourceConnector(SourceConnector):
    """Reads a text file, or standard input, line by line.

    Source:
        Apache Kafka ``connect/file`` FileStreamSourceConnector; reference page *bundled
        connectors*, section 1.
    """

    config_class: ClassVar[type[config.Config]] = FileStreamSourceConfig

    @property
    def task_class(self) -> type[FileStreamSourceTask]:
        """The task that reads."""
        return FileStreamSourceTask

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings and keep them for the task."""
        FileStreamSourceConfig(props)
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Give the whole file to one task, however many are allowed."""
        return [dict(self._props)]

    def stop(self) -> None:
        """Nothing is held."""

    def exactly_once_support(self, props: Mapping[str, str]) -> ExactlyOnceSupport:
        """Only a file has positions to go on from; standard input has not."""
        if FileStreamSourceConfig(props).file:
            return ExactlyOnceSupport.SUPPORTED
        return ExactlyOnceSupport.UNSUPPORTED

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Check that positions are whole numbers from 0 of some file; a reset is always fine."""
        if not FileStreamSourceConfig(props).file:
            message = (
                "Offsets cannot be modified if the 'file' setting is unspecified: the position in "
                "standard input is not tracked"
            )
            raise ConnectError(message)
        for partition, offset in offsets.items():
            if offset is not None:
                _check_offset(offset)
                _check_partition(partition)
        return True


class FileStreamSinkConnector(SinkConnector):
    """Appends values to a text file, or prints them.

    Source:
        Apache Kafka ``connect/file`` FileStreamSinkConnector; reference page *bundled connectors*,
        section 2.
    """

    config_class: ClassVar[type[config.Config]] = FileStreamSinkConfig

    @property
    def task_class(self) -> type[FileStreamSinkTask]:
        """The task that writes."""
        return FileStreamSinkTask

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings and keep them for the tasks."""
        FileStreamSinkConfig(props)
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Let every task append to the same file."""
        return [dict(self._props) for _ in range(max_tasks)]

    def stop(self) -> None:
        """Nothing is held."""

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Any offset will do: the file keeps no track of them."""
        return True


def _check_offset(offset: Mapping[str, Any]) -> None:
    if POSITION not in offset:
        message = f"Source offset should either be null or contain the key '{POSITION}'"
        raise ConnectError(message)
    position = offset[POSITION]
    if isinstance(position, bool) or not isinstance(position, int):
        message = (
            f"The '{POSITION}' of a source offset is expected to be a Long value, a whole number, "
            f"not {position!r}"
        )
        raise ConnectError(message)
    if position < 0:
        message = (
            f"The '{POSITION}' of a source offset should be a non-negative value, not {position}"
        )
        raise ConnectError(message)


def _check_partition(partition: object) -> None:
    if partition is None:
        message = "Partition objects cannot be null"
        raise ConnectError(message)
    names = partition if isinstance(partition, Mapping) else dict(partition)  # type: ignore[call-overload]  # a tuple of items, by the contract
    if FILENAME not in names:
        message = f"Partition objects should contain the key '{FILENAME}'"
        raise ConnectError(message)
