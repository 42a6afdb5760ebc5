# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from barnabas.cli import standalone_worker
from barnabas.cli.standalone_worker import StandaloneWorker
from barnabas.errors import ConfigError, ConnectError
from barnabas.kafka import admin
from barnabas.rest.bodies import CreateConnector
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.herder.doubles import SETTINGS, FakeWorker, config


class FakeAdmin:
    """A cluster that answers at once."""

    def __init__(self, properties) -> None:
        self.properties = properties

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def cluster_id(self, timeout_s: float) -> str:
        return f"cluster at {self.properties.bootstrap_servers}"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch) -> dict[str, str]:
    """Settings of a worker without processes and brokers."""

    def make_worker(_, *, worker_id, plugins, offset_store, listener) -> FakeWorker:
        made = FakeWorker(listener)
        made.worker_id, made.offset_store = worker_id, offset_store
        return made

    monkeypatch.setattr(standalone_worker, "Worker", make_worker)
    monkeypatch.setattr(admin, "Admin", FakeAdmin)
    return {
        **SETTINGS,
        "listeners": "http://127.0.0.1:0",
        "offset.storage.file.filename": str(tmp_path / "offsets"),
    }


async def get(worker: StandaloneWorker, path: str) -> httpx.Response:
    async with httpx.AsyncClient() as client:
        return await client.get(worker.rest.urls[0] + path)


async def test_it_answers_before_it_is_ready_and_is_ready_with_its_connectors(settings):
    worker = StandaloneWorker(StandaloneConfig(settings), {})
    await worker.start()
    assert (await get(worker, "/connectors")).json() == []
    assert (await get(worker, "/health")).status_code == 503
    await worker.create([CreateConnector("c", config(), None)])
    assert (await get(worker, "/health")).status_code == 200
    assert (await get(worker, "/")).json()["kafka_cluster_id"] == "cluster at broker:9092"
    status = (await get(worker, "/connectors/c/status")).json()
    assert status["connector"]["state"] == "RUNNING"
    await worker.stop()
    with pytest.raises(httpx.ConnectError):
        await get(worker, "/")


async def test_a_connector_that_cannot_be_created_is_named(settings):
    worker = StandaloneWorker(StandaloneConfig(settings), {})
    await worker.start()
    wrong = CreateConnector("wrong", config(name="wrong", tasks_max="0"), None)
    with pytest.raises(ConnectError, match=r"(?s)connector wrong: .*at least 1"):
        await worker.create([wrong])
    await worker.stop()


async def test_a_worker_that_cannot_start_leaves_nothing_open(settings, tmp_path: Path):
    (tmp_path / "offsets").write_text("junk")
    worker = StandaloneWorker(StandaloneConfig(settings), {})
    with pytest.raises(ConfigError, match="is damaged"):
        await worker.start()
    with pytest.raises(httpx.ConnectError):
        await get(worker, "/")


async def test_a_stop_has_a_bound(settings, monkeypatch, caplog):
    monkeypatch.setattr(standalone_worker, "_STOP_MARGIN_S", 0)
    hurried = {**settings, "task.shutdown.graceful.timeout.ms": "0"}
    worker = StandaloneWorker(StandaloneConfig(hurried), {})
    await worker.start()
    await worker.stop()
    assert "did not stop within 0 s" in caplog.text
    monkeypatch.undo()
    await worker.stop()


@pytest.mark.parametrize("setting", ["key.converter", "value.converter", "header.converter"])
async def test_a_converter_nobody_knows_is_named_with_near_ones(settings, setting: str):
    worker = StandaloneWorker(StandaloneConfig({**settings, setting: "JsonConvertr"}), {})
    with pytest.raises(ConfigError, match=rf"JsonConvertr for .* {setting}.* mean JsonConverter"):
        await worker.start()


async def test_client_settings_no_broker_could_mend_end_the_start(settings):
    worker = StandaloneWorker(StandaloneConfig({**settings, "security.protocol": "FOO"}), {})
    with pytest.raises(ConfigError, match=r"FOO for configuration security\.protocol"):
        await worker.start()
