# SPDX-License-Identifier: Apache-2.0
"""Metrics as Prometheus gets them from a worker that was started as users start it."""

from __future__ import annotations

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.services.distributed_worker import DistributedWorker
from tests.services.kafka import KafkaCluster
from tests.services.standalone_worker import StandaloneWorker
from tests.services.worker_process import WorkerProcess

LINES = ["one", "two", "three"]


def measured(worker: WorkerProcess) -> dict[tuple[str, ...], float]:
    """Values by name and labels, such as ``("…_status", "connector=c", "status=running")``."""
    answer = worker.request("GET", "/metrics")
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def has(worker: WorkerProcess, value: float, *sample: str) -> None:
    """Wait until a sample has a value; tasks report every 5 s."""
    worker.wait_until(lambda: measured(worker).get(sample) == value, 30, f"{sample} is {value}")


def connectors(folder: Path, topic: str) -> dict[str, dict[str, str]]:
    """A source that reads three lines, and a sink that writes them, by name."""
    (folder / "in.txt").write_text("".join(f"{line}\n" for line in LINES))
    source = {
        "connector.class": "FileStreamSource",
        "topic": topic,
        "file": str(folder / "in.txt"),
    }
    out = str(folder / "out.txt")
    sink = {"connector.class": "FileStreamSink", "topics": topic, "file": out}
    return {f"{topic}-in": source, f"{topic}-out": sink}


def move_three_lines(worker: WorkerProcess, folder: Path, name: str) -> None:
    for connector, config in connectors(folder, name).items():
        worker.put_connector(connector, config)
        worker.wait_until_running(connector)
    source = (f"connector={name}-in", "task=0")
    has(worker, 3, "kafka_connect_source_task_source_record_write_total", *source)
    has(
        worker,
        3,
        "kafka_connect_sink_task_sink_record_read_total",
        f"connector={name}-out",
        "task=0",
    )


def test_a_standalone_worker_measures_its_tasks(kafka: KafkaCluster, tmp_path: Path, name: str):
    kafka.create_topic(name)
    settings = {"metrics.clients.interval.ms": "500"}
    with StandaloneWorker(tmp_path, kafka.bootstrap_servers, settings=settings) as worker:
        move_three_lines(worker, tmp_path, name)
        found = measured(worker)
        one = f"connector={name}-in"
        assert found["kafka_connect_worker_task_count",] == 2
        assert found["kafka_connect_worker_task_startup_success_total",] == 2
        assert found["kafka_connect_connector_task_status", one, "status=running", "task=0"] == 1
        assert found["kafka_connect_worker_connector_running_task_count", one] == 1
        memory = found["barnabas_process_resident_memory_bytes", one, "process=task", "task=0"]
        assert 1e6 < memory < 1e9
        assert not [sample for sample in found if sample[0].startswith("kafka_connect_worker_re")]
        client = f"clientid=connector-producer-{name}-in-0"
        has(worker, 3, "kafka_producer_record_send_total", client)
        client = f"clientid=connector-consumer-{name}-out-0"
        has(worker, 3, "kafka_consumer_fetch_manager_records_consumed_total", client)
        sink = (f"connector={name}-out", "task=0")
        has(worker, 0, "barnabas_sink_task_record_lag", *sink)
        found = measured(worker)
        assert found["barnabas_sink_task_record_lag_seconds", *sink] == 0
        assert 0 <= found["barnabas_task_last_record_seconds_ago", *sink] < 60
        assert found["kafka_connect_task_error_total_record_errors", *sink] == 0


def test_a_distributed_worker_measures_its_membership(
    kafka: KafkaCluster, tmp_path: Path, name: str
):
    kafka.create_topic(name)
    with DistributedWorker(tmp_path, kafka.bootstrap_servers, name) as worker:
        move_three_lines(worker, tmp_path, name)
        found = measured(worker)
        client = f"clientid=connect-{worker.worker_id}"
        leader = f"leader_name={worker.url}/"
        assert found["kafka_connect_worker_rebalance_leader_name", leader] == 1
        assert found["kafka_connect_worker_rebalance_completed_rebalances_total",] >= 1
        assert found["kafka_connect_coordinator_assigned_tasks", client] == 2
        assert found["kafka_connect_worker_connector_running_task_count", f"connector={name}-in"]


def test_a_worker_without_kafka_is_measured(tmp_path: Path, name: str):
    worker = DistributedWorker(tmp_path, "127.0.0.1:1", name)
    worker.launch()
    try:
        worker.wait_for("/health", lambda answer: answer.status_code == 503)
        assert measured(worker)["kafka_connect_worker_task_count",] == 0
    finally:
        worker.kill()


def test_prometheus_gets_open_metrics(tmp_path: Path):
    worker = StandaloneWorker(tmp_path, "127.0.0.1:1")
    worker.launch()
    try:
        worker.wait_for("/metrics", lambda answer: answer.status_code == 200)
        accept = {"accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}
        answer = httpx.get(f"{worker.url}/metrics", headers=accept)
        assert answer.headers["content-type"].startswith("application/openmetrics-text;")
        assert answer.text.endswith("\n# EOF\n")
    finally:
        worker.kill()
