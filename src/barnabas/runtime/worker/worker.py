# SPDX-License-Identifier: Apache-2.0
"""Runs the connectors and tasks given to this node, in processes of their own.

The herder decides what runs; the worker carries it out and pushes every change of a status to its
:class:`WorkerListener`. All on the worker process's event loop, on its main thread. No method waits
for user code without a bound: a runner that does not answer is killed, its connector or task
becomes FAILED, and the caller gets a :class:`~barnabas.errors.DeadlineError`.

Source:
    Apache Kafka ``connect/runtime Worker``; reference page *Runtime semantics*, sections 1, 2, 7.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from barnabas.errors import (
    ConnectError,
    IllegalStateError,
)
from barnabas.runtime.model import (
    ConnectorStatus,
    FailureCause,
    Metrics,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.runners.messages import (
    ForgetTopics,
    RunTask,
    SetTargetState,
)
from barnabas.runtime.runners.runner import Runner, RunnerOrder
from barnabas.runtime.runners.supervisor import RunnerUsage, Supervisor
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.tasks.link import TaskSpec
from barnabas.runtime.worker import metrics, scheduling
from barnabas.runtime.worker import task_configs as configs
from barnabas.runtime.worker.connector_runners import ConnectorRunners
from barnabas.runtime.worker.connectors import Connectors, Deadlines
from barnabas.runtime.worker.inspections import Inspections
from barnabas.runtime.worker.instances import Instance, TaskGuard, TaskInstance, leaving
from barnabas.runtime.worker.listener import WorkerListener
from barnabas.runtime.worker.membership import Membership
from barnabas.runtime.worker.offset_stores import OffsetStores
from barnabas.runtime.worker.orders import Orders
from barnabas.runtime.worker.plugin_facts import plugin_facts
from barnabas.runtime.worker.plugin_questions import PluginQuestions
from barnabas.runtime.worker.topic_limits import TopicLimits
from barnabas.runtime.worker.watchdog import Watchdog

__all__ = ["Worker"]

_log = logging.getLogger(__name__)

Config = Mapping[str, str | None]


class Worker:
    """The connectors and tasks of this node.

    Args:
        config: The worker's settings.
        worker_id: ``host:port`` of this worker's REST API, in every status.
        plugins: The installed plugins.
        offset_store: Where source offsets are kept; started and stopped by its owner.
        listener: Hears of changes.
        deadlines: How long user code may take.
    """

    def __init__(
        self,
        config: WorkerConfig,
        *,
        worker_id: str,
        plugins: PluginRegistry,
        offset_store: OffsetStore,
        listener: WorkerListener,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
    ) -> None:
        self.worker_id = worker_id
        self.generation = 0
        """Generation of the group this worker is in, for statuses; standalone: 0."""
        self.offset_store = offset_store
        self.guard: TaskGuard | None = None
        """Asked before exactly-once tasks start; set by the herder of a group."""
        self.topic_limits = TopicLimits()
        """Asked by tasks before they send to topics."""
        self._task_stop_s = config.task_shutdown_graceful_timeout_ms / 1000
        self._listener = listener
        self._deadlines = deadlines
        self._membership = Membership(
            _session_s(config), lambda: [*self._connectors.instances(), *self._tasks.values()]
        )
        originals = {
            key: str(value) for key, value in config.originals.items() if value is not None
        }
        self._orders = Orders(
            originals,
            is_distributed=isinstance(config, DistributedConfig),
            secrets=config.secrets,
        )
        self._supervisor = Supervisor(originals.get("plugin.path", ""), self._membership.lease)
        inspections = Inspections(
            self._supervisor,
            lambda plugin: self._orders.setup("inspection of plugins", plugin),
            deadlines.call_s,
        )
        self._offset_stores = OffsetStores(
            config, offset_store, may_write=self._membership.may_write
        )
        self.questions = PluginQuestions(plugins, inspections, self._offset_stores, originals)
        """Asks plugins what needs no running connector or task."""
        self._plugins = plugins
        self._connector_runners = ConnectorRunners(self._supervisor, deadlines.call_s)
        self._connectors = Connectors(
            self,
            questions=self.questions,
            orders=self._orders,
            runners=self._connector_runners,
            offset_stores=self._offset_stores,
            deadlines=deadlines,
        )
        self._tasks: dict[TaskId, TaskInstance] = {}
        self._stopping: set[TaskInstance] = set()
        self._connector_starts = metrics.Starts()
        self._task_starts = metrics.Starts()
        self._watchdog = Watchdog(config.originals, lambda: list(self._tasks.values()))

    async def start(self) -> None:
        """Get ready to make processes; returns at once."""
        self._membership.start()
        scheduling.ask_for_short_slices()
        await self._supervisor.start()
        self._watchdog.start()

    async def stop(self) -> None:
        """Stop everything: gracefully as far as there is time, else by killing."""
        self._watchdog.stop()
        self._membership.stop()
        await asyncio.gather(
            self.stop_connectors(self._connectors.names()),
            self.stop_tasks(list(self._tasks)),
            self.questions.stop(),
        )
        await self._supervisor.stop(self._deadlines.connector_stop_s)
        self.topic_limits.close()
        await self._offset_stores.close()

    # -- membership ----------------------------------------------------------------------------

    @property
    def is_void(self) -> bool:
        """Whether membership of the group is over, or not sure any more; never when standalone."""
        return self._membership.is_void

    def extend_lease(self, deadline_s: float) -> None:
        """Let connectors and tasks run until then; any thread, and cheap.

        A distributed worker starts nothing before the first call. Runners stop by themselves when a
        quarter of ``session.timeout.ms`` is left, and are gone before it has ended. Those that did
        so although it was extended after all are started again.

        Args:
            deadline_s: Until when this worker is surely a member, by :func:`time.monotonic`.
        """
        self._membership.extend(deadline_s)

    def lapsed(self, instance: Instance[Any]) -> None:
        """Hear that an instance ended itself for want of a lease."""
        self._membership.lapsed(instance)

    async def end_all(self, reason: str) -> None:
        """Kill all connectors and tasks at once: the membership of this worker is over.

        Those that are being stopped are killed, too. No status is reported: those of the successors
        count. Returns when all are gone.

        Args:
            reason: Why, for the log.
        """
        instances: set[Instance[Any]] = {
            *self._connectors.instances(),
            *self._connectors.stopping,
            *self._tasks.values(),
            *self._stopping,
        }
        if not instances:
            return
        tasks = [instance for instance in instances if isinstance(instance, TaskInstance)]
        runners = [task.runner for task in tasks if task.runner is not None]
        _log.warning(
            "Ending %d connectors and %d tasks at once: %s",
            len(instances) - len(tasks),
            len(tasks),
            reason,
        )
        self._connectors.clear()
        self._tasks.clear()
        for instance in instances:
            instance.silence()
        await asyncio.gather(self._connector_runners.kill(), self._supervisor.kill_runners(runners))

    # -- connectors ----------------------------------------------------------------------------

    async def start_connector(self, name: str, config: Config, target_state: TargetState) -> None:
        """Start a connector, see `Connectors.start`."""
        await self._connectors.start(name, config, target_state)

    def has_connector(self, name: str) -> bool:
        """Whether this connector was given to this node, in whatever state it is."""
        return self._connectors.has(name)

    def is_connector_running(self, name: str) -> bool:
        """Whether it is started, neither paused nor failed: it can make task configurations."""
        return self._connectors.is_running(name)

    def connector_names(self) -> list[str]:
        """Names of the connectors of this node."""
        return self._connectors.names()

    async def task_configs(self, name: str) -> list[dict[str, str]]:
        """Have a running connector generate its task configurations, see `Connectors`."""
        return await self._connectors.task_configs(name)

    async def set_connector_target_state(self, name: str, state: TargetState) -> None:
        """Start, pause or stop a connector, see `Connectors.set_target_state`."""
        await self._connectors.set_target_state(name, state)

    async def stop_connector(self, name: str) -> None:
        """End a connector; nothing happens when there is none of this name."""
        await self._connectors.stop([name])

    async def stop_connectors(self, names: Iterable[str]) -> None:
        """End connectors together; those that take too long (5 s in total) are killed."""
        await self._connectors.stop(names)

    # -- tasks ---------------------------------------------------------------------------------

    async def start_task(
        self,
        task: TaskId,
        connector_config: Config,
        task_config: Config,
        target_state: TargetState,
        *,
        task_count: int | None = None,
    ) -> None:
        """Start a task; returns when its process has its orders.

        What becomes of it is told to the listener: RUNNING, PAUSED or FAILED.

        Args:
            task: Which.
            connector_config: Configuration of its connector, as stored.
            task_config: Its own configuration, as stored.
            target_state: State to begin with.
            task_count: Number of tasks the connector has, if it is known.

        Raises:
            IllegalStateError: It runs already.
            ConnectError: It could not be started; its status is FAILED.
        """
        running = self._tasks.get(task)
        if running is not None and not running.is_over:
            text = f"Task {task} already exists on this worker; stop it first."
            raise IllegalStateError(text)
        instance = self._tasks[task] = TaskInstance(self, task)
        instance.target_state = target_state
        instance.start_again = lambda: self.start_task(
            task, connector_config, task_config, instance.target_state, task_count=task_count
        )
        try:
            plugin = await self.questions.plugin_of(connector_config)
            state = target_state, self.generation
            spec = self._orders.task(task, plugin, connector_config, task_config, state)
            instance.facts = plugin_facts(spec, plugin, self._plugins)
            if not spec.is_sink:
                reached = await self.questions.offsets_config(connector_config)
                spec = self._with_offsets(instance, spec, reached)
            most = configs.literal_tasks_max(connector_config)
            if most is not None:
                configs.check_task_count(task.connector, task_count or task.task + 1, most)
        except ConnectError as error:
            instance.let_go()
            instance.report(State.FAILED, error.message)
            raise
        setup = self._orders.setup(f"task {task}", plugin, instance.log_context)
        path = f"/connectors/{task.connector}/tasks/{task.task}/restart"
        runner = await self._run(RunnerOrder(setup, _mend(path), plugin.interpreter), instance)
        runner.send(RunTask(spec, self._orders.plugin(plugin, connector_config)))

    async def task_spoken(self, task: TaskId, timeout_s: float) -> None:
        """Wait until a task that was started has said its first state, or the time is over."""
        instance = self._tasks.get(task)
        if instance is not None:
            await instance.spoken(timeout_s)

    def has_failed(self, task: TaskId) -> bool:
        """Whether this task was given to this node and has failed."""
        instance = self._tasks.get(task)
        return instance is not None and instance.state is State.FAILED

    def failure_cause(self, task: TaskId) -> FailureCause | None:
        """Why a task of this node failed; None when it has not, or only its trace tells."""
        instance = self._tasks.get(task)
        return None if instance is None else instance.cause

    def has_task(self, task: TaskId) -> bool:
        """Whether this task was given to this node, in whatever state it is."""
        return task in self._tasks

    def task_ids(self) -> list[TaskId]:
        """The tasks of this node."""
        return list(self._tasks)

    def metrics(self) -> Metrics:
        """What this node measures; what only the herder knows is left out."""
        now_s = time.monotonic()
        return Metrics(
            worker={
                "connector-count": len(self._connectors.names()),
                "task-count": len(self._tasks),
                **self._connector_starts.values("connector", now_s),
                **self._task_starts.values("task", now_s),
            },
            connectors={
                instance.name: metrics.connector_values(instance)
                for instance in self._connectors.instances()
            },
            tasks={
                task: metrics.task_values(instance, now_s) for task, instance in self._tasks.items()
            },
            clients=metrics.client_values(self._tasks.values(), now_s),
            transforms={
                task: instance.facts.transforms
                for task, instance in self._tasks.items()
                if instance.facts.transforms
            },
            predicates={
                task: instance.facts.predicates
                for task, instance in self._tasks.items()
                if instance.facts.predicates
            },
            processes=metrics.process_usages(
                self._supervisor.sampled, [*self._connectors.instances(), *self._tasks.values()]
            ),
        )

    async def set_task_target_state(self, task: TaskId, state: TargetState) -> None:
        """Tell a task to run or to pause; the effect follows later. Unknown and failed: nothing."""
        instance = self._tasks.get(task)
        if instance is None:
            return
        instance.target_state = state
        if instance.runner is not None:
            instance.runner.send(SetTargetState(state))

    def forget_topics(self, connector: str) -> None:
        """Have the tasks of a connector report the topics they use anew (KIP-558)."""
        for task, instance in self._tasks.items():
            if task.connector == connector and instance.runner is not None:
                instance.runner.send(ForgetTopics())

    async def stop_tasks(self, tasks: Iterable[TaskId]) -> None:
        """End tasks together.

        Those that take longer than ``task.shutdown.graceful.timeout.ms`` in total are killed.
        """
        found = [self._tasks.pop(task) for task in tasks if task in self._tasks]
        runners = [instance.runner for instance in found if instance.runner is not None]
        alive = [runner for runner in runners if runner.is_alive]
        with leaving(found, self._stopping):
            await self._supervisor.stop_runners(alive, self._task_stop_s)
        for instance in found:
            instance.close()

    # -- processes -----------------------------------------------------------------------------

    def runner_usage(self) -> list[RunnerUsage]:
        """Memory and processor time of each process of this worker, measured now."""
        return self._supervisor.usage()

    async def set_logger_level(self, name: str, level: str) -> None:
        """Set a logger's level in all runners; the worker's own loggers are its caller's."""
        self._supervisor.set_logger_level(name, level)

    # -- what instances need (instances.Host) ----------------------------------------------------

    def begun(self, instance: Instance[Any], *, succeeded: bool) -> None:
        """Count a start."""
        is_task = isinstance(instance, TaskInstance)
        starts = self._task_starts if is_task else self._connector_starts
        starts.add(time.monotonic(), succeeded=succeeded)

    def status(self, state: State, trace: str | None, version: str | None) -> ConnectorStatus:
        """Make a status of this worker."""
        return ConnectorStatus(state, self.worker_id, self.generation, trace, version)

    def connector_status(self, name: str, status: ConnectorStatus) -> None:
        """Pass on the status of a connector."""
        self._listener.on_connector_status(name, status)

    def task_status(self, task: TaskId, status: ConnectorStatus) -> None:
        """Pass on the status of a task."""
        self._listener.on_task_status(task, status)

    def active_topics(self, task: TaskId, topics: list[str]) -> None:
        """Pass on topics a task has newly used."""
        self._listener.on_active_topics(task, topics)

    def reconfiguration_requested(self, name: str) -> None:
        """Pass on that a connector wants new task configurations."""
        self._listener.on_task_reconfiguration_requested(name)

    def config_expired(self, what: str | TaskId) -> None:
        """Pass on that a connector or task is to be started again."""
        self._listener.on_config_expired(what)

    # -- details -------------------------------------------------------------------------------

    def _with_offsets(self, instance: TaskInstance, spec: TaskSpec, config: Config) -> TaskSpec:
        """Give a source task its offsets, and say how it writes them."""
        how = self._offset_stores.exactly_once(spec.id, config)
        instance.is_exactly_once = how is not None
        instance.offsets = self._offset_stores.lease(spec.id.connector, config)
        return msgspec.structs.replace(
            spec, exactly_once=how, has_own_offsets=instance.offsets.is_own
        )

    async def _run(self, order: RunnerOrder, instance: TaskInstance) -> Runner:
        try:
            runner = await self._supervisor.run(order, instance)
        except ConnectError as error:
            instance.let_go()
            instance.report(State.FAILED, f"{error.message} {order.mend}")
            raise
        instance.runner = runner
        if instance.is_closed:
            await runner.kill()
            text = f"The {order.setup.what} was stopped while it was being started."
            raise ConnectError(text)
        return runner


def _session_s(config: WorkerConfig) -> float | None:
    """Session timeout of the worker's group; None for a standalone worker."""
    return config.session_timeout_ms / 1000 if isinstance(config, DistributedConfig) else None


def _mend(path: str) -> str:
    return f"Restart it with POST {path} after mending."
