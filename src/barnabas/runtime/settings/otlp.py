# SPDX-License-Identifier: Apache-2.0
"""Settings of a worker that pushes its metrics to a collector of OpenTelemetry.

Java's workers have none of them: there a reporter is named in ``metric.reporters``. Whatever else
exporters of OpenTelemetry can be told stands in the environment, as their specification says.
"""

from __future__ import annotations

from collections.abc import Mapping

from barnabas.config import Config, ConfigType, Importance, Option, at_least

__all__ = ["OtlpSettings"]


class OtlpSettings(Config):
    """Whether, where and how often metrics are pushed."""

    enable = Option(
        "otlp.metrics.enable",
        bool,
        False,
        "Whether metrics are pushed to a collector of OpenTelemetry.",
        importance=Importance.LOW,
    )
    endpoint = Option(
        "otlp.metrics.endpoint",
        str,
        None,
        "URL that takes them; else that of OTEL_EXPORTER_OTLP_(METRICS_)ENDPOINT.",
        importance=Importance.LOW,
    )
    interval_ms = Option(
        "otlp.metrics.interval.ms",
        ConfigType.LONG,
        60_000,
        "Time in ms from one push to the next.",
        importance=Importance.LOW,
        validator=at_least(1000),
    )

    @classmethod
    def read(cls, worker: Mapping[str, object]) -> OtlpSettings:
        """Read a worker's settings.

        Raises:
            ConfigError: One of them is wrong.
        """
        names = cls.definition().keys
        return cls({name: str(worker[name]) for name in names if worker.get(name) is not None})
