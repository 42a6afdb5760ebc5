# SPDX-License-Identifier: Apache-2.0
"""What is pushed to OpenTelemetry."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import pytest
from opentelemetry.sdk.metrics.export import MetricExportResult

from barnabas.errors import ConfigError
from barnabas.rest.exposition import TEXT, write
from barnabas.rest.metrics import columns
from barnabas.rest.otlp import MetricsPush, to_otlp
from barnabas.runtime.model import Metrics
from tests.unit.rest.test_metrics import MEASURED, samples


class Exporter:
    """Remembers what it is given, and takes it unless told otherwise."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.is_shut_down = False
        self.result = MetricExportResult.SUCCESS

    def export(self, data: Any, timeout_millis: float) -> MetricExportResult:
        self.taken.append(data)
        if self.result is not MetricExportResult.SUCCESS:
            logging.getLogger("opentelemetry.exporter.x").warning("%s is away", "collector")
        return self.result

    def shutdown(self) -> None:
        self.is_shut_down = True


@pytest.fixture
def exporter() -> Exporter:
    return Exporter()


def made(measured: Metrics) -> Any:
    return to_otlp(measured, "w:8083", began_ns=5, now_ns=9).resource_metrics[0]


def test_what_is_pushed_is_what_metrics_show():
    shown = {line.rpartition(" ")[0] for line in samples(write(columns(MEASURED), TEXT).decode())}
    pushed = set()
    for metric in made(MEASURED).scope_metrics[0].metrics:
        is_sum = type(metric.data).__name__ == "Sum"
        for point in metric.data.data_points:
            pairs = ",".join(f'{name}="{value}"' for name, value in point.attributes.items())
            name = f"{metric.name}_total" if is_sum else metric.name
            pushed.add(f"{name}{{{pairs}}}" if pairs else name)
    assert pushed == shown


def test_sums_are_cumulative_and_know_since_when():
    [metric] = made(Metrics(worker={"task-startup-attempts-total": 3})).scope_metrics[0].metrics
    assert (metric.name, metric.unit) == ("kafka_connect_worker_task_startup_attempts", "")
    assert metric.data.is_monotonic
    [point] = metric.data.data_points
    assert (point.value, point.start_time_unix_nano, point.time_unix_nano) == (3, 5, 9)


def test_the_worker_is_the_instance_of_the_service(monkeypatch):
    attributes = made(Metrics()).resource.attributes
    assert attributes["service.name"] == "kafka-connect"
    assert attributes["service.instance.id"] == "w:8083"
    monkeypatch.setenv("OTEL_SERVICE_NAME", "orders")
    assert made(Metrics()).resource.attributes["service.name"] == "orders"


def test_nothing_is_pushed_by_default():
    assert MetricsPush.of({}) is None


def test_a_missing_extra_is_told_with_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.metric_exporter", None)
    with pytest.raises(ConfigError, match=r"pip install 'barnabas\[otel\]'"):
        MetricsPush.of({"otlp.metrics.enable": "true"})


def test_a_wrong_setting_is_told():
    with pytest.raises(ConfigError, match=r"otlp\.metrics\.interval\.ms"):
        MetricsPush.of({"otlp.metrics.interval.ms": "1"})


async def test_metrics_are_pushed_again_and_again(exporter):
    push = MetricsPush(exporter, 0.0)
    push.start(lambda: MEASURED, "w:8083")
    async with asyncio.timeout(5):
        while len(exporter.taken) < 2:  # noqa: ASYNC110 - no time passes
            await asyncio.sleep(0)
    await push.stop()
    assert exporter.is_shut_down


async def test_metrics_are_pushed_at_the_end(exporter):
    push = MetricsPush(exporter, 60.0)
    push.start(lambda: MEASURED, "w:8083")
    await push.stop()
    assert len(exporter.taken) == 1
    assert exporter.is_shut_down
    await push.stop()


async def test_a_collector_that_is_away_is_told_once(exporter, caplog):
    caplog.set_level(logging.INFO)
    push = MetricsPush(exporter, 60.0)
    push.start(lambda: MEASURED, "w:8083")
    exporter.result = MetricExportResult.FAILURE
    assert not await push.push()
    assert not await push.push()
    exporter.result = MetricExportResult.SUCCESS
    assert await push.push()
    await push.stop()
    assert caplog.messages == [
        "Metrics cannot be pushed: collector is away. It is tried again every 60 s, without a word",
        "Metrics are taken again",
    ]


async def test_a_worker_that_stops_does_not_wait_for_a_collector_that_is_away(exporter):
    push = MetricsPush(exporter, 60.0)
    push.start(lambda: MEASURED, "w:8083")
    exporter.result = MetricExportResult.FAILURE
    await push.push()
    await push.stop()
    assert len(exporter.taken) == 1
    assert exporter.is_shut_down
