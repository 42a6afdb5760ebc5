# SPDX-License-Identifier: Apache-2.0
"""Tasks that fail and are restarted, and tasks that hang, on a distributed worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.test_metrics import has, measured
from tests.services.distributed_worker import DistributedWorker
from tests.services.kafka import KafkaCluster

SETTINGS = {
    "task.stalled.after.ms": "1000",
    "task.shutdown.graceful.timeout.ms": "1000",
    "task.restart.backoff.initial.ms": "100",
}
JSON = {
    "value.converter": "org.apache.kafka.connect.json.JsonConverter",
    "value.converter.schemas.enable": "false",
}


@pytest.fixture(scope="module")
def worker(
    kafka: KafkaCluster, plugin_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DistributedWorker]:
    """A worker that looks after its tasks."""
    settings = {**SETTINGS, "plugin.path": str(plugin_path)}
    folder = tmp_path_factory.mktemp("supervised")
    servers = kafka.bootstrap_servers
    with DistributedWorker(folder, servers, "supervised", settings=settings) as worker:
        yield worker


def task_status(worker: DistributedWorker, name: str) -> dict[str, object]:
    tasks = worker.request("GET", f"/connectors/{name}/status").json().get("tasks", [])
    return tasks[0] if tasks else {}


def logged(worker: DistributedWorker, *texts: str) -> list[str]:
    lines = worker.log.read_text().splitlines()
    return [line for line in lines if all(text in line for text in texts)]


def test_a_task_that_hangs_stays_running_and_is_told_to_be_stalled(
    kafka: KafkaCluster, worker: DistributedWorker, name: str
):
    source = {"connector.class": "org.example.MisbehavingSource", "topic": name}
    worker.put_connector(name, {**source, "misbehave.poll": "spin"})
    worker.wait_until_running(name)
    assert "stalled" not in task_status(worker, name)
    has(worker, 1, "barnabas_task_stalled", f"connector={name}", "task=0")
    status = task_status(worker, name)
    assert (status["state"], status["stalled"]["call"]) == ("RUNNING", "poll")
    [line] = logged(worker, f"[{name}|task-0]", "is stalled")
    assert "its poll() has not returned for" in line
    assert "misbehaving.py" in worker.log.read_text()
    assert f"kafka_connect_connector_task_status connector={name}" not in measured(worker)


def test_a_record_that_always_fails_ends_the_restarts(
    kafka: KafkaCluster, worker: DistributedWorker, name: str, tmp_path: Path
):
    kafka.create_topic(name)
    kafka.produce(name, [b'"good"', b"{bad"])
    epoch = measured(worker)["kafka_connect_worker_rebalance_epoch",]
    sink = {"connector.class": "FileStreamSink", "topics": name, "file": str(tmp_path / "out")}
    worker.put_connector(name, {**sink, **JSON, "task.restart.enable": "true"})
    labels = (f"connector={name}", "task=0")
    has(worker, 1, "barnabas_task_restart_given_up", *labels)
    found = measured(worker)
    assert found["barnabas_task_restarts_total", *labels] == 1
    trace = str(task_status(worker, name)["trace"])
    assert "the same record has failed it 2 times" in trace.splitlines()[-1]
    assert len(logged(worker, f"[{name}|task-0]", "restart 1 of 10")) == 1
    assert found["kafka_connect_worker_rebalance_epoch",] <= epoch + 2  # connector and its tasks


def test_a_task_that_recovers_runs_again(worker: DistributedWorker, name: str, tmp_path: Path):
    """A source whose process dies runs again as soon as it can."""
    source = {"connector.class": "org.example.MisbehavingSource", "topic": name}
    flag = {"misbehave.poll": "die", "task.restart.enable": "true"}
    worker.put_connector(name, {**source, **flag, "task.restart.max.attempts": "2"})
    labels = (f"connector={name}", "task=0")
    has(worker, 1, "barnabas_task_restart_given_up", *labels)
    assert measured(worker)["barnabas_task_restarts_total", *labels] == 2
    trace = str(task_status(worker, name)["trace"])
    assert "after 2 restarts, task.restart.max.attempts" in trace.splitlines()[-1]
    worker.put_connector(name, source)
    worker.wait_until_running(name)


@pytest.mark.parametrize(
    ("misdeed", "logger"),
    [("misbehave.poll", "runners.task_host"), ("misbehave.start", "runners.hosted_connector")],
)
def test_what_fails_is_logged_once_by_who_saw_it(
    worker: DistributedWorker, name: str, misdeed: str, logger: str
):
    source = {"connector.class": "org.example.MisbehavingSource", "topic": name}
    worker.put_connector(name, {**source, misdeed: "fail"})
    labels = (f"connector={name}",)
    if misdeed == "misbehave.poll":
        has(worker, 1, "kafka_connect_connector_task_status", *labels, "status=failed", "task=0")
    else:
        has(worker, 1, "kafka_connect_connector_status", *labels, "status=failed")
    log = worker.log.read_text()
    told = log[log.index(f"[{name}|") :]
    assert told.count("ValueError: the moon is not full\n") == 1  # the end of a traceback
    assert len(logged(worker, name, "ERROR", "the moon is not full")) == 1


def test_levels_by_names_of_java_hold_in_runners(worker: DistributedWorker, name: str):
    path = "/admin/loggers/org.apache.kafka.connect.runtime?scope=cluster"
    assert worker.request("PUT", path, {"level": "OFF"}).status_code == 204
    try:
        source = {"connector.class": "org.example.MisbehavingSource", "topic": name}
        worker.put_connector(name, {**source, "misbehave.poll": "fail"})
        worker.wait_until_failed(name)
        assert logged(worker, f"[{name}|") == []
    finally:
        assert worker.request("PUT", path, {"level": "INFO"}).status_code == 204
    assert worker.request("POST", f"/connectors/{name}/tasks/0/restart").status_code == 204
    worker.wait_until(
        lambda: bool(logged(worker, f"[{name}|task-0]", "ERROR", "the moon is not full")),
        20,
        "the failure of the task in the log",
    )
