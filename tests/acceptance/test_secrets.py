# SPDX-License-Identifier: Apache-2.0
"""Secrets from config providers: they reach connectors, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.distributed_worker import DistributedWorker
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import STRINGS, StandaloneWorker

PACKAGE = "org.apache.kafka.common.config.provider."
SECRET = "hunter2 & sons"
PLUGIN = """
import logging
import sys
import urllib.parse
from pathlib import Path

from barnabas.api import ConfigData, ConfigProvider, SourceConnector, SourceTask
from barnabas.config import Config, ConfigType, Option


class Settings(Config):
    password = Option("db.pass", ConfigType.PASSWORD, None, "A password.")


class Task(SourceTask):
    def start(self, props):
        log = logging.getLogger("user.code")
        log.warning("Logging in as %s", props["db.pass"])
        log.warning("At db://x?pw=%s", urllib.parse.quote_plus(props["db.pass"]))
        print("Printing", props["db.pass"])
        print("Oh,", props["db.pass"], file=sys.stderr)
        Path(props["proof"]).write_text(props["db.pass"] + props.get("leased", ""))
        if props.get("fail") == "yes":
            raise RuntimeError(f"login refused: {props['db.pass']!r}")

    def poll(self):
        self.context.wait(0.2)

    def stop(self):
        pass


class Source(SourceConnector):
    config_class = Settings
    task_class = Task

    def start(self, props):
        self.props = dict(props)

    def task_configs(self, max_tasks):
        numbers = range(min(max_tasks, int(self.props.get("proofs", "1"))))
        ends = [f"-{number}" if number else "" for number in numbers]
        return [{**self.props, "proof": self.props["proof"] + end} for end in ends]

    def stop(self):
        pass


class Leases(ConfigProvider):
    def get(self, path, keys=None):
        if path == "sealed":
            raise RuntimeError("the vault is sealed")
        text = Path(path).read_text()
        return ConfigData({"value": text}, 500)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where plugin, secrets and proofs are."""
    folder = tmp_path_factory.mktemp("secrets")
    (folder / "secretive.py").write_text(PLUGIN)
    (folder / "db.properties").write_text(f"password={SECRET}\n")
    return folder


@pytest.fixture(scope="module")
def worker(kafka: KafkaCluster, folder: Path) -> Iterator[StandaloneWorker]:
    """A worker with providers, whose own settings have references, too."""
    settings = {
        "config.providers": "file,env,lease",
        "config.providers.file.class": f"{PACKAGE}FileConfigProvider",
        "config.providers.file.param.allowed.paths": str(folder),
        "config.providers.env.class": f"{PACKAGE}EnvVarConfigProvider",
        "config.providers.lease.class": "secretive:Leases",
        "value.converter": "${env:CONVERTER_OF_TEST}",
        "admin.ssl.key.password": f"${{file:{folder}/db.properties:password}}",
    }
    environment = {"CONVERTER_OF_TEST": STRINGS, "PYTHONPATH": str(folder)}
    with StandaloneWorker(
        folder / "worker", kafka.bootstrap_servers, settings=settings, environment=environment
    ) as worker:
        yield worker


def config(folder: Path, name: str, **more: str) -> dict[str, str]:
    return {
        "connector.class": "secretive:Source",
        "db.pass": f"${{file:{folder}/db.properties:password}}",
        "proof": str(folder / name),
        **more,
    }


def texts(worker: StandaloneWorker, name: str) -> str:
    """All that a user can see of a connector."""
    paths = ("", "/config", "/status", "/tasks")
    seen = [worker.request("GET", f"/connectors/{name}{path}").text for path in paths]
    return worker.log.read_text() + "".join(seen)


def validated(worker: StandaloneWorker, settings: dict[str, str]) -> tuple[Any, str]:
    answer = worker.request("PUT", "/connector-plugins/Source/config/validate", settings)
    return answer, answer.headers.get("X-Barnabas-Warning", "")


@pytest.mark.parametrize("literal", [False, True])
def test_a_secret_reaches_the_task_but_no_log_and_no_answer(
    worker: StandaloneWorker, folder: Path, name: str, literal: bool
):
    settings = config(folder, name, fail="yes")
    if literal:
        settings["db.pass"] = SECRET
    answer = worker.request("PUT", f"/connectors/{name}/config", settings)
    assert answer.status_code == 201
    trace = worker.wait_until_failed(name)
    assert "login refused: '[hidden]'" in trace
    assert (folder / name).read_text() == SECRET
    worker.wait_for_log("At db://x?pw=[hidden]")
    worker.wait_for_log(f"INFO [{name}|task-0] Printing [hidden] (stdout)")
    worker.wait_for_log(f"WARN [{name}|task-0] Oh, [hidden] (stderr)")
    seen = worker.log.read_text() + worker.request("GET", f"/connectors/{name}/status").text
    seen += "" if literal else texts(worker, name)
    assert "hunter2" not in seen
    worker.request("DELETE", f"/connectors/{name}")


def test_a_secret_in_plain_text_is_warned_of(worker: StandaloneWorker, folder: Path, name: str):
    settings = {**config(folder, name, **{"db.pass": SECRET}), "name": name}
    answer, warning = validated(worker, settings)
    assert answer.json()["error_count"] == 0
    assert "db.pass: a secret in plain text" in warning
    assert SECRET not in answer.text + warning
    _, warning = validated(worker, {**config(folder, name), "name": name})
    assert warning == ""


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("${file:/no/such:x}", "The setting db.pass keeps the text"),  # not in allowed.paths
        ("${env:NO_SUCH_THING}", "config provider env knows no 'NO_SUCH_THING'"),
        ("${other:x}", "config.providers names no provider 'other'"),
    ],
)
def test_what_nobody_knows_is_warned_of(
    worker: StandaloneWorker, folder: Path, name: str, reference: str, said: str
):
    settings = {**config(folder, name), "db.pass": reference, "name": name}
    answer, warning = validated(worker, settings)
    assert answer.status_code == 200
    assert said in warning


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("/none.properties", "No such file or directory"),
        ("", "Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_bad_request(
    worker: StandaloneWorker, folder: Path, name: str, file: str, said: str
):
    settings = {**config(folder, name), "db.pass": f"${{file:{folder}{file}:x}}"}
    answer = worker.request("PUT", f"/connectors/{name}/config", settings)
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert "Config provider file could not look up 'x' at path" in message
    assert said in message


def test_a_provider_that_throws_is_a_bad_request(worker: StandaloneWorker, folder: Path, name: str):
    settings = config(folder, name, leased="${lease:sealed:value}")
    answer = worker.request("PUT", f"/connectors/{name}/config", settings)
    assert answer.status_code == 400
    assert (
        "provider lease could not look up 'value' at path 'sealed': RuntimeError: the vault"
        in (answer.json()["message"])
    )


def test_values_that_change_restart_the_tasks_that_use_them(
    worker: StandaloneWorker, folder: Path, name: str
):
    lease, proof = folder / f"{name}.lease", folder / name
    lease.write_text("first-lease")
    settings = config(folder, name, leased=f"${{lease:{lease}:value}}")
    frozen = {**settings, "proof": f"{proof}-2", "config.action.reload": "none"}
    worker.request("PUT", f"/connectors/{name}/config", settings)
    worker.request("PUT", f"/connectors/{name}-2/config", frozen)
    worker.wait_until_running(name)
    worker.wait_until_running(f"{name}-2")
    lease.write_text("second-lease")
    worker.wait_until(lambda: "second" in proof.read_text(), what="the new value")
    worker.wait_until_running(name)
    assert "first" in Path(f"{proof}-2").read_text()
    assert "-lease" not in worker.log.read_text().replace(lease.name, "")
    for connector in (name, f"{name}-2"):
        worker.request("DELETE", f"/connectors/{connector}")


def test_values_that_change_restart_tasks_on_all_workers_of_a_cluster(
    kafka: KafkaCluster, folder: Path, tmp_path: Path, name: str
):
    lease, proofs = folder / f"{name}.lease", [folder / name, folder / f"{name}-1"]
    lease.write_text("first-lease")
    providers = {"config.providers": "lease", "config.providers.lease.class": "secretive:Leases"}
    environment = {"PYTHONPATH": str(folder)}
    workers = [
        DistributedWorker(
            tmp_path / each,
            kafka.bootstrap_servers,
            name,
            settings=providers,
            environment=environment,
        )
        for each in "ab"
    ]
    try:
        for worker in workers:
            worker.launch()
        for worker in workers:
            worker.wait_until_healthy()
        settings = {**config(folder, name), "db.pass": f"${{lease:{lease}:value}}"}
        settings |= {"tasks.max": "2", "proofs": "2"}
        workers[0].put_connector(name, settings)
        workers[0].wait_until_running(name, tasks=2)
        homes = workers[0].request("GET", f"/connectors/{name}/status").json()["tasks"]
        assert len({task["worker_id"] for task in homes}) == 2
        lease.write_text("second-lease")
        for worker, proof in zip(workers, proofs, strict=True):
            worker.wait_until(lambda at=proof: "second" in at.read_text(), what="the new value")
        workers[1].wait_until_running(name, tasks=2)
        stored = workers[1].request("GET", f"/connectors/{name}/tasks").text
        assert stored.count("${lease:") == 2
        seen = stored + "".join(worker.log.read_text() for worker in workers)
        assert "-lease" not in seen.replace(lease.name, "")
    finally:
        for worker in workers:
            worker.kill()
