# SPDX-License-Identifier: Apache-2.0
"""What standalone and distributed herders answer alike: all that changes no connector."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Mapping, Sequence

import barnabas
from barnabas.errors import BadRequestError, ConnectError, ForbiddenError, NotFoundError
from barnabas.runtime.herder import notices, reports
from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.herder.local_work import LocalWork
from barnabas.runtime.herder.restart_plan import RestartPlan, plan_restart
from barnabas.runtime.herder.task_supervision import TaskSupervision
from barnabas.runtime.model import (
    ConfigInfos,
    ConfigKeyInfo,
    ConnectorInfo,
    ConnectorOffset,
    ConnectorOffsets,
    ConnectorStateInfo,
    ConnectorStatus,
    ConnectorType,
    LoggerLevel,
    Metrics,
    PluginInfo,
    RestartRequest,
    ServerInfo,
    State,
    TaskId,
    TaskInfo,
    TaskState,
)
from barnabas.runtime.plugins import PluginKind, PluginRegistry
from barnabas.runtime.plugins.kinds import CONNECTOR_KINDS, LISTED_KINDS
from barnabas.runtime.settings.validation import check_request_type, refusal
from barnabas.runtime.settings.worker import WorkerConfig
from barnabas.runtime.stores import ConfigStore, StatusStore
from barnabas.runtime.worker import Worker
from barnabas.telemetry.levels import parse_level
from barnabas.telemetry.loggers import LoggerRegistry

__all__ = ["ReadingHerder"]

_TYPES = {PluginKind.SOURCE: ConnectorType.SOURCE, PluginKind.SINK: ConnectorType.SINK}
_DESCRIBED = "sink, source, converter, header_converter, transformation, predicate"
_LAST_WORDS = frozenset({State.FAILED, State.UNASSIGNED})
"""States that come late, perhaps when another worker has taken over: they give way to its."""

_LOOK_S = 5.0
"""How long a creation waits at most to learn whether there are offsets of that name."""

_log = logging.getLogger(__name__)


class ReadingHerder(Herder):
    """A herder's answers that change no connector. All on the event loop.

    Args:
        config: The worker's settings.
        plugins: The installed plugins.
        configs: What is configured.
        statuses: How it does.
        loggers: The loggers of this process.
    """

    def __init__(
        self,
        config: WorkerConfig,
        plugins: PluginRegistry,
        configs: ConfigStore,
        statuses: StatusStore,
        loggers: LoggerRegistry,
    ) -> None:
        self._config = config
        self._plugins = plugins
        self._configs = configs
        self._statuses = statuses
        self._loggers = loggers
        self._cluster_id: str | None = None
        self._worker: Worker
        self._supervision: TaskSupervision
        self._local: LocalWork
        self._types: dict[str, ConnectorType] = {}

    # -- the worker -------------------------------------------------------------------------------

    def server_info(self) -> ServerInfo:
        """Version of Connect we speak, our own version, id of the Kafka cluster."""
        commit = f"barnabas-{barnabas.__version__}"
        return ServerInfo(barnabas.CONNECT_VERSION, commit, self._cluster_id)

    def metrics(self) -> Metrics:
        """Everything this worker measures, from memory."""
        measured = self._worker.metrics()
        here = dict.fromkeys([*measured.connectors, *(task.connector for task in measured.tasks)])
        counts = {name: reports.task_counts(self._statuses.tasks(name).values()) for name in here}
        tasks = {
            task: {**values, **self._supervision.values(task)}
            for task, values in measured.tasks.items()
        }
        return dataclasses.replace(measured, task_counts=counts, tasks=tasks)

    # -- connectors and tasks ---------------------------------------------------------------------

    def connectors(self) -> list[str]:
        """Names of all connectors."""
        self._check_loaded()
        return list(self._configs.state.configs)

    def connector_info(self, name: str) -> ConnectorInfo:
        """Raise NotFoundError when unknown."""
        self._check_loaded()
        return reports.connector_info(self._configs.state, name, self._type_of(name))

    def connector_config(self, name: str) -> dict[str, str | None]:
        """Raw configuration; NotFoundError."""
        self._check_loaded()
        return dict(reports.known_config(self._configs.state, name))

    def connector_status(self, name: str) -> ConnectorStateInfo:
        """Raise NotFoundError when there is no status."""
        self._check_loaded()
        status = self._statuses.connector(name)
        if status is None:
            message = f"No status found for connector {name}"
            raise NotFoundError(message)
        return reports.state_info(name, status, self._statuses.tasks(name), self._type_of(name))

    def task_status(self, task: TaskId) -> TaskState:
        """Raise NotFoundError when there is no status."""
        self._check_loaded()
        status = self._statuses.task(task)
        if status is None:
            message = f"No status found for task {task}"
            raise NotFoundError(message)
        return reports.task_state(task, status)

    def task_infos(self, name: str) -> list[TaskInfo]:
        """Raw task configurations; NotFoundError."""
        self._check_loaded()
        return reports.task_infos(self._configs.state, name)

    def active_topics(self, name: str) -> list[str]:
        """Topics used since the last reset; empty for an unknown connector. ForbiddenError."""
        self._check_topic_tracking()
        self._check_loaded()
        return self._statuses.topics(name)

    async def reset_active_topics(self, name: str) -> None:
        """Forget the topics a connector used. ForbiddenError."""
        self._check_topic_tracking()
        if not self._config.topic_tracking_allow_reset:
            message = "Topic tracking reset is disabled."
            raise ForbiddenError(message)
        self._check_loaded()
        self._statuses.remove_topics(name)
        self._worker.forget_topics(name)

    async def connector_offsets(self, name: str) -> ConnectorOffsets:
        """Read source offsets or the consumer group's; NotFoundError."""
        self._check_loaded()
        config = reports.known_config(self._configs.state, name)
        return await self._worker.questions.connector_offsets(name, config)

    # -- what the worker says ---------------------------------------------------------------------

    def on_connector_status(self, name: str, status: ConnectorStatus) -> None:
        """Keep the status of a connector that still exists."""
        if name in self._configs.state and self._keeps(status):
            self._statuses.put_connector(name, status, safe=status.state in _LAST_WORDS)

    def on_task_status(self, task: TaskId, status: ConnectorStatus) -> None:
        """Keep the status of a task its connector still has; one that failed may be restarted."""
        if status.state is State.FAILED:
            status = self._supervision.on_failed(task, status)
        if task in self._configs.state.tasks(task.connector) and self._keeps(status):
            self._statuses.put_task(task, status, safe=status.state in _LAST_WORDS)

    def on_active_topics(self, task: TaskId, topics: Sequence[str]) -> None:
        """Remember the topics a task uses."""
        if self._config.topic_tracking_enable and task.connector in self._configs.state:
            for topic in topics:
                self._statuses.add_topic(task, topic)

    def on_config_expired(self, what: str | TaskId) -> None:
        """Start a connector or task again, so that it gets new values of config providers."""
        if isinstance(what, TaskId):
            self._local.restart(None, [what])
        else:
            self._local.restart(what, [])

    def _keeps(self, status: ConnectorStatus) -> bool:
        """Whether a status reported by the worker is to be shown."""
        return True

    # -- plugins ----------------------------------------------------------------------------------

    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        """Installed plugins in Java's order of kinds; the same class and version once."""
        kinds = CONNECTOR_KINDS if connectors_only else LISTED_KINDS
        infos = [
            PluginInfo(plugin.class_name, plugin.kind.value)
            if plugin.version == "undefined"
            else PluginInfo(plugin.class_name, plugin.kind.value, plugin.version)
            for plugin in self._plugins.list(kinds)
        ]
        return list({(info.class_, info.type, info.version): info for info in infos}.values())

    async def plugin_config(self, name: str, version: str | None) -> list[ConfigKeyInfo]:
        """Settings of a plugin; NotFoundError, BadRequestError."""
        wanted = None if version == "latest" else version
        try:
            return await self._worker.questions.plugin_config(name, wanted)
        except NotFoundError:
            if self._is_of_another_kind(name):
                message = f"Invalid plugin class {name}. Valid types are {_DESCRIBED}."
                raise BadRequestError(message) from None
            raise

    def _is_of_another_kind(self, name: str) -> bool:
        """Whether a class is known but has no settings to describe, as providers and tasks."""
        others = [kind for kind in PluginKind if kind not in LISTED_KINDS]
        if any(name in (one.class_name, *one.aliases) for one in self._plugins.list(others)):
            return True
        connector = f"{name.removesuffix('Task')}Connector"
        connectors = {one.class_name for one in self._plugins.list(CONNECTOR_KINDS)}
        return name.endswith("Task") and connector in connectors

    async def validate(
        self, plugin: str, config: Mapping[str, str | None]
    ) -> tuple[ConfigInfos, list[str]]:
        """Validate a configuration for the plugin the URL names."""
        check_request_type(plugin, config)
        return await self._worker.questions.validate(config)

    async def _check_valid(self, config: Mapping[str, str | None], new: str | None = None) -> None:
        """Validate a configuration that is to be used; BadRequestError with all that is wrong.

        Args:
            config: The configuration.
            new: Name of a connector that does not exist yet: offsets it would go on with are told.
        """
        looking = asyncio.create_task(self._tell_of_offsets(new, config))
        try:
            infos, warnings = await self._worker.questions.validate(config)
            if (message := refusal(infos)) is not None:
                for warning in warnings:
                    notices.tell(warning)  # a misspelt name may well be the cause
                raise BadRequestError(message)
            await looking
        finally:
            looking.cancel()
        for warning in warnings:
            _log.warning("Connector %s: %s", config.get("name"), warning)
            notices.tell(warning)

    async def _tell_of_offsets(self, new: str | None, config: Mapping[str, str | None]) -> None:
        """Tell a user who creates a connector that it will not begin anew."""
        if new is None or new in self._configs.state or not notices.is_collecting():
            return
        try:
            async with asyncio.timeout(_LOOK_S):
                found = await self._worker.questions.connector_offsets(new, config)
        except (ConnectError, TimeoutError) as error:
            _log.debug("Offsets of an earlier connector %s were not looked for: %s", new, error)
            return
        if found.offsets:
            _log.warning("%s", text := reports.inherited_offsets(new, found))
            notices.tell(text)

    # -- loggers ----------------------------------------------------------------------------------

    def loggers(self) -> dict[str, LoggerLevel]:
        """Levels of all known loggers by name; the root logger is ``root``."""
        return {name: LoggerLevel(*level) for name, level in self._loggers.all().items()}

    def logger(self, name: str) -> LoggerLevel:
        """Raise NotFoundError when unknown."""
        level = self._loggers.get(name)
        if level is None:
            message = f"Logger {name} not found."
            raise NotFoundError(message)
        return LoggerLevel(*level)

    async def set_logger_level(self, name: str, level: str, *, cluster: bool) -> list[str]:
        """Set a level on a logger and those below it, in the worker and its runners."""
        changed = self._loggers.set(name, self._check_level(level))
        await self._worker.set_logger_level(name, level)
        return changed

    def _check_level(self, level: str) -> int:
        number = parse_level(level)
        if number is None:
            message = f"invalid log level '{level}'."
            raise NotFoundError(message)
        return number

    # -- for subclasses ---------------------------------------------------------------------------

    def _supervise(self, local: LocalWork) -> None:
        """Look after the tasks that run here; ConfigError when the settings for that are wrong."""
        self._supervision = TaskSupervision(self._config.originals, local)
        local.on_ordered = self._supervision.forget

    def _check_loaded(self) -> None:
        """Raise UnavailableError while what is configured is not known yet."""

    def _plan_restart(self, request: RestartRequest) -> RestartPlan:
        """Decide what a request restarts; NotFoundError when there is no status to go by."""
        name = request.connector
        connector = self._statuses.connector(name)
        if connector is None:
            message = f"Status for connector {name} not found"
            raise NotFoundError(message)
        tasks = self._statuses.tasks(name)
        return plan_restart(request, self.connector_status(name), connector, tasks)

    def _show_restarting(self, what: str | TaskId) -> None:
        """Say that a connector or task is about to start again."""
        if isinstance(what, TaskId):
            status = self._status_after(self._statuses.task(what), State.RESTARTING)
            self._statuses.put_task(what, status)
        else:
            status = self._status_after(self._statuses.connector(what), State.RESTARTING)
            self._statuses.put_connector(what, status)

    def _status_after(
        self, before: ConnectorStatus | None, state: State, trace: str | None = None
    ) -> ConnectorStatus:
        return self._worker.status(state, trace, None if before is None else before.version)

    async def _alter_offsets(self, name: str, offsets: Sequence[ConnectorOffset] | None) -> str:
        """Change or reset offsets when the connector's state allows it."""
        state = self._configs.state
        reports.check_modifiable(state, name)
        return await self._worker.questions.alter_connector_offsets(
            name, state.configs[name], offsets
        )

    def _check_topic_tracking(self) -> None:
        if not self._config.topic_tracking_enable:
            message = "Topic tracking is disabled."
            raise ForbiddenError(message)

    def _type_of(self, name: str) -> ConnectorType:
        """Look up what kind of connector it is; UNKNOWN when its class cannot be found."""
        class_name = self._configs.state.configs.get(name, {}).get("connector.class")
        if class_name is None:
            return ConnectorType.UNKNOWN
        known = self._types.get(class_name)
        if known is None:
            try:
                known = _TYPES[self._plugins.find_connector(class_name).kind]
            except ConnectError:
                return ConnectorType.UNKNOWN
            self._types[class_name] = known
        return known
