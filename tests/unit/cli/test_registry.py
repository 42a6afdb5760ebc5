# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import pytest

from barnabas.cli.app import COMMANDS
from barnabas.cli.registry import registry
from barnabas.errors import ConfigError
from barnabas.registry_server.logs import MemoryLog, SchemaLog
from barnabas.registry_server.topic import SchemaTopic


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[SchemaLog, str, int]]:
    """What would be run."""
    runs: list[tuple[SchemaLog, str, int]] = []

    async def run(log: SchemaLog, host: str, port: int) -> None:
        runs.append((log, host, port))

    monkeypatch.setattr("barnabas.cli.registry._run", run)
    monkeypatch.setattr("barnabas.cli.registry.configure_logs", lambda *_: None)
    return runs


def test_schemas_are_in_memory_without_a_broker(started: list[tuple[SchemaLog, str, int]]) -> None:
    registry()

    ((log, host, port),) = started
    assert isinstance(log, MemoryLog)
    assert (host, port) == ("127.0.0.1", 8081)


def test_schemas_are_on_a_topic_with_a_broker(started: list[tuple[SchemaLog, str, int]]) -> None:
    registry(bootstrap_servers="broker:9092", port=1)

    ((log, _, port),) = started
    assert isinstance(log, SchemaTopic)
    assert str(log) == "on topic _schemas of broker:9092"
    assert port == 1


def test_settings_of_the_clients_come_from_a_file(
    started: list[tuple[SchemaLog, str, int]], tmp_path: Path
) -> None:
    file = tmp_path / "client.properties"
    file.write_text("bootstrap.servers=one:9092\nsecurity.protocol=SSL\n")
    registry(command_config=file)
    registry(command_config=file, bootstrap_servers="two:9092")

    assert [str(log).rpartition(" ")[2] for log, _, _ in started] == ["one:9092", "two:9092"]


def test_settings_without_a_cluster_are_told(
    started: list[tuple[SchemaLog, str, int]], tmp_path: Path
) -> None:
    file = tmp_path / "client.properties"
    file.write_text("security.protocol=SSL\n")

    with pytest.raises(ConfigError, match=r"names no bootstrap\.servers"):
        registry(command_config=file)
    assert started == []


def test_help_says_what_it_is_for() -> None:
    assert "for development" in COMMANDS["registry"].help
