# SPDX-License-Identifier: Apache-2.0
"""The JDBC sink connector."""

from __future__ import annotations

import pytest

from barnabas.connectors.jdbc.sink.connector import JdbcSinkConnector
from barnabas.connectors.jdbc.sink.task import JdbcSinkTask
from barnabas.errors import ConfigError

PROPS = {"name": "shelf", "connection.url": "jdbc:sqlite::memory:"}


def test_every_task_gets_all_settings() -> None:
    connector = JdbcSinkConnector()
    connector.start(PROPS)
    assert connector.task_configs(3) == [PROPS] * 3
    assert connector.task_class is JdbcSinkTask
    connector.stop()


def test_wrong_settings_do_not_start() -> None:
    with pytest.raises(ConfigError):
        JdbcSinkConnector().start(PROPS | {"batch.size": "many"})


def test_deletes_without_record_key_are_told_at_both_settings() -> None:
    values = JdbcSinkConnector().validate(PROPS | {"delete.enabled": "true", "pk.mode": "kafka"})
    wrong = {value.name: value.errors for value in values if value.errors}
    message = "Deletes are only supported for pk.mode record_key"
    assert wrong == {"delete.enabled": [message], "pk.mode": [message]}


def test_good_settings_have_no_errors() -> None:
    props = PROPS | {"delete.enabled": "true", "pk.mode": "RECORD_KEY"}
    assert [value.name for value in JdbcSinkConnector().validate(props) if value.errors] == []


def test_any_offset_is_fine() -> None:
    assert JdbcSinkConnector().alter_offsets(PROPS, {})
