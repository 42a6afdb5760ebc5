# SPDX-License-Identifier: Apache-2.0
"""Opens the clients of tasks so that they measure themselves, as the worker's settings say."""

from __future__ import annotations

import functools
from collections.abc import Callable

from barnabas.kafka.consumer import OpenConsumer, open_consumer
from barnabas.kafka.producer import OpenProducer, open_producer
from barnabas.runtime.settings.supervision import ClientMetricsSettings
from barnabas.runtime.tasks.link import TaskSpec

__all__ = ["measured_consumer", "measured_producer"]


def measured_producer(spec: TaskSpec) -> Callable[..., OpenProducer]:
    """Return what opens the producer of a task; ConfigError when the setting is wrong."""
    return functools.partial(open_producer, statistics_ms=_interval_ms(spec))


def measured_consumer(spec: TaskSpec) -> Callable[..., OpenConsumer]:
    """Return what opens the consumer of a task; ConfigError when the setting is wrong."""
    return functools.partial(open_consumer, statistics_ms=_interval_ms(spec))


def _interval_ms(spec: TaskSpec) -> int:
    return ClientMetricsSettings.read(spec.worker_config).interval_ms
