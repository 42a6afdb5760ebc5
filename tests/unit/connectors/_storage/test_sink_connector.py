# SPDX-License-Identifier: Apache-2.0
"""What connectors of file sinks share; their own tests check settings together."""

from __future__ import annotations

import barnabas
from barnabas.connectors._storage.settings import StorageSinkConfig
from barnabas.connectors._storage.sink_connector import StorageSinkConnector


class Connector(StorageSinkConnector):
    """Has no task."""

    @property
    def task_class(self) -> type:
        raise AssertionError


GOOD = {"flush.size": "3", "format.class": "JsonFormat"}


def test_settings_are_checked_alone_first() -> None:
    answer = Connector().validate({**GOOD, "flush.size": "0", "format.class": "OrcFormat"})
    assert [value.name for value in answer if value.errors] == ["flush.size"]


def test_settings_are_checked_together_then() -> None:
    answer = Connector().validate({**GOOD, "format.class": "OrcFormat"})
    assert [value.name for value in answer if value.errors] == ["format.class"]


def test_tasks_get_the_settings() -> None:
    connector = Connector()
    connector.start(GOOD)
    assert connector.task_configs(1) == [{**GOOD, "task.id": "0"}]
    assert connector.version() == barnabas.CONNECT_VERSION
    assert connector.config_class is StorageSinkConfig
