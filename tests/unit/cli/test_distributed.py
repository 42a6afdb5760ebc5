# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest
import typer

from barnabas.cli import distributed, distributed_worker
from barnabas.errors import ConfigError
from barnabas.telemetry import logs
from tests.unit.runtime.herder.cluster_doubles import SETTINGS


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch) -> None:
    """Keep the command from changing how this process logs."""
    monkeypatch.setattr(logs, "configure", lambda *_: None)


@pytest.fixture
def worker_file(tmp_path: Path) -> Path:
    path = tmp_path / "worker.properties"
    path.write_text("".join(f"{key}={value}\n" for key, value in SETTINGS.items()))
    return path


class FakeDistributedWorker:
    """Starts at once; then does what the test says."""

    made: FakeDistributedWorker
    error: Exception | None = None

    def __init__(self, config, environ) -> None:
        type(self).made = self
        self.is_stopped = False
        self.over = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        if self.error is None:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            self.over.set_exception(self.error)

    async def stop(self) -> None:
        self.is_stopped = True


@pytest.fixture
def fake(monkeypatch) -> type[FakeDistributedWorker]:
    monkeypatch.setattr(distributed_worker, "DistributedWorker", FakeDistributedWorker)
    monkeypatch.setattr(FakeDistributedWorker, "error", None)
    return FakeDistributedWorker


def test_a_worker_asked_to_stop_ends_with_0(worker_file: Path, fake):
    with pytest.raises(typer.Exit) as raised:
        distributed.distributed(worker_file)
    assert raised.value.exit_code == 0
    assert fake.made.is_stopped


def test_a_worker_that_cannot_go_on_ends_with_1(worker_file: Path, fake):
    fake.error = ConfigError("the config topic is not compacted")
    with pytest.raises(typer.Exit) as raised:
        distributed.distributed(worker_file)
    assert raised.value.exit_code == 1
    assert fake.made.is_stopped


def test_a_standalone_workers_file_is_refused_with_advice(tmp_path: Path):
    path = tmp_path / "worker.properties"
    path.write_text(
        "bootstrap.servers=b:1\nkey.converter=K\nvalue.converter=V\n"
        "offset.storage.file.filename=/tmp/o\n"
    )
    with pytest.raises(ConfigError, match="use barnabas standalone"):
        distributed.distributed(path)
