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
import contextlib
import logging
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import msgspec

from barnabas.errors import (
    ConnectError,
    IllegalStateError,
    NotFoundError,
)
from barnabas.runtime.model import (
    ConnectorStatus,
    FailureCause,
    Metrics,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.runners.lease import Lease
from barnabas.runtime.runners.lease_watch import Phase, plan_watch
from barnabas.runtime.runners.messages import (
    Done,
    ForgetTopics,
    GenerateTaskConfigs,
    RunTask,
    SetConnectorState,
    SetTargetState,
    TaskConfigsAnswer,
)
from barnabas.runtime.runners.runner import Runner, RunnerOrder
from barnabas.runtime.runners.supervisor import RunnerUsage, Supervisor
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores.offsets import OffsetStore
from barnabas.runtime.tasks.link import TaskSpec
from barnabas.runtime.worker import metrics, scheduling
from barnabas.runtime.worker import task_configs as configs
from barnabas.runtime.worker.connector_runners import ConnectorRunners, Make, Seat
from barnabas.runtime.worker.inspections import Inspections
from barnabas.runtime.worker.instances import ConnectorInstance, Instance, TaskGuard, TaskInstance
from barnabas.runtime.worker.offset_stores import OffsetsLease, OffsetStores
from barnabas.runtime.worker.orders import Orders
from barnabas.runtime.worker.plugin_facts import plugin_facts
from barnabas.runtime.worker.plugin_questions import PluginQuestions, expected
from barnabas.runtime.worker.topic_limits import TopicLimits
from barnabas.runtime.worker.watchdog import Watchdog
from barnabas.telemetry.logs import log_context

if TYPE_CHECKING:
    pass

__all__ = ["Deadlines", "Worker", "WorkerListener"]

_log = logging.getLogger(__name__)


class Deadlines(NamedTuple):
    """How long user code may take, in seconds."""

    call_s: float = 90.0
    """For a method of a connector; REST requests wait as long."""
    connector_stop_s: float = 5.0
    """For connectors to stop, all together, as in Java. Tasks have a setting for that."""


Config = Mapping[str, str | None]
A = TypeVar("A")


class WorkerListener(Protocol):
    """Hears what happens to connectors and tasks. Called on the event loop; must not block."""

    def on_connector_status(self, name: str, status: ConnectorStatus) -> None:
        """Take the new status of a connector."""

    def on_task_status(self, task: TaskId, status: ConnectorStatus) -> None:
        """Take the new status of a task."""

    def on_active_topics(self, task: TaskId, topics: Sequence[str]) -> None:
        """Take topics a task has used for the first time since its start."""

    def on_task_reconfiguration_requested(self, name: str) -> None:
        """Hear that a connector wants its task configurations generated anew."""

    def on_config_expired(self, what: str | TaskId) -> None:
        """Hear that a connector or task is to be started again, with new values of providers."""


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
        self._lease = Lease.make(_session_s(config))
        originals = {
            key: str(value) for key, value in config.originals.items() if value is not None
        }
        self._orders = Orders(
            originals,
            is_distributed=isinstance(config, DistributedConfig),
            secrets=config.secrets,
        )
        self._supervisor = Supervisor(originals.get("plugin.path", ""), self._lease)
        inspections = Inspections(
            self._supervisor,
            lambda plugin: self._orders.setup("inspection of plugins", plugin),
            deadlines.call_s,
        )
        self._offset_stores = OffsetStores(config, offset_store)
        self.questions = PluginQuestions(plugins, inspections, self._offset_stores, originals)
        """Asks plugins what needs no running connector or task."""
        self._plugins = plugins
        self._connector_runners = ConnectorRunners(self._supervisor, deadlines.call_s)
        self._connectors: dict[str, ConnectorInstance] = {}
        self._tasks: dict[TaskId, TaskInstance] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: set[Instance[Any]] = set()
        self._lapsed: list[Instance[Any]] = []
        self._revivals: set[asyncio.Task[None]] = set()
        self._connector_starts = metrics.Starts()
        self._task_starts = metrics.Starts()
        self._watchdog = Watchdog(config.originals, lambda: list(self._tasks.values()))

    async def start(self) -> None:
        """Get ready to make processes; returns at once."""
        self._loop = asyncio.get_running_loop()
        scheduling.ask_for_short_slices()
        await self._supervisor.start()
        self._watchdog.start()

    async def stop(self) -> None:
        """Stop everything: gracefully as far as there is time, else by killing."""
        self._watchdog.stop()
        for revival in self._revivals:
            revival.cancel()
        await asyncio.gather(
            self.stop_connectors(list(self._connectors)),
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
        return self._lease.is_void

    def extend_lease(self, deadline_s: float) -> None:
        """Let connectors and tasks run until then; any thread, and cheap.

        A distributed worker starts nothing before the first call. Runners stop by themselves when a
        quarter of ``session.timeout.ms`` is left, and are gone before it has ended. Those that did
        so although it was extended after all are started again.

        Args:
            deadline_s: Until when this worker is surely a member, by :func:`time.monotonic`.
        """
        was_void = self._lease.is_void
        self._lease.extend(deadline_s)
        if self._loop is not None and (was_void or self._lapsed):
            self._loop.call_soon_threadsafe(self._resume)

    def lapsed(self, instance: Instance[Any]) -> None:
        """Hear that an instance ended itself for want of a lease."""
        self._lapsed.append(instance)
        if not self.is_void:
            self._resume()

    def _resume(self) -> None:
        """Go on after the membership was in doubt.

        What lapsed is started again only when the lease was extended since: with the one it ended
        itself for, a new runner would do the same.
        """
        if self.is_void:
            return
        present: set[Instance[Any]] = {*self._connectors.values(), *self._tasks.values()}
        for instance in present:
            instance.make_up()
        phase, _ = plan_watch(self._lease.deadline_s, self._lease.session_s, time.monotonic())
        if phase is not Phase.HELD:
            return
        lapsed, self._lapsed = self._lapsed, []
        for instance in lapsed:
            if instance in present:
                revival = asyncio.create_task(self._revive(instance))
                self._revivals.add(revival)
                revival.add_done_callback(self._revivals.discard)

    async def _revive(self, instance: Instance[Any]) -> None:
        with log_context(*instance.log_context):
            _log.info("Membership is confirmed after all; starting again")
            try:
                await instance.start_again()
            except ConnectError as error:
                _log.error("Starting again failed: %s", error.message)

    async def end_all(self, reason: str) -> None:
        """Kill all connectors and tasks at once: the membership of this worker is over.

        Those that are being stopped are killed, too. No status is reported: those of the successors
        count. Returns when all are gone.

        Args:
            reason: Why, for the log.
        """
        instances: set[Instance[Any]] = {
            *self._connectors.values(),
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
        """Start a connector; returns when it has reached the target state.

        Raises:
            IllegalStateError: It runs already.
            ConnectError: It could not be started; its status is FAILED.
        """
        running = self._connectors.get(name)
        if running is not None and not running.is_over:
            text = f"Connector with name {name} already exists on this worker; stop it first."
            raise IllegalStateError(text)
        instance = self._connectors[name] = ConnectorInstance(self, name, config)
        instance.target_state = target_state
        instance.start_again = lambda: self.start_connector(name, config, instance.target_state)
        try:
            plugin = await self.questions.plugin_of(config)
        except ConnectError as error:
            instance.report(State.FAILED, error.message)
            raise
        instance.plugin = plugin
        if instance.is_closed:
            text = f"The connector {name} was stopped while it was being started."
            raise ConnectError(text)
        if instance.target_state is TargetState.STOPPED:
            instance.version = plugin.version
            instance.report(State.STOPPED)
        else:
            await self._give_seat(instance, plugin)

    def has_connector(self, name: str) -> bool:
        """Whether this connector was given to this node, in whatever state it is."""
        return name in self._connectors

    def is_connector_running(self, name: str) -> bool:
        """Whether it is started, neither paused nor failed: it can make task configurations."""
        instance = self._connectors.get(name)
        return instance is not None and instance.is_running

    def connector_names(self) -> list[str]:
        """Names of the connectors of this node."""
        return list(self._connectors)

    async def task_configs(self, name: str) -> list[dict[str, str]]:
        """Have a running connector generate its task configurations.

        Returns:
            The configurations as they are to be stored: completed, secrets as references.

        Raises:
            NotFoundError: There is no such connector here.
            ConfigError: It makes more tasks than it may; its status is FAILED.
            ConnectError: What it raised. Its status is not changed by that.
        """
        instance = self._connector(name)
        answer = await self._ask(
            instance, TaskConfigsAnswer, GenerateTaskConfigs, "Connector.task_configs()"
        )
        try:
            if answer.is_enforced:
                configs.check_task_count(name, len(answer.configs), answer.tasks_max)
        except ConnectError as error:
            instance.report(State.FAILED, error.message)
            raise
        connector_class = "" if instance.plugin is None else instance.plugin.class_name
        task_class = configs.task_class_name(connector_class, answer.task_class)
        return configs.complete_task_configs(answer.configs, instance.config, task_class)

    async def set_connector_target_state(self, name: str, state: TargetState) -> None:
        """Start, pause or stop a connector; returns when that is done.

        Raises:
            NotFoundError: There is no such connector here.
            ConnectError: It could not be done; or a newer request came before this one was begun.
        """
        instance = self._connector(name)
        instance.target_state = state
        is_idle = instance.state is State.STOPPED and instance.runner is None
        if is_idle and instance.plugin is not None:
            if state is not TargetState.STOPPED:
                await self._give_seat(instance, instance.plugin)
            return
        if instance.state is State.FAILED and not instance.is_alive:
            if state is not TargetState.STOPPED:
                text = (
                    f"Connector {name} cannot be brought to {state.value} since it has failed. "
                    "Restart it first."
                )
                raise IllegalStateError(text)
            instance.runner = None
            instance.report(State.STOPPED)
            return
        call = "Connector.start()" if state is TargetState.STARTED else "Connector.stop()"
        seat = self._seat_of(instance)
        seat.target_state = state
        await self._ask(
            instance, Done, lambda number, at: SetConnectorState(number, at, state), call
        )
        if instance.target_state is TargetState.STOPPED:
            await self._take_seat(instance)

    async def stop_connector(self, name: str) -> None:
        """End a connector; nothing happens when there is none of this name."""
        await self.stop_connectors([name])

    async def stop_connectors(self, names: Iterable[str]) -> None:
        """End connectors together; those that take too long (5 s in total) are killed."""
        found = [self._connectors.pop(name) for name in names if name in self._connectors]
        seats = [instance.runner for instance in found if instance.runner is not None]
        with self._counted_as_stopping(found):
            await self._connector_runners.stop(seats, self._deadlines.connector_stop_s)
        for instance in found:
            instance.close()

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
                reached = await self._with_client_values(connector_config)
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
                "connector-count": len(self._connectors),
                "task-count": len(self._tasks),
                **self._connector_starts.values("connector", now_s),
                **self._task_starts.values("task", now_s),
            },
            connectors={
                name: metrics.connector_values(instance)
                for name, instance in self._connectors.items()
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
                self._supervisor.sampled, [*self._connectors.values(), *self._tasks.values()]
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
        with self._counted_as_stopping(found):
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

    def _connector(self, name: str) -> ConnectorInstance:
        if name not in self._connectors:
            text = f"Connector {name} does not run on this worker."
            raise NotFoundError(text)
        return self._connectors[name]

    async def _give_seat(self, instance: ConnectorInstance, plugin: Plugin) -> None:
        """Start a connector in a process; one that is STOPPED needs none."""
        spec = self._orders.connector(instance.name, plugin, instance.config, instance.target_state)
        setup = self._orders.setup("connectors", plugin)
        if plugin.kind is PluginKind.SOURCE:
            instance.let_go()
            instance.offsets = await self._offsets_of(instance)
        instance.runner = self._connector_runners.seat(setup, plugin.interpreter, spec, instance)
        await instance.runner.start()

    async def _offsets_of(self, instance: ConnectorInstance) -> OffsetsLease:
        try:
            reached = await self._with_client_values(instance.config)
        except ConnectError as error:
            instance.report(State.FAILED, error.message)
            raise
        if instance.is_closed:
            text = f"The connector {instance.name} was stopped while it was being started."
            raise ConnectError(text)
        return self._offset_stores.lease(instance.name, reached)

    async def _with_client_values(self, config: Config) -> Config:
        """Replace references where this worker reaches a connector's offsets topic itself."""
        if not self._offset_stores.looks_at_clients(config):
            return config
        return await self.questions.with_client_values(config)

    async def _take_seat(self, instance: ConnectorInstance) -> None:
        """End what is left of a connector that has stopped, without a word."""
        seat, instance.runner = instance.runner, None
        instance.let_go()
        if seat is not None:
            seat.mute()
            await self._connector_runners.stop([seat], self._deadlines.connector_stop_s)

    def _seat_of(self, instance: ConnectorInstance) -> Seat:
        if instance.runner is None or not instance.is_alive:
            text = f"Connector {instance.name} has no process: it has failed or is just starting."
            raise IllegalStateError(text)
        return instance.runner

    @contextlib.contextmanager
    def _counted_as_stopping(self, instances: Sequence[Instance[Any]]) -> Iterator[None]:
        self._stopping.update(instances)
        for instance in instances:
            instance.leave()
        try:
            yield
        finally:
            self._stopping.difference_update(instances)

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

    async def _ask(self, instance: ConnectorInstance, kind: type[A], make: Make, call: str) -> A:
        seat = self._seat_of(instance)
        answer = await seat.call(make, call=call, deadline_s=self._deadlines.call_s)
        return expected(answer, kind)


def _session_s(config: WorkerConfig) -> float | None:
    """Session timeout of the worker's group; None for a standalone worker."""
    return config.session_timeout_ms / 1000 if isinstance(config, DistributedConfig) else None


def _mend(path: str) -> str:
    return f"Restart it with POST {path} after mending."
