# SPDX-License-Identifier: Apache-2.0
"""The herder of a standalone worker: decides alone, keeps configurations and statuses in memory.

Changes to one connector happen one after the other, in the order they were asked for; changes to
different connectors do not wait for each other. Creating and reconfiguring answer once the
configuration is stored, as a distributed worker does; starting follows at once.

Differs:
    Where Java's standalone worker answers 500 by accident (an unknown connector that is stopped or
    restarted), the answer is that of its distributed worker. ``POST`` and ``PUT`` answer before
    tasks are made, as the distributed worker does. Only tasks whose configuration changed are
    restarted, where Java restarts all.

Source:
    Apache Kafka ``StandaloneHerder``; reference pages *REST API*, sections 3 and 12, and *Runtime
    semantics*, sections 1, 7, 11.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from barnabas.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    ConnectError,
    NotFoundError,
    UnavailableError,
    UnsupportedError,
)
from barnabas.runtime.herder import reports
from barnabas.runtime.herder.cluster import reach_cluster
from barnabas.runtime.herder.config_patch import patched
from barnabas.runtime.herder.reading import ReadingHerder
from barnabas.runtime.herder.restart_plan import RestartPlan, plan_restart
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_changes import plan_task_changes
from barnabas.runtime.model import (
    ConnectorInfo,
    ConnectorOffset,
    ConnectorStateInfo,
    ConnectorStatus,
    RestartRequest,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.plugins import PluginRegistry
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores import MemoryConfigStore, MemoryStatusStore
from barnabas.runtime.worker import Worker, WorkerListener
from barnabas.telemetry.loggers import LoggerRegistry
from barnabas.telemetry.logs import log_context

__all__ = ["StandaloneHerder"]

Config = Mapping[str, str | None]

_log = logging.getLogger(__name__)

_PATIENCE_S = 10.0
"""Time a change waits for the cluster to be reached before it is answered with 503."""

_POLITENESS_S = 2.0
"""Time a change waits for what goes on in the background for its connector before it ends that."""

_SIGNATURE_HEADERS = ("x-connect-authorization", "x-connect-request-signature-algorithm")


class StandaloneHerder(ReadingHerder):
    """Owns all connectors of this one worker.

    Args:
        config: The worker's settings.
        plugins: The installed plugins.
        make_worker: Makes the worker, given who listens to it.
        ask_cluster_id: Asks the Kafka cluster for its id; blocks for a bounded time.
        loggers: The loggers of this process.
        patience_s: How long a change waits for the cluster while the worker starts.
    """

    def __init__(
        self,
        config: WorkerConfig,
        plugins: PluginRegistry,
        make_worker: Callable[[WorkerListener], Worker],
        ask_cluster_id: Callable[[], str],
        loggers: LoggerRegistry,
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        super().__init__(config, plugins, MemoryConfigStore(), MemoryStatusStore(), loggers)
        self._worker = make_worker(self)
        self._ask_cluster_id = ask_cluster_id
        self._patience_s = patience_s
        self._stages = Stages(lambda: datetime.datetime.now(datetime.UTC))
        self._connected = asyncio.Event()
        self._is_ready = False
        self._is_stopping = False
        self._locks: dict[str, asyncio.Lock] = {}
        self._background: dict[asyncio.Task[None], str | None] = {}

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin: read stored offsets, start the worker, look for the Kafka cluster.

        Returns without waiting for the cluster.

        Raises:
            ConfigError: The stored offsets cannot be read.
        """
        await self._worker.offset_store.start()
        await self._worker.start()
        self._in_background(None, self._connect(), "connecting to the Kafka cluster")

    async def stop(self) -> None:
        """Stop all connectors and tasks, gracefully as far as the settings give time."""
        self._is_stopping = True
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._worker.stop()
        await self._worker.offset_store.stop()

    async def wait_until_connected(self) -> None:
        """Return once the Kafka cluster has answered; may take for ever."""
        await self._connected.wait()

    def set_ready(self) -> None:
        """Hear that start-up is complete: the connectors of the command line are created."""
        self._is_ready = True

    @property
    def is_ready(self) -> bool:
        """Whether start-up is complete."""
        return self._is_ready and self._connected.is_set()

    async def health_check(self) -> None:
        """Return once the event loop has come round."""
        await asyncio.sleep(0)

    @property
    def stage(self) -> str | None:
        """What the herder does now."""
        return self._stages.summary

    async def _connect(self) -> None:
        servers = ",".join(self._config.bootstrap_servers)
        self._cluster_id = await reach_cluster(self._ask_cluster_id, servers, self._stages)
        self._connected.set()

    # -- creating and deleting --------------------------------------------------------------------

    async def create_connector(
        self,
        name: str,
        config: Config,
        *,
        target_state: TargetState | None = None,
        replace: bool,
    ) -> tuple[bool, ConnectorInfo]:
        """Validate and store a configuration; the connector starts right after the answer."""
        await self._check_valid(config)
        async with self._changing(name):
            existed = name in self._configs.state
            if existed and not replace:
                message = f"Connector {name} already exists"
                raise AlreadyExistsError(message)
            await self._configs.put_connector(name, config, target_state)
            info = self.connector_info(name)
            self._in_background(name, self._run_anew(name), f"starting connector {name}")
        return not existed, info

    async def create_and_start(
        self, name: str, config: Config, target_state: TargetState | None
    ) -> None:
        """Create or reconfigure a connector and wait until it has started; for the command line.

        Raises:
            BadRequestError: The configuration is wrong.
            ConnectError: The connector could not be started.
        """
        await self._check_valid(config)
        async with self._changing(name):
            await self._configs.put_connector(name, config, target_state)
            await self._start_anew(name)

    async def patch_connector(self, name: str, patch: Config) -> ConnectorInfo:
        """Merge into the raw configuration, None removes a key (KIP-477)."""
        merged = patched(reports.known_config(self._configs.state, name), patch)
        await self._check_valid(merged)
        async with self._changing(name):
            merged = patched(reports.known_config(self._configs.state, name), patch)
            await self._configs.put_connector(name, merged, None)
            self._in_background(name, self._run_anew(name), f"reconfiguring connector {name}")
            return self.connector_info(name)

    async def delete_connector(self, name: str) -> None:
        """Forget a connector, then stop it and its tasks; NotFoundError when unknown."""
        reports.known_config(self._configs.state, name)
        async with self._changing(name):
            reports.known_config(self._configs.state, name)
            tasks = self._configs.state.tasks(name)
            await self._configs.remove_connector(name)
            self._forget_status(name, self._statuses.tasks(name))
            self._statuses.remove_topics(name)
            with self._stages.during(f"stopping connector {name}"):
                await self._worker.stop_tasks(tasks)
                await self._worker.stop_connector(name)
        _log.info("Deleted connector %s", name)

    # -- target states ----------------------------------------------------------------------------

    async def pause_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""
        await self._set_target_state(name, TargetState.PAUSED)

    async def resume_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""
        await self._set_target_state(name, TargetState.STARTED)

    async def stop_connector(self, name: str) -> None:
        """Stop connector and tasks and forget the tasks (KIP-875); returns when that is done."""
        self._check_known(name)
        async with self._changing(name) as interrupted:
            self._check_known(name)
            tasks = self._configs.state.tasks(name)
            await self._configs.put_tasks(name, [])
            await self._configs.put_target_state(name, TargetState.STOPPED)
            self._forget_tasks(self._statuses.tasks(name))
            with self._stages.during(f"stopping connector {name}"):
                await self._worker.stop_tasks(tasks)
                if interrupted:
                    await self._start_instance(name)
                else:
                    await self._bring_to(name, TargetState.STOPPED)

    async def _set_target_state(self, name: str, target_state: TargetState) -> None:
        self._check_known(name)
        async with self._changing(name):
            self._check_known(name)
            await self._configs.put_target_state(name, target_state)
            self._in_background(name, self._follow_target_state(name), f"changing connector {name}")

    async def _follow_target_state(self, name: str) -> None:
        async with self._owning(name) as exists:
            if not exists:
                return
            target_state = self._configs.state.target_state(name)
            with self._stages.during(f"bringing connector {name} to {target_state.value}"):
                for task in self._configs.state.tasks(name):
                    await self._worker.set_task_target_state(task, target_state)
                await self._bring_to(name, target_state)
                await self._make_tasks(name)

    async def _bring_to(self, name: str, target_state: TargetState) -> None:
        """Change the state of a connector instance; one that is not there is started."""
        if self._worker.has_connector(name):
            await self._worker.set_connector_target_state(name, target_state)
        else:
            await self._start_instance(name)

    # -- restarts ---------------------------------------------------------------------------------

    async def restart_connector(self, name: str) -> None:
        """Restart the connector instance only; returns when it started."""
        self._check_restartable(name)
        async with self._changing(name):
            self._check_restartable(name)
            try:
                await self._start_instance(name)
            except ConnectError as error:
                message = f"Failed to start connector: {name}"
                raise ConnectError(message) from error
            self._in_background(name, self._make_tasks_later(name), f"making tasks of {name}")

    async def restart_connector_and_tasks(self, request: RestartRequest) -> ConnectorStateInfo:
        """Restart what the request covers; returns the planned states (KIP-745)."""
        name = request.connector
        self._check_restartable(name)
        async with self._changing(name):
            self._check_restartable(name)
            connector = self._statuses.connector(name)
            if connector is None:
                message = f"Status for connector {name} not found"
                raise NotFoundError(message)
            tasks = self._statuses.tasks(name)
            plan = plan_restart(request, self.connector_status(name), connector, tasks)
            self._show_restarting(name, plan)
            self._in_background(name, self._carry_out(name, plan), f"restarting connector {name}")
        return plan.planned

    def _show_restarting(self, name: str, plan: RestartPlan) -> None:
        if plan.restarts_connector:
            version = getattr(self._statuses.connector(name), "version", None)
            self._statuses.put_connector(name, self._status(State.RESTARTING, version=version))
        for task in plan.tasks:
            version = getattr(self._statuses.task(task), "version", None)
            self._statuses.put_task(task, self._status(State.RESTARTING, version=version))

    async def _carry_out(self, name: str, plan: RestartPlan) -> None:
        async with self._owning(name) as exists:
            if not exists:
                return
            with self._stages.during(f"handling restart request for connector {name}"):
                tasks = [task for task in plan.tasks if task in self._configs.state.tasks(name)]
                await self._worker.stop_tasks(tasks)
                try:
                    if plan.restarts_connector:
                        await self._start_anew(name)
                finally:
                    missing = [task for task in tasks if not self._worker.has_task(task)]
                    await self._start_tasks(missing)

    async def restart_task(self, task: TaskId) -> None:
        """Restart one task; returns when its start was ordered."""
        self._check_restartable(task.connector)
        async with self._changing(task.connector):
            self._check_restartable(task.connector)
            self._check_task(task)
            with self._stages.during(f"restarting task {task}"):
                await self._worker.stop_tasks([task])
                await self._start_task(task)

    def _check_task(self, task: TaskId) -> None:
        state = self._configs.state
        if task not in state.task_configs:
            message = f"Unknown task: {task}"
            raise NotFoundError(message)
        if task not in state.tasks(task.connector):
            message = (
                f"Cannot complete request: connector {task.connector} no longer has task "
                f"{task.task}, so no worker runs it"
            )
            raise ConflictError(message)

    # -- offsets ----------------------------------------------------------------------------------

    async def alter_offsets(self, name: str, offsets: Sequence[ConnectorOffset]) -> str:
        """Change offsets of a stopped connector; returns the message for the user."""
        return await self._change_offsets(name, offsets)

    async def reset_offsets(self, name: str) -> str:
        """Delete all offsets of a stopped connector; returns the message for the user."""
        return await self._change_offsets(name, None)

    async def _change_offsets(self, name: str, offsets: Sequence[ConnectorOffset] | None) -> str:
        reports.check_modifiable(self._configs.state, name)
        async with self._changing(name):
            with self._stages.during(f"modifying offsets for connector {name}"):
                return await self._alter_offsets(name, offsets)

    # -- between workers --------------------------------------------------------------------------

    async def put_task_configs(
        self,
        name: str,
        configs: Sequence[Mapping[str, str]],
        *,
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        """Refuse: there are no other workers."""
        _check_signed(headers)
        message = (
            "Kafka Connect in standalone mode does not support externally setting task "
            f"configurations, so none are taken for {name}."
        )
        raise UnsupportedError(message)

    async def fence_zombies(self, name: str, *, headers: Mapping[str, str]) -> None:
        """Refuse: there are no other workers."""
        _check_signed(headers)
        message = (
            "Kafka Connect in standalone mode does not support exactly-once source connectors, "
            f"so {name} cannot be fenced."
        )
        raise UnsupportedError(message)

    # -- what the worker says ---------------------------------------------------------------------

    def _keeps(self, status: ConnectorStatus) -> bool:
        """Leave UNASSIGNED out: a worker alone keeps all it has, and only restarts it."""
        return status.state is not State.UNASSIGNED

    def on_task_reconfiguration_requested(self, name: str) -> None:
        """Make the task configurations of a connector anew, soon."""
        self._in_background(name, self._make_tasks_later(name), f"making tasks of {name}")

    # -- carrying it out (the connector's lock is held) -------------------------------------------

    async def _run_anew(self, name: str) -> None:
        async with self._owning(name) as exists:
            if exists:
                await self._start_anew(name)

    async def _start_anew(self, name: str) -> None:
        """Start a connector with its current configuration, then its tasks."""
        with self._stages.during(f"starting connector {name}"):
            await self._start_instance(name)
            target_state = self._configs.state.target_state(name)
            for task in self._configs.state.tasks(name):
                await self._worker.set_task_target_state(task, target_state)
            await self._make_tasks(name)

    async def _start_instance(self, name: str) -> None:
        """Start the connector instance, ending the one that runs."""
        await self._worker.stop_connector(name)
        state = self._configs.state
        with log_context(name):
            _log.info("Starting connector %s", name)
            await self._worker.start_connector(name, state.configs[name], state.target_state(name))

    async def _make_tasks_later(self, name: str) -> None:
        async with self._owning(name) as exists:
            if exists:
                await self._make_tasks(name)

    async def _make_tasks(self, name: str) -> None:
        """Have a running connector make its task configurations and run the tasks that changed."""
        if not self._worker.is_connector_running(name):
            return
        with self._stages.during(f"generating task configs for connector {name}"):
            try:
                configs = await self._worker.task_configs(name)
            except ConnectError as error:
                self._fail_connector(name, error)
                raise
        changes = plan_task_changes(self._configs.state, name, configs)
        if changes or name not in self._configs.state.applied_configs:
            await self._worker.stop_tasks([*changes.removed, *changes.changed])
            await self._configs.put_tasks(name, configs)
            self._forget_tasks(changes.removed)
        tasks = self._configs.state.tasks(name)
        await self._start_tasks([task for task in tasks if not self._worker.has_task(task)])

    def _fail_connector(self, name: str, error: ConnectError) -> None:
        """Make a connector FAILED, unless the worker has said so already and told more."""
        status = self._statuses.connector(name)
        if status is None or status.state is not State.FAILED:
            version = None if status is None else status.version
            failed = self._status(State.FAILED, error.message, version=version)
            self.on_connector_status(name, failed)

    async def _start_tasks(self, tasks: Iterable[TaskId]) -> None:
        """Start tasks; one that cannot be started is FAILED and holds up none of the others."""
        results = await asyncio.gather(*map(self._start_task, tasks), return_exceptions=True)
        for error in results:
            if isinstance(error, BaseException) and not isinstance(error, ConnectError):
                raise error

    async def _start_task(self, task: TaskId) -> None:
        state = self._configs.state
        name = task.connector
        try:
            await self._worker.start_task(
                task,
                state.configs[name],
                state.task_configs[task],
                state.target_state(name),
                task_count=len(state.tasks(name)),
            )
        except ConnectError as error:
            with log_context(name, f"task-{task.task}"):
                _log.error("Failed to start task %s: %s", task, error.message)
            message = f"Failed to start task: {task}"
            raise ConnectError(message) from error

    # -- the rest ---------------------------------------------------------------------------------

    @asynccontextmanager
    async def _changing(self, name: str) -> AsyncIterator[bool]:
        """Hold the right to change a connector, once the worker is up.

        A change waits for the one before it, but not for long: a connector that hangs while it
        starts must not keep its user from deleting or mending it.

        Yields:
            Whether something was ended for this change.

        Raises:
            UnavailableError: The Kafka cluster has not been reached yet.
        """
        if not self._connected.is_set():
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._connected.wait()
            except TimeoutError:
                message = f"Worker is still starting up. {self.stage or ''}".strip()
                raise UnavailableError(message) from None
        lock = self._lock(name)
        interrupted = False
        try:
            async with asyncio.timeout(_POLITENESS_S):
                await lock.acquire()
        except TimeoutError:
            self._interrupt(name)
            interrupted = True
            await lock.acquire()
        try:
            if self._is_stopping:
                message = "Worker is shutting down"
                raise ConnectError(message)
            yield interrupted
        finally:
            lock.release()

    @asynccontextmanager
    async def _owning(self, name: str) -> AsyncIterator[bool]:
        """Hold the right to change a connector; tells whether it still exists."""
        async with self._lock(name):
            yield name in self._configs.state

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    def _in_background(self, name: str | None, work: Coroutine[Any, Any, None], what: str) -> None:
        task = asyncio.create_task(self._logged(work, what))
        self._background[task] = name
        task.add_done_callback(self._background.pop)

    def _interrupt(self, name: str) -> None:
        """End what goes on in the background for a connector; what is left undone is made up for.

        (:meth:`_start_anew` repeats target states and starts the tasks that do not run.)
        """
        for task, owner in list(self._background.items()):
            if owner == name:
                task.cancel()

    async def _logged(self, work: Coroutine[Any, Any, None], what: str) -> None:
        try:
            await work
        except ConnectError as error:
            _log.error("Error while %s: %s", what, error.message)
        except Exception:  # noqa: BLE001 - the edge of a background task
            _log.exception("Unexpected error while %s", what)

    def _check_known(self, name: str) -> None:
        if name not in self._configs.state:
            message = f"Unknown connector {name}"
            raise NotFoundError(message)

    def _check_restartable(self, name: str) -> None:
        if name not in self._configs.state:
            message = f"Unknown connector: {name}"
            raise NotFoundError(message)

    def _forget_status(self, name: str, tasks: Iterable[TaskId]) -> None:
        self._statuses.remove_connector(name)
        self._forget_tasks(tasks)

    def _forget_tasks(self, tasks: Iterable[TaskId]) -> None:
        for task in tasks:
            self._statuses.remove_task(task)

    def _status(
        self, state: State, trace: str | None = None, *, version: str | None = None
    ) -> ConnectorStatus:
        return ConnectorStatus(state, self._worker.worker_id, 0, trace, version)


def _check_signed(headers: Mapping[str, str]) -> None:
    """Refuse requests that cannot come from a worker, as workers of a group do."""
    if not all(header in headers for header in _SIGNATURE_HEADERS):
        message = "Internal request missing required signature"
        raise BadRequestError(message)
