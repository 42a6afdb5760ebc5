# SPDX-License-Identifier: Apache-2.0
"""What connectors that read files have in common: checks, tasks, offsets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import barnabas
from barnabas import config
from barnabas.api import ExactlyOnceSupport, SourceConnector
from barnabas.connectors._storage.formats.known import FORMATS
from barnabas.connectors._storage.joint_checks import add_problems, problems_of
from barnabas.connectors._storage.reading.positions import (
    DIRECTORY,
    PARTITION,
    Place,
    check_offset,
    check_partition,
    position_of,
)
from barnabas.connectors._storage.reading.settings import StorageSourceConfig
from barnabas.connectors._storage.reading.task import TASK_COUNT, TASK_NUMBER
from barnabas.connectors._storage.storage import join
from barnabas.errors import ConfigError, ConnectError

__all__ = ["StorageSourceConnector"]


class StorageSourceConnector(SourceConnector):
    """Reads files of a store into topics; a subclass says which settings and task it has."""

    config_class: ClassVar[type[StorageSourceConfig]]

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def validate(self, props: Mapping[str, str]) -> list[config.ConfigValue]:
        """Check settings one by one, then whether they fit together."""
        values = super().validate(props)
        by_name = {value.name: value for value in values}
        by_name["format.class"].recommended_values = list(FORMATS)
        if any(value.errors for value in values):
            return values
        add_problems(values, self._problems(props), otherwise="format.class")
        return values

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings and keep them for the tasks.

        Raises:
            ConfigError: Something is missing or wrong, alone or together.
        """
        problems = self._problems(props)
        if problems:
            raise ConfigError("\n".join(problems))
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Give every task its number; it follows from that which files are its own."""
        return [
            {**self._props, TASK_NUMBER: str(number), TASK_COUNT: str(max_tasks)}
            for number in range(max_tasks)
        ]

    def stop(self) -> None:
        """Nothing is held."""

    def exactly_once_support(self, props: Mapping[str, str]) -> ExactlyOnceSupport:
        """Each record has an offset of its own."""
        return ExactlyOnceSupport.SUPPORTED

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Check that tasks look up such partitions and take such offsets; a reset is always fine.

        Raises:
            ConnectError: They are not.
        """
        settings = self.config_class(props)
        names, top = settings.file_names(), join(settings.topics_dir)
        for partition, offset in offsets.items():
            if partition is None:
                message = "Partition objects cannot be null"
                raise ConnectError(message)
            if offset is not None:
                check_offset(offset)
                position_of(_place_of(dict(partition), top), offset, names)
        return True

    def _problems(self, props: Mapping[str, str]) -> list[str]:
        """Say what is wrong with settings that are fine one by one."""
        return problems_of(self.config_class(props).checks())


def _place_of(partition: Mapping[str, Any], top: str) -> Place:
    """Read a source partition.

    Raises:
        ConnectError: It is none of this connector, or not below the directory of topics.
    """
    check_partition(partition)
    directory: str = partition[DIRECTORY]
    above = f"{top}/" if top else ""
    if not directory.startswith(above):
        message = f"{directory!r}, of a source partition, is not below topics.dir, which is {top!r}"
        raise ConnectError(message)
    topic = directory.removeprefix(above).partition("/")[0]
    return Place(directory, topic, partition[PARTITION])
