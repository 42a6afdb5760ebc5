# SPDX-License-Identifier: Apache-2.0
"""Puts a task together and runs its loop."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING, Final

from barnabas.api import SinkRecord, SinkTask, SourceRecord, SourceTask, Task
from barnabas.errors import PluginError
from barnabas.kafka import layering
from barnabas.runtime import pipeline, plugins
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.plugins.plugin import import_class
from barnabas.runtime.settings import overrides
from barnabas.runtime.tasks.consumption import Consumption
from barnabas.runtime.tasks.contexts import LinkedSourceContext
from barnabas.runtime.tasks.error_wiring import make_task_errors
from barnabas.runtime.tasks.exactly_once_source import ExactlyOnceSourceLoop
from barnabas.runtime.tasks.exactly_once_task import make_exactly_once_loop
from barnabas.runtime.tasks.link import TaskLink, TaskSpec
from barnabas.runtime.tasks.measured_clients import measured_consumer, measured_producer
from barnabas.runtime.tasks.producers import Producers
from barnabas.runtime.tasks.sink import SinkTaskLoop
from barnabas.runtime.tasks.sink_errors import SinkErrors
from barnabas.runtime.tasks.source import SourceTaskLoop, overrides_commit_record
from barnabas.runtime.tasks.source_lane import SourceLane
from barnabas.runtime.tasks.subscription import read_subscription
from barnabas.runtime.tasks.topic_creation import make_topic_creator

if TYPE_CHECKING:
    from barnabas.kafka.admin import Admin

__all__ = ["run_task"]

_WAIT_S: Final = 1.0
_NEW_OBJECTS: Final = 50_000


def run_task(spec: TaskSpec, link: TaskLink, registry: plugins.PluginRegistry) -> None:
    """Run a task until its link says stop; on the main thread of a runner process.

    Reports RUNNING and PAUSED. A task that is paused from the beginning is made, but not started
    before it is resumed.

    Args:
        spec: The task, with references to config providers resolved.
        link: Its link to the worker.
        registry: Where converters, transformations and predicates are found.

    Differs:
        Of a task that is stopped before it was resumed Java calls ``stop``, here nothing is called.

    Raises:
        Exception: Whatever the task or a plugin failed with; the first line of a ConnectError says
            what failed and how to mend it.
    """
    _check_overrides(spec, registry)
    task = _make_task(spec)
    _calm_garbage_collector()
    if not _wait_until_started(link):
        return
    with contextlib.suppress(pipeline.StopWaitingError):
        if isinstance(task, SinkTask):
            _make_sink_loop(spec, link, task, registry).run()
        elif isinstance(task, SourceTask):
            _make_source_loop(spec, link, task, registry).run()


def _check_overrides(spec: TaskSpec, registry: plugins.PluginRegistry) -> None:
    """Refuse overrides of clients that the worker's policy does not allow, or no longer does."""
    worker, kind = spec.worker_config, plugins.PluginKind.OVERRIDE_POLICY
    used = overrides.used_clients(
        spec.connector_config,
        is_sink=spec.is_sink,
        is_exactly_once=worker.get("exactly.once.source.support", "").lower() == "enabled",
        creates_topics=worker.get("topic.creation.enable", "true").strip().lower() != "false",
    )
    made = overrides.make_policy(worker, lambda name: registry.find(kind, name).load())
    with contextlib.closing(made) as policy:
        overrides.check_overrides(policy, spec.connector_config, used, sink=spec.is_sink)


def _calm_garbage_collector() -> None:
    """Look for garbage less often: batches of thousands of objects are no sign of cycles.

    Saves about a tenth of a task's CPU time. What the process holds by now is not looked at again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def _make_task(spec: TaskSpec) -> Task:
    try:
        found = import_class(spec.task_class)
    except ImportError as error:
        text = f"The task's class {spec.task_class} cannot be imported: {error}"
        raise PluginError(text) from error
    expected = SinkTask if spec.is_sink else SourceTask
    if not issubclass(found, expected):
        text = f"{spec.task_class} does not extend {expected.__name__}, as its connector promises"
        raise PluginError(text)
    task: Task = found()
    return task


def _make_source_loop(
    spec: TaskSpec, link: TaskLink, task: SourceTask, registry: plugins.PluginRegistry
) -> SourceTaskLoop | ExactlyOnceSourceLoop:
    names = pipeline.JavaNames()
    errors = make_task_errors(spec, link, names)
    load = _loader(registry, names)
    config = spec.connector_config
    converters = pipeline.make_converters(config, spec.worker_config, load)
    chain: pipeline.Chain[SourceRecord] = pipeline.Chain(
        pipeline.make_links(config, load), errors.handling
    )
    lane = SourceLane(converters, chain, errors.handling, errors.queue, link)
    creator = make_topic_creator(
        spec.worker_config,
        config,
        lambda: _open_admin(spec),
        is_stopping=lambda: link.is_stopping,
        wait=link.wait,
    )
    loop: SourceTaskLoop | ExactlyOnceSourceLoop
    if spec.exactly_once is None:
        loop = _make_at_least_once_loop(spec, link, task, lane)
    else:
        loop = make_exactly_once_loop(spec, link, task, lane)
    loop.create_topics = creator.ensure
    loop.metrics.add_values(errors.handling.counts.values)
    return loop


def _make_at_least_once_loop(
    spec: TaskSpec, link: TaskLink, task: SourceTask, lane: pipeline.SourcePipeline
) -> SourceTaskLoop:
    task.context = LinkedSourceContext(link, spec.id.connector, spec.task_config)
    properties = layering.task_producer(spec.worker_config, spec.connector_config, *spec.id)
    producers = Producers(
        properties,
        reports_only_failures=not overrides_commit_record(task),
        ask=link.topic_limits,
        open_one=measured_producer(spec),
    )
    if spec.has_own_offsets:
        link.confirm_task()
    loop = SourceTaskLoop(spec, link, task, lane, producers)
    loop.metrics.add_values(producers.statistics)
    return loop


def _open_admin(spec: TaskSpec) -> Admin:
    from barnabas.kafka.admin import Admin

    client_id = f"connector-adminclient-{spec.id}"
    return Admin(layering.admin(spec.worker_config, client_id, spec.connector_config))


def _make_sink_loop(
    spec: TaskSpec, link: TaskLink, task: SinkTask, registry: plugins.PluginRegistry
) -> SinkTaskLoop:
    names = pipeline.JavaNames()
    errors = make_task_errors(spec, link, names)
    handling = errors.handling
    load = _loader(registry, names)
    config = spec.connector_config
    converters = pipeline.make_converters(config, spec.worker_config, load)
    chain: pipeline.Chain[SinkRecord] = pipeline.Chain(pipeline.make_links(config, load), handling)
    properties = layering.task_consumer(spec.worker_config, config, *spec.id)
    consumption = Consumption(
        properties,
        read_subscription(config),
        link,
        open_consumer=measured_consumer(spec),
    )
    lane = pipeline.SinkPipeline(converters, chain, handling, keeps_origins=errors.settings.reports)
    sink_errors = SinkErrors(errors.settings, handling, converters, errors.queue)
    loop = SinkTaskLoop(spec, link, task, lane, consumption, errors=sink_errors)
    loop.metrics.add_values(consumption.statistics)
    return loop


def _loader(registry: plugins.PluginRegistry, names: pipeline.JavaNames) -> pipeline.PluginLoader:
    def load(kind: pipeline.PluginKind, name: str, version: str | None) -> type:
        plugin = registry.find(plugins.PluginKind(kind.value), name, version)
        found = plugin.load()
        names.add(found, plugin.class_name)
        return found

    return load


def _wait_until_started(link: TaskLink) -> bool:
    """Wait while the task is paused; False when it is to stop."""
    if link.target_state is not TargetState.STARTED and not link.is_stopping:
        link.report_state(State.PAUSED)
    while not link.is_stopping and link.target_state is not TargetState.STARTED:
        link.wait(_WAIT_S)
    return not link.is_stopping
