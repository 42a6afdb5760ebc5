# SPDX-License-Identifier: Apache-2.0
"""The HDFS sink: checks settings, shares partitions out to tasks, alters offsets."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import barnabas
from barnabas import config
from barnabas.api import SinkConnector, TopicPartition
from barnabas.connectors._storage.claims import take_claim
from barnabas.connectors._storage.formats.known import FORMATS, make_format
from barnabas.connectors._storage.opening import open_storage
from barnabas.connectors._storage.partitioners import make_partitioner
from barnabas.connectors.hdfs.config import HdfsSinkConfig
from barnabas.connectors.hdfs.task import HdfsSinkTask
from barnabas.errors import ConfigError, ConnectError

__all__ = ["Hdfs3SinkConnector", "HdfsSinkConnector"]

_SETTING: Final = re.compile(r"for configuration ([\w.]+):")

_logger = logging.getLogger(__name__)


class HdfsSinkConnector(SinkConnector):
    """Writes topics into files of HDFS, each record into exactly one.

    Source:
        Reference page *hdfs*; class ``io.confluent.connect.hdfs.HdfsSinkConnector``.
    """

    config_class: ClassVar[type[config.Config]] = HdfsSinkConfig

    @property
    def task_class(self) -> type[HdfsSinkTask]:
        """The task that writes."""
        return HdfsSinkTask

    def version(self) -> str:
        """Version of the Kafka Connect whose connector this stands for."""
        return barnabas.CONNECT_VERSION

    def validate(self, props: Mapping[str, str]) -> list[config.ConfigValue]:
        """Check settings one by one, then whether they fit together."""
        values = super().validate(props)
        by_name = {value.name: value for value in values}
        by_name["format.class"].recommended_values = list(FORMATS)
        if any(value.errors for value in values):
            return values
        for problem in _problems(HdfsSinkConfig(props)):
            found = _SETTING.search(problem)
            name = found[1] if found and found[1] in by_name else "format.class"
            by_name[name].add_error(problem)
        return values

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings and keep them for the tasks.

        Raises:
            ConfigError: Something is missing or wrong, alone or together.
        """
        problems = _problems(HdfsSinkConfig(props))
        if problems:
            raise ConfigError("\n".join(problems))
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Give every task the same settings; the consumer group shares out partitions."""
        return [{**self._props, "task.id": str(number)} for number in range(max_tasks)]

    def stop(self) -> None:
        """Nothing is held."""

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Go on at other offsets, although files tell which ones they hold.

        A reset forgets them: writing then begins after the last record that is in a file, so to
        write everything again, move the files away first.

        Raises:
            ConnectError: An offset is not a whole number from 0.
            StorageError: The store cannot be asked.
        """
        settings = HdfsSinkConfig(props)
        directories = settings.directories()
        storage = open_storage(settings.url, settings.hadoop_settings())
        try:
            for partition, offset in offsets.items():
                where = TopicPartition(*partition)
                _check_offset(where, offset)
                take_claim(storage, directories.places(where)).advance(offset)
                if offset is None:
                    _logger.info("%s-%d goes on after the files that are there", *where)
                else:
                    _logger.info(
                        "%s-%d goes on at offset %d; records in files are written again",
                        *where,
                        offset,
                    )
        finally:
            storage.close()
        return True


class Hdfs3SinkConnector(HdfsSinkConnector):
    """The same under the name of the connector for Hadoop 3."""


def _problems(settings: HdfsSinkConfig) -> list[str]:
    """Say what is wrong with settings that are fine one by one."""

    def partition() -> None:
        partitioner = make_partitioner(
            settings.partitioner_class or "", settings.partitioner_settings(), lambda: 0
        )
        settings.rotation_rules(partitioner)

    checks: list[Callable[[], object]] = [
        *settings.checks(),
        partition,
        lambda: make_format(settings.format_class or ""),
    ]
    problems = []
    for check in checks:
        try:
            check()
        except ConfigError as error:
            problems.append(error.message)
    return problems


def _check_offset(where: TopicPartition, offset: object) -> None:
    if offset is None or (isinstance(offset, int) and not isinstance(offset, bool) and offset >= 0):
        return
    message = f"The offset of {where.topic}-{where.partition} must be a number from 0: {offset!r}"
    raise ConnectError(message)
