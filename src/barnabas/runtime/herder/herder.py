# SPDX-License-Identifier: Apache-2.0
"""The interface between the REST API and whoever decides what runs.

All methods are called on the worker's event loop. Those that are not coroutines answer from a
snapshot and never wait; coroutines may take as long as the operation does, the REST layer puts the
deadline (90 s, as Java's). All errors are those of :mod:`barnabas.errors`; the REST layer knows the
status code of each.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence

from barnabas.runtime.model import (
    ConfigInfos,
    ConfigKeyInfo,
    ConnectorInfo,
    ConnectorOffset,
    ConnectorOffsets,
    ConnectorStateInfo,
    LoggerLevel,
    Metrics,
    PluginInfo,
    RestartRequest,
    ServerInfo,
    TargetState,
    TaskId,
    TaskInfo,
    TaskState,
)

__all__ = ["Herder"]

Config = Mapping[str, str | None]


class Herder(abc.ABC):
    """Owns the state of connectors and tasks; the single place that changes it."""

    # -- the worker ---------------------------------------------------------------------------

    @abc.abstractmethod
    def server_info(self) -> ServerInfo:
        """Version of Connect we speak, commit, id of the Kafka cluster."""

    @property
    @abc.abstractmethod
    def is_ready(self) -> bool:
        """Whether start-up is complete (KIP-1017)."""

    @abc.abstractmethod
    async def health_check(self) -> None:
        """Return once the herder proved alive by taking a turn of its work."""

    @property
    @abc.abstractmethod
    def stage(self) -> str | None:
        """What the herder does now, as a sentence for time-out answers; None when idle."""

    @abc.abstractmethod
    def metrics(self) -> Metrics:
        """Everything the worker measures, from memory; also while it starts and without Kafka."""

    # -- reads, from the snapshot --------------------------------------------------------------

    @abc.abstractmethod
    def connectors(self) -> list[str]:
        """Names of all connectors."""

    @abc.abstractmethod
    def connector_info(self, name: str) -> ConnectorInfo:
        """Raise NotFoundError when unknown."""

    @abc.abstractmethod
    def connector_config(self, name: str) -> dict[str, str | None]:
        """Raw configuration, references to config providers unresolved; NotFoundError."""

    @abc.abstractmethod
    def connector_status(self, name: str) -> ConnectorStateInfo:
        """Raise NotFoundError when there is no status."""

    @abc.abstractmethod
    def task_status(self, task: TaskId) -> TaskState:
        """Raise NotFoundError when there is no status."""

    @abc.abstractmethod
    def task_infos(self, name: str) -> list[TaskInfo]:
        """Raw task configurations; NotFoundError."""

    @abc.abstractmethod
    def active_topics(self, name: str) -> list[str]:
        """Topics used since the last reset; empty for an unknown connector. ForbiddenError."""

    # -- changes -------------------------------------------------------------------------------

    @abc.abstractmethod
    async def create_connector(
        self,
        name: str,
        config: Config,
        *,
        target_state: TargetState | None = None,
        replace: bool,
    ) -> tuple[bool, ConnectorInfo]:
        """Validate and create, or with ``replace`` reconfigure, a connector.

        Returns:
            Whether it was created anew, and its description.

        Raises:
            BadRequestError: The configuration is invalid; the message lists what.
            AlreadyExistsError: It exists and ``replace`` is false.
        """

    @abc.abstractmethod
    async def patch_connector(self, name: str, patch: Config) -> ConnectorInfo:
        """Merge into the raw configuration, None removes a key (KIP-477)."""

    @abc.abstractmethod
    async def delete_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown."""

    @abc.abstractmethod
    async def pause_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""

    @abc.abstractmethod
    async def resume_connector(self, name: str) -> None:
        """Raise NotFoundError when unknown; the effect follows later."""

    @abc.abstractmethod
    async def stop_connector(self, name: str) -> None:
        """Stop connector and tasks and forget the tasks (KIP-875)."""

    @abc.abstractmethod
    async def restart_connector(self, name: str) -> None:
        """Restart the connector instance only; returns when it started."""

    @abc.abstractmethod
    async def restart_connector_and_tasks(self, request: RestartRequest) -> ConnectorStateInfo:
        """Restart what the request covers; returns the planned states (KIP-745)."""

    @abc.abstractmethod
    async def restart_task(self, task: TaskId) -> None:
        """Restart one task; returns when it has shown a state, or after 2 s."""

    @abc.abstractmethod
    async def reset_active_topics(self, name: str) -> None:
        """Forget the topics a connector used. ForbiddenError."""

    @abc.abstractmethod
    async def put_task_configs(
        self,
        name: str,
        configs: Sequence[Mapping[str, str]],
        *,
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        """Take task configurations from another worker (internal); standalone: UnsupportedError."""

    @abc.abstractmethod
    async def fence_zombies(self, name: str, *, headers: Mapping[str, str]) -> None:
        """Fence earlier tasks of a source connector (internal); standalone: UnsupportedError."""

    # -- offsets (KIP-875) -----------------------------------------------------------------------

    @abc.abstractmethod
    async def connector_offsets(self, name: str) -> ConnectorOffsets:
        """Read source offsets or the consumer group's; NotFoundError."""

    @abc.abstractmethod
    async def alter_offsets(self, name: str, offsets: Sequence[ConnectorOffset]) -> str:
        """Change offsets of a stopped connector; returns the message for the user."""

    @abc.abstractmethod
    async def reset_offsets(self, name: str) -> str:
        """Delete all offsets of a stopped connector; returns the message for the user."""

    # -- plugins ---------------------------------------------------------------------------------

    @abc.abstractmethod
    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        """Installed plugins in Java's order of kinds."""

    @abc.abstractmethod
    async def plugin_config(self, name: str, version: str | None) -> list[ConfigKeyInfo]:
        """Settings of a plugin; NotFoundError, BadRequestError."""

    @abc.abstractmethod
    async def validate(self, plugin: str, config: Config) -> tuple[ConfigInfos, list[str]]:
        """Validate a connector's configuration.

        Args:
            plugin: Plugin named in the URL; it must be that of ``connector.class``.
            config: The configuration.

        Returns:
            The answer, and warnings that Java does not give (unknown keys with near names).
        """

    # -- loggers ---------------------------------------------------------------------------------

    @abc.abstractmethod
    def loggers(self) -> dict[str, LoggerLevel]:
        """Levels of all known loggers by name; the root logger is ``root``."""

    @abc.abstractmethod
    def logger(self, name: str) -> LoggerLevel:
        """Raise NotFoundError when unknown."""

    @abc.abstractmethod
    async def set_logger_level(self, name: str, level: str, *, cluster: bool) -> list[str]:
        """Set a level on a logger and those below it, in the worker and its runners.

        Returns:
            Names of the loggers whose level really changed, sorted.
        """
