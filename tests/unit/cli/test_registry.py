# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.cli.app import COMMANDS
from barnabas.cli.registry import registry
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


def test_help_says_what_it_is_for() -> None:
    assert "for development" in COMMANDS["registry"].help
