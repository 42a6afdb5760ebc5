# SPDX-License-Identifier: Apache-2.0
"""The connector of every sink that writes files: checks settings, gives them to tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

import barnabas
from barnabas import config
from barnabas.api import SinkConnector
from barnabas.connectors._storage.formats.known import FORMATS
from barnabas.connectors._storage.joint_checks import add_problems, problems_of
from barnabas.connectors._storage.partitioners import make_partitioner
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.errors import ConfigError

__all__ = ["StorageSinkConnector"]


class StorageSinkConnector(SinkConnector):
    """Checks settings one by one and together; a subclass names its task and settings."""

    config_class: ClassVar[type[config.Config]] = StorageSinkConfig

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
        """Give every task the same settings; the consumer group shares out partitions."""
        return [{**self._props, "task.id": str(number)} for number in range(max_tasks)]

    def stop(self) -> None:
        """Nothing is held."""

    def _problems(self, props: Mapping[str, str]) -> list[str]:
        """Say what is wrong with settings that are fine one by one."""
        settings = self.config_class(props)
        assert isinstance(settings, StorageSinkConfig)

        def partition() -> None:
            partitioner = make_partitioner(
                settings.partitioner_class or "", settings.partitioner_settings(), lambda: 0
            )
            settings.rotation_rules(partitioner)

        checks: list[Callable[[], object]] = [*settings.checks(), partition, settings.make_format]
        return problems_of(checks)
