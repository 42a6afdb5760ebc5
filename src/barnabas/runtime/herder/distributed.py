# SPDX-License-Identifier: Apache-2.0
"""The herder of a distributed worker: one of many that share connectors and tasks.

What is configured is in the config topic, what runs where is decided by the group's leader
(:mod:`barnabas.runtime.group`), and this herder makes what runs here equal to both. Requests that
change something are carried out by the leader or by the worker that runs the connector; on another
worker they raise an error that names it, and the REST API sends them on.

Source:
    Apache Kafka ``DistributedHerder``; reference pages *Worker group protocol*, sections 3, 7 to 9,
    and *REST API*, sections 3 and 5.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from barnabas.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConnectError,
    NotFoundError,
    UnavailableError,
)
from barnabas.runtime.group import session_keys
from barnabas.runtime.group.member import Assigned
from barnabas.runtime.herder import reports
from barnabas.runtime.herder.advertised import AdvertisedAddresses
from barnabas.runtime.herder.catch_up import CatchUp
from barnabas.runtime.herder.cluster import reach_cluster
from barnabas.runtime.herder.config_news import ConfigNews
from barnabas.runtime.herder.config_patch import patched
from barnabas.runtime.herder.config_writing import ConfigWriter
from barnabas.runtime.herder.leader_duties import LeaderDuties
from barnabas.runtime.herder.leader_requests import LeaderRequests
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.herder.membership import Membership
from barnabas.runtime.herder.parts import Parts
from barnabas.runtime.herder.reading import ReadingHerder
from barnabas.runtime.herder.rebalancing import Rebalancing
from barnabas.runtime.herder.stages import Stages
from barnabas.runtime.herder.task_guard import TaskGuard
from barnabas.runtime.herder.task_publishing import TaskPublisher
from barnabas.runtime.herder.task_writing import TaskWriter
from barnabas.runtime.model import (
    ConnectorInfo,
    ConnectorOffset,
    ConnectorStateInfo,
    ConnectorType,
    Metrics,
    RestartRequest,
    TargetState,
    TaskId,
)
from barnabas.runtime.settings.distributed import DistributedConfig

__all__ = ["DistributedHerder"]

Config = Mapping[str, str | None]

_log = logging.getLogger(__name__)

_PATIENCE_S = 60.0
"""Time a request waits for the end of a rebalance; well within the 90 s REST gives it."""

_REFRESH_S = 30.0
_FLUSH_S = 5.0
"""Time statuses have to be written before work is given to others."""


class DistributedHerder(ReadingHerder):
    """Shares connectors and tasks with the other workers of its group. On the event loop.

    Args:
        config: The worker's settings.
        parts: What it works with; started and stopped by it.
        patience_s: How long a request waits for a rebalance to end.
    """

    def __init__(
        self, config: DistributedConfig, parts: Parts, *, patience_s: float = _PATIENCE_S
    ) -> None:
        super().__init__(
            config, parts.plugins, parts.stores.configs, parts.stores.statuses, parts.loggers
        )
        self._verification_algorithms = config.inter_worker_verification_algorithms
        self._worker = parts.make_worker(self)
        self._ask_cluster_id = parts.ask_cluster_id
        self._peers = parts.peers
        self._stages = Stages(lambda: datetime.datetime.now(datetime.UTC))
        self._membership = Membership(self._stages, patience_s=patience_s)
        self._local = LocalWork(
            self._worker,
            on_connector_started=self._publish,
            on_restarting=self._show_restarting,
            stages=self._stages,
        )
        self._supervise(self._local)
        self._writer = ConfigWriter(
            self._configs,
            self._membership,
            lambda: self._rebalancing.rejoin("another worker took over the right to write"),
        )
        self._duties = LeaderDuties.of(
            config,
            self._configs,
            self._statuses,
            self._writer,
            self._membership,
            self._worker.questions.with_client_values,
        )
        self._statuses.on_read = self._duties.strangers.on_status
        self._statuses.on_topic_forgotten = self._worker.forget_topics
        self._rebalancing = Rebalancing(
            self._worker,
            self._local,
            parts.stores,
            self._membership,
            self._duties,
            CatchUp.of(config),
        )
        self._rebalancing.on_hopeless = self._give_up
        self._rebalancing.let_go = parts.let_go
        addresses = AdvertisedAddresses(self._worker.worker_id, config.session_timeout_ms / 1000)
        self._rebalancing.observers += [addresses.on_assigned, self._prepare_peers]
        self._work = self._rebalancing.work
        leader = LeaderRequests(parts.peers, config.inter_worker_signature_algorithm)
        self._task_writer = TaskWriter(self._configs, self._membership, self._writer, leader)
        if config.is_exactly_once_enabled:
            self._work.restarts_all = self._is_source
            self._worker.guard = TaskGuard(
                self._configs, self._membership, self._duties.fencing, leader, self._work
            )
        self._publisher = TaskPublisher(
            self._worker, self._configs, self._task_writer.write, self._stages
        )
        self._news = ConfigNews(
            self._work,
            self._duties.fencing,
            self._restart_here,
            self._set_level_here,
            self._duties.strangers.on_record,
        )
        self._member = self._rebalancing.member = parts.make_member(
            self._rebalancing,
            self._rebalancing.group_config,
            self._rebalancing.refreshed_group_config,
        )
        self._has_loaded = False
        self._is_stopping = False
        self._background: set[asyncio.Task[None]] = set()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Fails with what makes it impossible for this worker to go on."""

    # -- life -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin; reads the topics and joins the group in the background, whenever that is possible.

        Raises:
            ConfigError: The worker cannot be started with these settings.
        """
        await self._worker.start()
        self._in_background(self._begin(), "starting")

    async def _begin(self) -> None:
        is_through = False
        try:
            await self._load()
            is_through = True
        except ConnectError as error:
            self._give_up(error)
        finally:
            if not is_through and not self._is_stopping:
                message = "it could not be started; the reason follows"
                self._give_up(ConnectError(message))  # unless that is done
        if is_through:
            await self._member.start()

    def _give_up(self, error: ConnectError) -> None:
        """Have the worker ended: nothing it can do mends this."""
        if not self.over.done():
            _log.error("The worker cannot go on: %s", error.message)
            self.over.set_exception(error)

    async def _load(self) -> None:
        """Read the topics, as soon as the brokers let it."""
        servers = ",".join(self._config.bootstrap_servers)
        self._cluster_id = await reach_cluster(self._ask_cluster_id, servers, self._stages)
        with self._stages.during("initializing and reading to the end of internal topics"):
            await self._worker.offset_store.start()
            await self._statuses.start()
            await self._configs.start(self._news)
        self._work.begin()
        self._has_loaded = True
        state = self._configs.state
        _log.info(
            "Read %d connectors from the config topic up to offset %d",
            len(state.configs),
            state.offset,
        )

    async def stop(self) -> None:
        """Give everything back: stop what runs, leave the group, close the topics."""
        self._is_stopping = True
        self._supervision.stop()
        self._membership.stop()
        self._rebalancing.stop()
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await asyncio.gather(self._publisher.stop(), self._duties.follow())
        with self._stages.during("shutting down"):
            await self._local.drop_all()
            await self._statuses.flush(_FLUSH_S)
            await self._member.stop()
            closed = await asyncio.gather(
                self._configs.stop(),
                self._statuses.stop(),
                self._worker.offset_store.stop(),
                self._peers.close(),
                return_exceptions=True,
            )
            for error in filter(None, closed):
                _log.error("Error while shutting down: %s", error)
            await self._worker.stop()

    @property
    def is_ready(self) -> bool:
        """Whether this worker has read the topics and had its first assignment."""
        return self._rebalancing.has_settled

    async def health_check(self) -> None:
        """Return while, or once, this worker is a member of its group."""
        await self._membership.settled(past_refusals=True)

    @property
    def stage(self) -> str | None:
        """What the herder does now."""
        return self._stages.summary

    def metrics(self) -> Metrics:
        """Everything this worker measures, its membership included, from memory."""
        return dataclasses.replace(
            super().metrics(),
            rebalances=self._member.rebalance_metrics(),
            coordinator=self._member.coordinator_metrics(),
            client_id=self._member.client_id,
        )

    def _check_loaded(self) -> None:
        """Refuse to answer until the topics have been read."""
        if not self._has_loaded:
            message = f"Worker is still starting up. {self.stage or ''}".strip()
            raise UnavailableError(message)

    # -- creating and deleting (leader) -----------------------------------------------------------

    async def create_connector(
        self,
        name: str,
        config: Config,
        *,
        target_state: TargetState | None = None,
        replace: bool,
    ) -> tuple[bool, ConnectorInfo]:
        """Validate and store a configuration; the connector starts after the rebalance."""
        await self._membership.leadership()
        await self._check_valid(config, new=name)
        async with self._writer.changing(name):
            existed = name in self._configs.state
            if existed and not replace:
                message = f"Connector {name} already exists"
                raise AlreadyExistsError(message)
            await self._writer.put_connector(name, config, target_state)
            return not existed, self.connector_info(name)

    async def patch_connector(self, name: str, patch: Config) -> ConnectorInfo:
        """Merge into the raw configuration, None removes a key (KIP-477)."""
        await self._membership.leadership()
        async with self._writer.changing(name):
            merged = patched(reports.known_config(self._configs.state, name), patch)
            await self._check_valid(merged)
            await self._writer.put_connector(name, merged)
            return self.connector_info(name)

    async def delete_connector(self, name: str) -> None:
        """Forget a connector; its worker stops it at once. NotFoundError."""
        await self._membership.leadership()
        async with self._writer.changing(name):
            reports.known_config(self._configs.state, name)
            await self._writer.remove_connector(name)
        _log.info("Deleted connector %s", name)

    # -- target states (any worker, stopping: leader) ---------------------------------------------

    async def pause_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""
        await self._put_target_state(name, TargetState.PAUSED)

    async def resume_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""
        await self._put_target_state(name, TargetState.STARTED)

    async def stop_connector(self, name: str) -> None:
        """Stop a connector and forget its tasks (KIP-875)."""
        await self._membership.leadership()
        async with self._writer.changing(name):
            reports.check_known(self._configs.state, name)
            await self._writer.stop_connector(name)

    async def _put_target_state(self, name: str, target_state: TargetState) -> None:
        self._check_loaded()
        self._membership.check_open()
        reports.check_known(self._configs.state, name)
        with self._stages.during(f"writing the target state of connector {name}"):
            await self._configs.put_target_state(name, target_state)

    # -- restarts ---------------------------------------------------------------------------------

    async def restart_connector(self, name: str) -> None:
        """Restart the connector instance only; returns when it started (owner)."""
        await self._restart(name, lambda: self._local.restart_connector(name))

    async def restart_task(self, task: TaskId) -> None:
        """Restart one task; returns when it has shown a state, or after 2 s (owner)."""
        await self._restart(task, lambda: self._local.restart_task(task))

    async def _restart(self, what: str | TaskId, restart: Callable[[], Awaitable[None]]) -> None:
        """Restart what this worker runs; else name the worker that does."""
        kind = "task" if isinstance(what, TaskId) else "connector"
        while True:
            await self._check_here(what)
            try:
                with self._stages.during(f"restarting {kind} {what}"):
                    await restart()
            except ConnectError as error:
                if not self._is_here(what):
                    continue  # it was taken away meanwhile: who has it now is to restart it
                message = f"Failed to start {kind}: {what}"
                raise ConnectError(message) from error
            return

    async def _check_here(self, what: str | TaskId) -> None:
        """Return when this worker runs something, if need be after a rebalance."""
        self._check_loaded()
        self._membership.check_open()
        reports.check_restartable(self._configs.state, what)
        if not self._is_here(what):
            await self._membership.settled()
            reports.check_restartable(self._configs.state, what)
        if not self._is_here(what):
            raise self._membership.not_owner(what)

    def _is_here(self, what: str | TaskId) -> bool:
        return what in self._local.tasks or what in self._local.connectors

    async def restart_connector_and_tasks(self, request: RestartRequest) -> ConnectorStateInfo:
        """Hand a restart request to all workers; returns the planned states (leader; KIP-745)."""
        name = request.connector
        await self._membership.leadership()
        reports.check_restartable(self._configs.state, name)
        async with self._writer.changing(name):
            reports.check_restartable(self._configs.state, name)
            plan = self._plan_restart(request)
            await self._writer.put_restart(request)
        return plan.planned

    # -- offsets (leader) -------------------------------------------------------------------------

    async def alter_offsets(self, name: str, offsets: Sequence[ConnectorOffset]) -> str:
        """Change offsets of a stopped connector; returns the message for the user."""
        return await self._change_offsets(name, offsets)

    async def reset_offsets(self, name: str) -> str:
        """Delete all offsets of a stopped connector; returns the message for the user."""
        return await self._change_offsets(name, None)

    async def _change_offsets(self, name: str, offsets: Sequence[ConnectorOffset] | None) -> str:
        await self._membership.settled()  # then no worker runs tasks of a stopped connector
        await self._membership.leadership()
        await self._fence_before_change(name)
        async with self._writer.changing(name):
            with self._stages.during(f"modifying offsets for connector {name}"):
                try:
                    await self._configs.refresh(_REFRESH_S)
                except ConnectError as error:
                    message = (
                        "Failed to read to end of config topic before modifying connector offsets"
                    )
                    raise ConnectError(message) from error
                return await self._alter_offsets(name, offsets)

    async def _fence_before_change(self, name: str) -> None:
        """Make sure that no task that was thought to be stopped writes offsets any more."""
        if not self._config.is_exactly_once_enabled or not self._is_source(name):
            return
        reports.check_modifiable(self._configs.state, name)
        try:
            await self._duties.fencing.fence(name)
        except ConnectError as error:
            message = (
                "Failed to perform zombie fencing for source connector prior to modifying offsets: "
                f"{error.message}"
            )
            raise ConnectError(message) from error

    # -- between workers --------------------------------------------------------------------------

    async def put_task_configs(
        self,
        name: str,
        configs: Sequence[Mapping[str, str]],
        *,
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        """Take task configurations that another worker's connector made (leader)."""
        self._check_signature(body, headers)
        await self._membership.leadership()
        await self._task_writer.write_as_leader(name, configs)

    async def fence_zombies(self, name: str, *, headers: Mapping[str, str]) -> None:
        """Fence the producers of a source connector's earlier tasks (leader)."""
        self._check_signature(b"", headers)
        await self._membership.leadership()
        reports.known_config(self._configs.state, name)
        if not self._is_source(name):
            message = f"Connector {name} is not a source connector"
            raise BadRequestError(message)
        await self._duties.fencing.fence(name)

    def _check_signature(self, body: bytes, headers: Mapping[str, str]) -> None:
        assigned = self._membership.assigned
        if assigned is not None and not assigned.protocol.is_signed:
            return
        session_keys.verify(
            headers,
            body,
            self._configs.state.session_key,
            self._verification_algorithms,
        )

    # -- loggers ----------------------------------------------------------------------------------

    async def set_logger_level(self, name: str, level: str, *, cluster: bool) -> list[str]:
        """Set a level here, or on all workers through the config topic (KIP-976)."""
        if not cluster:
            return await super().set_logger_level(name, level, cluster=False)
        self._check_level(level)
        self._check_loaded()
        self._membership.check_open()
        await self._configs.put_logger_level(name, level.upper())
        return []

    # -- what the worker says ---------------------------------------------------------------------

    def on_task_reconfiguration_requested(self, name: str) -> None:
        """Make the task configurations of a connector anew, soon."""
        self._publish(name)

    def _publish(self, name: str) -> None:
        if not self._is_stopping:
            self._publisher.publish(name)

    # -- what the config topic says ---------------------------------------------------------------

    def _restart_here(self, request: RestartRequest) -> None:
        """Restart what a request covers and this worker runs."""
        try:
            reports.check_restartable(self._configs.state, request.connector)
            plan = self._plan_restart(request)
        except NotFoundError as error:
            _log.warning("Nothing is restarted, as somebody wished: %s", error.message)
            return
        self._local.restart(request.connector if plan.restarts_connector else None, plan.tasks)

    def _set_level_here(self, name: str, level: str) -> None:
        work = super().set_logger_level(name, level, cluster=False)
        self._in_background(work, f"setting the level of logger {name}")

    # -- what the group says ----------------------------------------------------------------------

    def _prepare_peers(self, assigned: Assigned) -> None:
        """Get ready to ask other workers, when there are any; the first time takes a moment."""
        if not assigned.is_alone:
            self._peers.prepare(assigned.assignment.leader_url)

    # -- details ----------------------------------------------------------------------------------

    def _is_source(self, name: str) -> bool:
        return self._type_of(name) is ConnectorType.SOURCE

    def _in_background(self, work: Coroutine[Any, Any, object], what: str) -> None:
        task = asyncio.create_task(self._logged(work, what))
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        task.add_done_callback(lambda _: work.close())  # when it was cancelled before it began

    async def _logged(self, work: Coroutine[Any, Any, object], what: str) -> None:
        try:
            await work
        except ConnectError as error:
            _log.error("Error while %s: %s", what, error.message)
        except Exception:  # noqa: BLE001 - the edge of a background task
            _log.exception("Unexpected error while %s", what)
