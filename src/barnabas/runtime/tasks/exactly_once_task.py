# SPDX-License-Identifier: Apache-2.0
"""Puts an exactly-once source task together."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping

from barnabas.api import SourceTask
from barnabas.kafka import layering
from barnabas.runtime.pipeline import SourcePipeline
from barnabas.runtime.tasks.contexts import LinkedSourceContext
from barnabas.runtime.tasks.exactly_once_source import Boundary, ExactlyOnceSourceLoop, GivingUp
from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.loop_settings import LoopSettings
from barnabas.runtime.tasks.measured_clients import measured_producer
from barnabas.runtime.tasks.producers import Producers
from barnabas.runtime.tasks.source import overrides_commit_record
from barnabas.runtime.tasks.source_transactions import SourceTransactions
from barnabas.runtime.tasks.transaction_requests import TransactionRequests

__all__ = ["make_exactly_once_loop"]

_logger = logging.getLogger(__name__)


def make_exactly_once_loop(
    spec: TaskSpec, link: TaskLink, task: SourceTask, pipeline: SourcePipeline
) -> ExactlyOnceSourceLoop:
    """Make the loop of a task, and set the task's context.

    Raises:
        ConfigError: A setting is wrong or contradicts another.
    """
    assert spec.exactly_once is not None, "this loop is for exactly-once tasks"
    settings = LoopSettings.read(spec.worker_config)
    boundary = Boundary.read(spec.connector_config, settings)
    requests = TransactionRequests()
    task.context = LinkedSourceContext(
        link,
        spec.id.connector,
        spec.task_config,
        requests if boundary.kind == "connector" else None,
    )
    transactional_id = spec.exactly_once.transactional_id
    for written, value, wanted in ignored_settings(spec, transactional_id):
        _logger.warning(
            "The value '%s' of %s is ignored, as exactly-once delivery needs %s",
            value,
            written,
            wanted,
        )
    properties = layering.task_producer(
        spec.worker_config, spec.connector_config, *spec.id, transactional_id=transactional_id
    )
    tells_records = overrides_commit_record(task)
    producers = Producers(
        properties,
        reports_only_failures=not tells_records,
        ask=link.topic_limits,
        open_one=measured_producer(spec),
    )
    transactions = SourceTransactions(
        spec.id.connector,
        spec.exactly_once,
        link,
        producers,
        properties,
        tells_records=tells_records,
        gives_up=GivingUp(link, settings.flush_timeout_s, time.monotonic),
    )
    loop = ExactlyOnceSourceLoop(spec, link, task, pipeline, transactions, requests)
    loop.metrics.add_values(producers.statistics)
    return loop


def ignored_settings(spec: TaskSpec, transactional_id: str) -> list[tuple[str, str, str]]:
    """List what a user set for the producer and cannot have: setting, value, what it is instead."""
    wanted = {"enable.idempotence": "true", "transactional.id": transactional_id}
    places: list[tuple[str, Mapping[str, str]]] = [
        ("producer.", spec.worker_config),
        ("producer.override.", spec.connector_config),
    ]
    return [
        (prefix + name, config[prefix + name], value)
        for prefix, config in places
        for name, value in wanted.items()
        if config.get(prefix + name, value).strip().lower() != value.lower()
    ]
