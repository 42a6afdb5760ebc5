# SPDX-License-Identifier: Apache-2.0
"""A worker pushes its metrics to a receiver that reads them by OpenTelemetry's own definition."""

from __future__ import annotations

import gzip
import http.server
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from tests.services.standalone_worker import StandaloneWorker


class Receiver(http.server.ThreadingHTTPServer):
    """Takes what is pushed to ``/v1/metrics``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: queue.Queue[ExportMetricsServiceRequest] = queue.Queue()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        is_known = (self.path, self.headers["content-type"]) == (
            "/v1/metrics",
            "application/x-protobuf",
        )
        if is_known:
            self.server.received.put(ExportMetricsServiceRequest.FromString(body))
        self.send_response(200 if is_known else 404)
        self.send_header("content-type", "application/x-protobuf")
        self.end_headers()
        self.wfile.write(ExportMetricsServiceResponse().SerializeToString())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever)
        thread.start()
        yield receiver
        receiver.shutdown()
        thread.join()


def test_a_worker_pushes_what_it_measures(receiver: Receiver, tmp_path: Path):
    settings = {
        "otlp.metrics.enable": "true",
        "otlp.metrics.endpoint": f"http://127.0.0.1:{receiver.server_port}/v1/metrics",
        "otlp.metrics.interval.ms": "1000",
    }
    environment = {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"}
    worker = StandaloneWorker(tmp_path, "127.0.0.1:1", settings=settings, environment=environment)
    worker.launch()
    try:
        [told] = receiver.received.get(timeout=40).resource_metrics
        resource = {each.key: each.value.string_value for each in told.resource.attributes}
        assert resource["service.name"] == "kafka-connect"
        assert resource["service.instance.id"] == worker.worker_id
        metrics = {each.name: each for each in told.scope_metrics[0].metrics}
        assert metrics["kafka_connect_worker_task_count"].gauge.data_points[0].as_int == 0
        attempts = metrics["kafka_connect_worker_task_startup_attempts"]
        assert attempts.sum.is_monotonic
        assert "Metrics cannot be pushed" not in worker.log.read_text()
    finally:
        worker.kill()
