# SPDX-License-Identifier: Apache-2.0
"""The JDBC sink connector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import barnabas
from barnabas import config
from barnabas.api import SinkConnector
from barnabas.connectors.jdbc.sink.config import JdbcSinkConfig, PrimaryKeyMode
from barnabas.connectors.jdbc.sink.task import JdbcSinkTask
from barnabas.connectors.jdbc.sink.validation import check_sink

__all__ = ["JdbcSinkConnector"]


class JdbcSinkConnector(SinkConnector):
    """Writes records to the tables of a relational database.

    Source:
        Reference page ``jdbc``, section 6 (``JdbcSinkConnector``).
    """

    config_class: ClassVar[type[config.Config]] = JdbcSinkConfig

    @property
    def task_class(self) -> type[JdbcSinkTask]:
        """The task that writes."""
        return JdbcSinkTask

    def version(self) -> str:
        """Version of Barnabas: the connector is its own."""
        return barnabas.__version__

    def start(self, props: Mapping[str, str]) -> None:
        """Check the settings and keep them for the tasks."""
        JdbcSinkConfig(props)
        self._props = dict(props)

    def task_configs(self, max_tasks: int) -> list[dict[str, str]]:
        """Give every task the same settings; Kafka shares partitions out."""
        return [dict(self._props) for _ in range(max_tasks)]

    def stop(self) -> None:
        """Nothing is held."""

    def validate(self, props: Mapping[str, str]) -> list[config.ConfigValue]:
        """Check the settings, also against each other, and look into the database."""
        values = super().validate(props)
        check_deletes({value.name: value for value in values})
        check_sink(values, props)
        return values

    def alter_offsets(self, props: Mapping[str, str], offsets: Mapping[Any, Any]) -> bool:
        """Any offset will do: the tables keep no track of them."""
        del props, offsets
        return True


def check_deletes(values: Mapping[str, config.ConfigValue]) -> None:
    """Note that ``delete.enabled`` needs keys from records."""
    deletes, pk_mode = values["delete.enabled"], values["pk.mode"]
    wanted = PrimaryKeyMode.RECORD_KEY.value
    if deletes.value is True and str(pk_mode.value).lower() != wanted:
        message = f"Deletes are only supported for pk.mode {wanted}"
        pk_mode.add_error(message)
        deletes.add_error(message)
