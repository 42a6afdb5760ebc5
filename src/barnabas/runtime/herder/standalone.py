# SPDX-License-Identifier: Apache-2.0
"""The herder of a standalone worker: decides alone, keeps configurations and statuses in memory.

A change is stored and declared to :class:`~barnabas.runtime.herder.local_work.LocalWork`, which
brings it about; who asked waits for that only where Java's worker does. So a connector that hangs
keeps nobody from deleting or mending it. Creating and reconfiguring answer once the configuration
is stored, as a distributed worker does.

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
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager

from barnabas.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConnectError,
    UnavailableError,
    UnsupportedError,
)
from barnabas.runtime.herder import reports
from barnabas.runtime.herder.cluster import reach_cluster
from barnabas.runtime.herder.config_patch import patched
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.herder.reading import ReadingHerder
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_changes import plan_task_changes
from barnabas.runtime.herder.task_publishing import TaskPublisher
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

__all__ = ["StandaloneHerder"]

Config = Mapping[str, str | None]

_log = logging.getLogger(__name__)

_PATIENCE_S = 10.0
"""Time a change waits for the cluster to be reached before it is answered with 503."""

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
        self._local = LocalWork(
            self._worker,
            on_connector_started=self._make_tasks,
            on_restarting=self._show_restarting,
            stages=self._stages,
        )
        self._supervise(self._local)
        self._publisher = TaskPublisher(
            self._worker,
            self._configs,
            self._take_tasks,
            self._stages,
            on_failure=self._fail_connector,
        )
        self._connected = asyncio.Event()
        self._connecting: asyncio.Task[None] | None = None
        self._is_ready = False
        self._is_stopping = False
        self._locks: dict[str, asyncio.Lock] = {}

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin: read stored offsets, start the worker, look for the Kafka cluster.

        Returns without waiting for the cluster.

        Raises:
            ConfigError: The stored offsets cannot be read.
        """
        await self._worker.offset_store.start()
        await self._worker.start()
        self._connecting = asyncio.create_task(self._connect(), name="connect")

    async def stop(self) -> None:
        """Stop all connectors and tasks, gracefully as far as the settings give time."""
        self._is_stopping = True
        self._supervision.stop()
        if self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])
        await self._publisher.stop()
        await self._local.drop_all()
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
        try:
            self._cluster_id = await reach_cluster(self._ask_cluster_id, servers, self._stages)
        except Exception:  # noqa: BLE001 - the edge of a background task
            _log.exception("Unexpected error while connecting to the Kafka cluster")
        else:
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
        await self._check_valid(config, new=name)
        async with self._changing(name):
            existed = name in self._configs.state
            if existed and not replace:
                message = f"Connector {name} already exists"
                raise AlreadyExistsError(message)
            await self._configs.put_connector(name, config, target_state)
            self._declare(name, anew=True)
            return not existed, self.connector_info(name)

    async def create_and_start(
        self, name: str, config: Config, target_state: TargetState | None
    ) -> None:
        """Create or reconfigure a connector and wait until it has started; for the command line.

        Raises:
            BadRequestError: The configuration is wrong.
            ConnectError: The connector could not be started.
        """
        await self.create_connector(name, config, target_state=target_state, replace=True)
        await self._local.connector_settled(name)

    async def patch_connector(self, name: str, patch: Config) -> ConnectorInfo:
        """Merge into the raw configuration, None removes a key (KIP-477)."""
        merged = patched(reports.known_config(self._configs.state, name), patch)
        await self._check_valid(merged)
        async with self._changing(name):
            merged = patched(reports.known_config(self._configs.state, name), patch)
            await self._configs.put_connector(name, merged, None)
            self._declare(name, anew=True)
            return self.connector_info(name)

    async def delete_connector(self, name: str) -> None:
        """Forget a connector, then stop it and its tasks; NotFoundError when unknown."""
        reports.known_config(self._configs.state, name)
        async with self._changing(name):
            reports.known_config(self._configs.state, name)
            tasks = self._tasks_here(name)
            await self._configs.remove_connector(name)
            self._statuses.remove_connector(name)
            self._forget_tasks(self._statuses.tasks(name))
            self._statuses.remove_topics(name)
            gone = self._local.drop([name], tasks)
        await gone
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
        reports.check_known(self._configs.state, name)
        async with self._changing(name):
            reports.check_known(self._configs.state, name)
            tasks = self._tasks_here(name)
            await self._configs.put_tasks(name, [])
            await self._configs.put_target_state(name, TargetState.STOPPED)
            self._forget_tasks(self._statuses.tasks(name))
            gone = self._local.drop([], tasks)
            self._declare(name)
        await asyncio.gather(gone, self._local.connector_settled(name))

    async def _set_target_state(self, name: str, target_state: TargetState) -> None:
        reports.check_known(self._configs.state, name)
        async with self._changing(name):
            reports.check_known(self._configs.state, name)
            await self._configs.put_target_state(name, target_state)
            self._declare(name)

    # -- restarts ---------------------------------------------------------------------------------

    async def restart_connector(self, name: str) -> None:
        """Restart the connector instance only; returns when it started."""
        reports.check_restartable(self._configs.state, name)
        async with self._changing(name):
            reports.check_restartable(self._configs.state, name)
        try:
            await self._local.restart_connector(name)
        except ConnectError as error:
            message = f"Failed to start connector: {name}"
            raise ConnectError(message) from error

    async def restart_connector_and_tasks(self, request: RestartRequest) -> ConnectorStateInfo:
        """Restart what the request covers; returns the planned states (KIP-745)."""
        name = request.connector
        reports.check_restartable(self._configs.state, name)
        async with self._changing(name):
            reports.check_restartable(self._configs.state, name)
            plan = self._plan_restart(request)
            if plan.restarts_connector:
                self._show_restarting(name)
            for task in plan.tasks:
                self._show_restarting(task)
            self._local.restart(name if plan.restarts_connector else None, plan.tasks)
        return plan.planned

    async def restart_task(self, task: TaskId) -> None:
        """Restart one task; returns when it has shown a state, or after 2 s."""
        reports.check_restartable(self._configs.state, task)
        async with self._changing(task.connector):
            reports.check_restartable(self._configs.state, task)
        try:
            await self._local.restart_task(task)
        except ConnectError as error:
            message = f"Failed to start task: {task}"
            raise ConnectError(message) from error

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
                await self._local.at_rest(name)
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
        self._make_tasks(name)

    # -- carrying it out --------------------------------------------------------------------------

    def _declare(self, name: str, *, anew: bool = False) -> None:
        """Say how a connector and the tasks it has are to run."""
        state = self._configs.state
        config, target_state = state.configs[name], state.target_state(name)
        self._local.want_connector(name, config, target_state, anew=anew)
        applied, tasks = state.applied_configs.get(name, config), state.tasks(name)
        for task in tasks:
            task_config = state.task_configs[task]
            self._local.want_task(task, applied, task_config, target_state, len(tasks))

    def _make_tasks(self, name: str) -> None:
        """Have a running connector make its task configurations and run the tasks that changed."""
        if not self._is_stopping:
            self._publisher.publish(name)

    async def _take_tasks(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        """Run the tasks a connector made; those that change all end before the first starts."""
        changes = plan_task_changes(self._configs.state, name, configs)
        made_for = self._configs.state.configs[name]
        await self._local.drop([], [*changes.removed, *changes.changed])
        async with self._lock(name):
            state = self._configs.state
            is_stopped = state.target_state(name) is TargetState.STOPPED
            if state.configs.get(name) is made_for and not is_stopped:
                await self._configs.put_tasks(name, configs)
                self._forget_tasks(changes.removed)
            if name in self._configs.state:
                self._declare(name)

    def _tasks_here(self, name: str) -> list[TaskId]:
        return [task for task in self._local.tasks if task.connector == name]

    def _fail_connector(self, name: str, error: ConnectError) -> bool:
        """Make a connector FAILED that makes no tasks, unless it has ended and so has a status."""
        if self._worker.is_connector_running(name):
            before = self._statuses.connector(name)
            self.on_connector_status(name, self._status_after(before, State.FAILED, error.message))
        return False

    # -- the rest ---------------------------------------------------------------------------------

    @asynccontextmanager
    async def _changing(self, name: str) -> AsyncIterator[None]:
        """Hold the right to change a connector, once the worker is up.

        Nobody who holds it waits for a connector, but for offsets to be changed.

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
        async with self._lock(name):
            if self._is_stopping:
                message = "Worker is shutting down"
                raise ConnectError(message)
            yield

    def _lock(self, name: str) -> asyncio.Lock:
        return self._locks.setdefault(name, asyncio.Lock())

    def _forget_tasks(self, tasks: Iterable[TaskId]) -> None:
        for task in tasks:
            self._statuses.remove_task(task)


def _check_signed(headers: Mapping[str, str]) -> None:
    """Refuse requests that cannot come from a worker, as workers of a group do."""
    if not all(header in headers for header in _SIGNATURE_HEADERS):
        message = "Internal request missing required signature"
        raise BadRequestError(message)
