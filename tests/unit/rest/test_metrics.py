# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from prometheus_client.openmetrics import parser as open_metrics_parser
from prometheus_client.parser import text_string_to_metric_families

from barnabas.rest.exposition import OPEN_METRICS, TEXT, write
from barnabas.rest.metrics import columns
from barnabas.rest.metrics_table import TASKS
from barnabas.runtime.model import Metrics, ProcessUsage, TaskId
from tests.unit.rest.stand_ins import FakeHerder

T0, T1 = TaskId("c", 0), TaskId("d", 1)
MEASURED = Metrics(
    worker={"task-count": 2, "task-startup-attempts-total": 3},
    connectors={"c": {"status": "running", "connector-type": "source"}},
    tasks={
        T0: {"status": "running", "source-record-poll-total": 7.0, "batch-size-avg": 1.5},
        T1: {"status": "failed", "sink-record-read-total": 8.0},
    },
    processes=(
        ProcessUsage("worker", None, None, 1000, 0.5),
        ProcessUsage("connector", "c", None, 2000, 0.25),
        ProcessUsage("task", "c", 0, 3000, 1.5),
    ),
    task_counts={"c": {"connector-running-task-count": 1}},
    rebalances={
        "connect-protocol": "",
        "leader-name": "http://a:8083/",
        "completed-rebalances-total": 4,
        "time-since-last-rebalance-ms": float("inf"),
    },
    coordinator={"assigned-tasks": 2.0},
    client_id="connect-a:8083",
)
SAMPLES = """\
kafka_connect_worker_task_count 2
kafka_connect_worker_task_startup_attempts_total 3
kafka_connect_worker_connector_running_task_count{connector="c"} 1
kafka_connect_worker_rebalance_leader_name{leader_name="http://a:8083/"} 1
kafka_connect_worker_rebalance_completed_rebalances_total 4
kafka_connect_worker_rebalance_time_since_last_rebalance_ms +Inf
kafka_connect_coordinator_assigned_tasks{clientid="connect-a:8083"} 2.0
kafka_connect_connector_status{connector="c",status="running"} 1
kafka_connect_connector_connector_type{connector="c",connector_type="source"} 1
kafka_connect_connector_task_status{connector="c",task="0",status="running"} 1
kafka_connect_connector_task_status{connector="d",task="1",status="failed"} 1
kafka_connect_connector_task_batch_size_avg{connector="c",task="0"} 1.5
kafka_connect_source_task_source_record_poll_total{connector="c",task="0"} 7.0
kafka_connect_sink_task_sink_record_read_total{connector="d",task="1"} 8.0
barnabas_process_resident_memory_bytes{process="worker"} 1000
barnabas_process_resident_memory_bytes{process="connector",connector="c"} 2000
barnabas_process_resident_memory_bytes{process="task",connector="c",task="0"} 3000
barnabas_process_cpu_seconds_total{process="worker"} 0.5
barnabas_process_cpu_seconds_total{process="connector",connector="c"} 0.25
barnabas_process_cpu_seconds_total{process="task",connector="c",task="0"} 1.5
""".splitlines()


def samples(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def many(tasks: int) -> Metrics:
    """What a worker measures that has sources and sinks, a hundred tasks each."""
    kinds = [TASKS[0].attributes + group.attributes for group in TASKS[1:3]]
    values = [
        {each.name: "running" if each.unit == "text" else number / 7 for each in kind}
        for number, kind in enumerate(kinds)
    ]
    return Metrics(tasks={TaskId(f"c-{n // 100}", n % 100): values[n % 2] for n in range(tasks)})


async def test_the_metrics_have_the_names_of_the_exporter(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    herder.measured = MEASURED
    answer = await rest.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (200, TEXT.content_type)
    assert samples(answer.text) == SAMPLES


async def test_open_metrics_hold_the_same(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.measured = MEASURED
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    answer = await rest.get("/metrics", headers=accept)
    assert answer.headers["content-type"] == OPEN_METRICS.content_type
    assert samples(answer.text) == SAMPLES


@pytest.mark.parametrize("accept", ["text/plain", "*/*", "text/html", "application/json"])
async def test_any_client_gets_an_answer(rest: httpx.AsyncClient, accept: str):
    assert (await rest.get("/metrics", headers={"accept": accept})).status_code == 200


async def test_a_worker_that_is_not_ready_is_measured(rest: httpx.AsyncClient, herder: FakeHerder):
    herder.ready, herder.measured = False, MEASURED
    assert samples((await rest.get("/metrics")).text) == SAMPLES


async def test_metrics_do_not_wait_for_threads_that_wait_for_kafka(
    rest: httpx.AsyncClient, herder: FakeHerder
):
    herder.measured = MEASURED
    loop, is_back = asyncio.get_running_loop(), threading.Event()
    with ThreadPoolExecutor(1) as threads:
        loop.set_default_executor(threads)
        waiting = asyncio.create_task(asyncio.to_thread(is_back.wait, 30))
        try:
            async with asyncio.timeout(10):
                assert samples((await rest.get("/metrics")).text) == SAMPLES
        finally:
            is_back.set()
            await waiting


async def test_nothing_but_reading_is_allowed(rest: httpx.AsyncClient):
    assert (await rest.post("/metrics")).status_code == 405


async def test_a_standalone_worker_has_no_group(client: httpx.AsyncClient):
    text = (await client.get("/metrics")).text
    assert "kafka_connect_worker_task_count 0" in text
    assert "rebalance" not in text
    assert "coordinator" not in text


def test_totals_are_counters_and_the_rest_gauges():
    families = text_string_to_metric_families(write(columns(MEASURED), TEXT).decode())
    for family in families:
        is_counter = family.samples[0].name.endswith("_total")
        assert family.type == ("counter" if is_counter else "gauge"), family.name


def test_prometheus_reads_each_sample_once():
    text = write(columns(many(300)), OPEN_METRICS).decode()
    read = [
        (sample.name, *sample.labels.items())
        for family in open_metrics_parser.text_string_to_metric_families(text)
        for sample in family.samples
    ]
    assert len(set(read)) == len(read) == 150 * (32 + 36)


def test_what_is_not_in_the_table_is_not_shown():
    assert list(columns(Metrics(worker={"moon-phase": 1.0}))) == []


def test_a_thousand_tasks_are_written_in_milliseconds():
    measured = many(1000)
    write(columns(measured), TEXT)
    spent_s = []
    for _ in range(5):
        began_s = time.process_time()
        write(columns(measured), TEXT)
        spent_s.append(time.process_time() - began_s)
    assert min(spent_s) < 0.05  # it takes 5 ms where it has a core of its own
