# SPDX-License-Identifier: Apache-2.0
"""Puts together what handles the failures of one task."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from barnabas.kafka import layering
from barnabas.kafka.producer import open_producer
from barnabas.runtime.pipeline import (
    DeadLetterForm,
    ErrorCounts,
    ErrorHandling,
    ErrorLog,
    ErrorSettings,
    FailureReporter,
    JavaNames,
    StopWaitingError,
)
from barnabas.runtime.tasks.dead_letter_queue import DeadLetterQueue
from barnabas.runtime.tasks.dead_letter_topic import ensure_topic
from barnabas.runtime.tasks.link import TaskLink, TaskSpec

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["TaskErrors", "make_task_errors", "waiting"]

_SLICE_S: Final = 0.5
_LINGER_MS: Final = "50"
"""Bad records come one by one among many good ones; a request for each would cost much."""


@dataclasses.dataclass(frozen=True, slots=True)
class TaskErrors:
    """What handles the failures of one task."""

    settings: ErrorSettings
    handling: ErrorHandling
    queue: DeadLetterQueue | None


def make_task_errors(spec: TaskSpec, link: TaskLink, names: JavaNames) -> TaskErrors:
    """Make what ``errors.*`` of a connector say; creates the topic of dead letters.

    Args:
        spec: The task.
        link: Its link to the worker.
        names: Names of its plugins; they may be added later.

    Raises:
        ConfigError: A setting is wrong.
        ConnectError: The topic of dead letters is not there and cannot be created.
    """
    settings = ErrorSettings.read(spec.connector_config, is_sink=spec.is_sink)
    counts = ErrorCounts()
    reporters: list[FailureReporter] = []
    if settings.logs:
        log = ErrorLog(str(spec.id), names, counts, tells_record=settings.logs_records)
        reporters.append(log)
    queue = None
    if settings.dead_letter_topic:
        queue = _make_queue(spec, link, names, settings, counts)
        reporters.append(queue)
    wait = waiting(link)
    return TaskErrors(
        settings, ErrorHandling(settings, reporters=reporters, counts=counts, wait=wait), queue
    )


def waiting(link: TaskLink) -> Callable[[float], None]:
    """Make the function that waits for the next attempt; raises when the task is to stop."""

    def wait(seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not link.is_stopping and (left_s := deadline - time.monotonic()) > 0:
            _ = link.target_state  # taken notice of: the wait below is not cut short by it
            link.wait(min(left_s, _SLICE_S))
        if link.is_stopping:
            raise StopWaitingError

    return wait


def _make_queue(
    spec: TaskSpec,
    link: TaskLink,
    names: JavaNames,
    settings: ErrorSettings,
    counts: ErrorCounts,
) -> DeadLetterQueue:
    worker, config, task = spec.worker_config, spec.connector_config, spec.id

    def open_admin() -> Admin:
        from barnabas.kafka.admin import Admin

        client_id = f"connector-dlq-adminclient-{task}"
        return Admin(layering.admin(worker, client_id, config))

    producer = layering.dead_letter_producer(worker, config, task.connector, task.task)
    if "linger.ms" not in producer.values:
        producer = producer.with_values(linger_ms=_LINGER_MS)
    producer.translate()  # tells now what is wrong with its settings
    ensure_topic(open_admin, settings.dead_letter_topic, settings.replication_factor)
    form = DeadLetterForm(
        task.connector, task.task, names, has_context_headers=settings.has_context_headers
    )
    return DeadLetterQueue(
        settings.dead_letter_topic,
        form,
        counts,
        lambda: open_producer(producer),
        ensure_lease=link.ensure_lease,
        is_stopping=lambda: link.is_stopping,
    )
