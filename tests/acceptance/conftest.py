# SPDX-License-Identifier: Apache-2.0
"""A worker that many tests share, with plugins on ``plugin.path`` that misbehave or are broken.

A test that fails tells the ends of the logs of all clusters whose workers run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services import dying_sink
from tests.services.connect_cluster import clusters
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker

BROKEN = {
    "brokenplug.py": "import a_driver_nobody_has\n",
    "unwritten.py": "def x(:\n",
    "empty.py": "",
    "brokenplug-2.0.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: brokenplug\nVersion: 2.0\n"
    ),
    "brokenplug-2.0.dist-info/entry_points.txt": (
        "[barnabas.source_connectors]\n"
        "org.example.NoDriver = brokenplug:Source\n"
        "org.example.Unwritten = unwritten:Source\n"
        "org.example.Empty = empty:Source\n"
    ),
}
MISBEHAVING = {
    "misbehaving.py": Path(__file__).parents[1] / "integration" / "runners" / "misbehaving.py",
    "misbehaving-1.0.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n"
    ),
    "misbehaving-1.0.dist-info/entry_points.txt": (
        "[barnabas.source_connectors]\n"
        "org.example.MisbehavingSource = misbehaving:MisbehavingConnector\n"
        "[barnabas.sink_connectors]\n"
        "org.example.MisbehavingSink = misbehaving:MisbehavingSinkConnector\n"
    ),
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Add the logs of clusters to the report of a failure."""
    report = yield
    if report.failed and call.excinfo is not None:
        for cluster in clusters:
            report.sections.append((f"workers of {cluster.group}", cluster.logs()))
    return report


@pytest.fixture(scope="session")
def plugin_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder of misbehaving plugins and one of broken plugins."""
    folder = tmp_path_factory.mktemp("plugins")
    for name, files in (("misbehaving", MISBEHAVING), ("broken", BROKEN)):
        for path, content in files.items():
            file = folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content.read_text() if isinstance(content, Path) else content)
    return folder


@pytest.fixture(scope="session")
def shared_worker(
    kafka: KafkaCluster, plugin_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandaloneWorker]:
    """One worker for the whole session: use names of your own and never stop it."""
    settings = {"plugin.path": str(plugin_path), "task.shutdown.graceful.timeout.ms": "1000"}
    folder = tmp_path_factory.mktemp("worker")
    with StandaloneWorker(folder, kafka.bootstrap_servers, settings=settings) as worker:
        yield worker
        assert worker.terminate() == 0


@pytest.fixture
def worker(shared_worker: StandaloneWorker) -> Iterator[StandaloneWorker]:
    """The shared worker; connectors are deleted after the test, and it must be alive."""
    yield shared_worker
    for connector in shared_worker.request("GET", "/connectors").json():
        assert shared_worker.request("DELETE", f"/connectors/{connector}").status_code == 204
    assert shared_worker.request("GET", "/health").status_code == 200


@pytest.fixture(scope="session")
def dying_worker(
    kafka: KafkaCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StandaloneWorker]:
    """A worker that has sinks that die at a step of the test's choice."""
    plugins = tmp_path_factory.mktemp("plugins")
    dying_sink.install(plugins)
    settings = {"plugin.path": str(plugins), "task.shutdown.graceful.timeout.ms": "3000"}
    folder = tmp_path_factory.mktemp("dying")
    with StandaloneWorker(folder, kafka.bootstrap_servers, settings=settings) as worker:
        yield worker
