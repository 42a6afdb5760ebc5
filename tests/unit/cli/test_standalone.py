# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
import typer

from barnabas.cli import standalone, standalone_worker
from barnabas.errors import ConfigError, ConnectError
from barnabas.telemetry import logs


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch) -> None:
    """Keep the command from changing how this process logs."""
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    monkeypatch.delenv(logs.FORMAT_VARIABLE, raising=False)
    monkeypatch.delenv("BARNABAS_LOG_LEVEL", raising=False)


@pytest.mark.parametrize(
    ("options", "why"),
    [({"log_level": "LOUD"}, "'LOUD' is not known"), ({"log_format": "xml"}, "use plain or json")],
)
def test_wrong_options_are_refused(options: dict[str, str], why: str):
    with pytest.raises(typer.BadParameter, match=why):
        standalone.standalone(Path("/nowhere"), **options)


def test_a_worker_file_that_is_not_there_is_refused():
    with pytest.raises(ConfigError, match="/nowhere"):
        standalone.standalone(Path("/nowhere"))


@pytest.fixture
def worker_file(tmp_path: Path) -> Path:
    path = tmp_path / "worker.properties"
    path.write_text(
        "bootstrap.servers=broker:9092\nkey.converter=K\nvalue.converter=V\nunknwon=1\n"
        f"offset.storage.file.filename={tmp_path / 'offsets'}\n"
    )
    return path


def test_a_connector_file_that_is_wrong_ends_with_3(worker_file: Path, capsys):
    with pytest.raises(typer.Exit) as raised:
        standalone.standalone(worker_file, [Path("/nowhere/c.json")])
    assert raised.value.exit_code == 3
    assert "/nowhere/c.json cannot be read" in capsys.readouterr().err


class FakeStandaloneWorker:
    """Starts at once; creating connectors does what the test says."""

    made: FakeStandaloneWorker
    create_error: Exception | None = None

    def __init__(self, config, environ) -> None:
        type(self).made = self
        self.is_stopped = False

    async def start(self) -> None:
        pass

    async def create(self, connectors) -> None:
        if self.create_error is not None:
            raise self.create_error
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(60)

    async def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def fake(monkeypatch) -> type[FakeStandaloneWorker]:
    monkeypatch.setattr(standalone_worker, "StandaloneWorker", FakeStandaloneWorker)
    monkeypatch.setattr(FakeStandaloneWorker, "create_error", None)
    return FakeStandaloneWorker


def test_a_worker_asked_to_stop_ends_with_0(worker_file: Path, fake, caplog):
    with pytest.raises(typer.Exit) as raised:
        standalone.standalone(worker_file)
    assert raised.value.exit_code == 0
    assert fake.made.is_stopped
    assert "The setting unknwon is not known" in caplog.text


def test_a_connector_that_cannot_be_created_ends_with_3(worker_file: Path, fake, caplog):
    fake.create_error = ConnectError("Failed to create connector c")
    with pytest.raises(typer.Exit) as raised:
        standalone.standalone(worker_file)
    assert raised.value.exit_code == 3
    assert fake.made.is_stopped
    assert "Stopping after connector error. Failed to create connector c" in caplog.text


def test_an_error_of_ours_is_not_hidden(worker_file: Path, fake):
    fake.create_error = ValueError("ours")
    with pytest.raises(ValueError, match="ours"):
        standalone.standalone(worker_file)
    assert fake.made.is_stopped
