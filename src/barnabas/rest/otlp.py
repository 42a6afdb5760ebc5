# SPDX-License-Identifier: Apache-2.0
"""Pushes what ``/metrics`` shows to a collector of OpenTelemetry, by OTLP over HTTP.

Off by default; the libraries come with the extra ``otel`` and are imported only when it is on.
Names and labels are those of ``/metrics``, so that a collector that offers them to Prometheus shows
the same; names of sums are without ``_total``, which such a collector adds.

What is measured is a snapshot, taken on the event loop; encoding and sending are done on a thread.

Source:
    *OpenTelemetry Protocol* 1.x; environment variables of its specification (``OTEL_EXPORTER_…``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import barnabas
from barnabas.errors import ConfigError
from barnabas.rest.metric_rows import Row, tables
from barnabas.rest.metrics_table import Attribute
from barnabas.runtime.model import Metrics
from barnabas.runtime.settings.otlp import OtlpSettings

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import Metric, MetricExporter, MetricsData

__all__ = ["MetricsPush", "to_otlp"]

_log = logging.getLogger(__name__)

_LAST_PUSH_S: Final = 5.0
_MISSING: Final = (
    "otlp.metrics.enable is true, but the libraries of OpenTelemetry are not installed: install "
    "them with `pip install 'barnabas[otel]'`, or leave the setting out. ({reason})"
)


class MetricsPush:
    """Pushes the metrics of one worker, from time to time and at its end. On the event loop.

    Args:
        exporter: Encodes and sends; called on threads, one call at a time.
        interval_s: Seconds from one push to the next.
    """

    def __init__(self, exporter: MetricExporter, interval_s: float) -> None:
        self._exporter = exporter
        self._interval_s = interval_s
        self._reasons = _Reasons()
        self._began_ns = time.time_ns()
        self._measure: Callable[[], Metrics] = Metrics
        self._worker_id = ""
        self._is_out = False
        """Whether the last push was not taken."""
        self._is_pushing = False
        """Whether a push is under way, perhaps one nobody waits for any more."""
        self._run: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, worker_config: Mapping[str, object]) -> MetricsPush | None:
        """Make it as the worker's settings say; None when they say nothing.

        Raises:
            ConfigError: A setting is wrong, or the extra is not installed.
        """
        settings = OtlpSettings.read(worker_config)
        if not settings.enable:
            return None
        try:
            from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        except ImportError as error:
            raise ConfigError(_MISSING.format(reason=error)) from None
        return cls(OTLPMetricExporter(endpoint=settings.endpoint), settings.interval_ms / 1000)

    def start(self, measure: Callable[[], Metrics], worker_id: str) -> None:
        """Begin to push.

        Args:
            measure: Takes a snapshot of what is measured.
            worker_id: Of this worker; ``service.instance.id`` of what is pushed.
        """
        self._measure, self._worker_id = measure, worker_id
        self._reasons.listen()
        self._run = asyncio.create_task(self._push_on(), name="push metrics")

    async def stop(self) -> None:
        """Push a last time, within 5 s, and end; only end if the collector is away."""
        if self._run is None:
            return
        self._run.cancel()
        await asyncio.wait([self._run])
        self._run = None
        if not self._is_out and not self._is_pushing:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LAST_PUSH_S):
                    await self.push()
        self._exporter.shutdown()  # ends a push under way before its next try

    async def push(self) -> bool:
        """Push what is measured now; returns whether it was taken."""
        measured, now_ns = self._measure(), time.time_ns()
        self._is_pushing, self._reasons.first = True, ""
        is_taken = await asyncio.to_thread(self._export, measured, now_ns)
        self._is_pushing = False
        if is_taken and self._is_out:
            _log.info("Metrics are taken again")
        elif not is_taken and not self._is_out:
            _log.warning(
                "Metrics cannot be pushed: %s. It is tried again every %g s, without a word",
                self._reasons.first.rstrip(".") or "no reason is known",
                self._interval_s,
            )
        self._is_out = not is_taken
        return is_taken

    def _export(self, measured: Metrics, now_ns: int) -> bool:
        data = to_otlp(measured, self._worker_id, began_ns=self._began_ns, now_ns=now_ns)
        return self._exporter.export(data, timeout_millis=self._interval_s * 1000).value == 0

    async def _push_on(self) -> None:
        while True:
            await asyncio.sleep(self._interval_s)
            await self.push()


class _Reasons(logging.Handler):
    """Keeps what the exporter logs first of a failure, which is told once, by this module."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.first = ""

    def listen(self) -> None:
        """Take the place of the log."""
        logger = logging.getLogger("opentelemetry.exporter")
        logger.handlers[:] = [self]
        logger.propagate = False

    def emit(self, record: logging.LogRecord) -> None:
        self.first = self.first or record.getMessage()


def to_otlp(measured: Metrics, worker_id: str, *, began_ns: int, now_ns: int) -> MetricsData:
    """Make what OpenTelemetry's exporters take.

    Args:
        measured: What the herder says.
        worker_id: Of the worker.
        began_ns: Since when is counted, ns since the epoch.
        now_ns: When it was measured.
    """
    from opentelemetry.sdk.metrics.export import MetricsData, ResourceMetrics, ScopeMetrics
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    named = Resource({"service.name": "kafka-connect", "service.instance.id": worker_id})
    found = Resource.create()
    resource = named.merge(found) if _is_named(found) else found.merge(named)
    metrics = [
        metric
        for groups, rows in tables(measured)
        for group in groups
        for attribute in group.attributes
        if (metric := _metric(group.family_name(attribute), attribute, rows, (began_ns, now_ns)))
    ]
    scope = InstrumentationScope("barnabas", barnabas.__version__)
    return MetricsData(
        [ResourceMetrics(resource, [ScopeMetrics(scope, metrics, schema_url="")], schema_url="")]
    )


def _is_named(resource: Any) -> bool:
    """Whether the environment names the service."""
    return not str(resource.attributes.get("service.name", "")).startswith("unknown_service")


def _metric(
    name: str, attribute: Attribute, rows: Sequence[Row], times: tuple[int, int]
) -> Metric | None:
    from opentelemetry.sdk.metrics.export import (
        AggregationTemporality,
        Gauge,
        Metric,
        NumberDataPoint,
        Sum,
    )

    points = []
    for labels, values in rows:
        value = values.get(attribute.name)
        if value is None or value == "":
            continue
        attributes = dict(labels)
        if isinstance(value, str):
            attributes[attribute.name.replace("-", "_")], value = value, 1
        points.append(NumberDataPoint(attributes, *times, value))
    if not points:
        return None
    data: Gauge | Sum = Gauge(points)
    if attribute.name.endswith("-total"):
        data = Sum(points, AggregationTemporality.CUMULATIVE, is_monotonic=True)
    return Metric(name.removesuffix("_total"), attribute.help, "", data)
