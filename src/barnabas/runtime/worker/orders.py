# SPDX-License-Identifier: Apache-2.0
"""What runners are told: made from configurations as stored, a plugin and the worker's settings.

Pure. Secrets are still references here; runners resolve them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from barnabas.errors import PluginError
from barnabas.runtime.model import TargetState, TaskId
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.runners.messages import ConnectorSpec, PluginRef, Setup
from barnabas.runtime.tasks.link import TaskSpec
from barnabas.runtime.worker import task_configs as configs

__all__ = ["Orders", "texts"]

Config = Mapping[str, str | None]


class Orders:
    """Makes the orders of one worker.

    Args:
        originals: The worker's settings as given.
        is_distributed: Whether it is a distributed worker.
        secrets: Values among the settings that nobody may show.
    """

    def __init__(
        self,
        originals: Mapping[str, str],
        *,
        is_distributed: bool,
        secrets: Iterable[str] = (),
    ) -> None:
        self._originals = dict(originals)
        self._secrets = list(secrets)
        self._is_distributed = is_distributed

    def setup(
        self, what: str, plugin: Plugin | None = None, log_context: tuple[str, str] | None = None
    ) -> Setup:
        """Make what a runner is told first.

        Args:
            what: What it is for, for people.
            plugin: Whose code it runs; None when only the framework's is.
            log_context: Connector and part, for log lines.
        """
        folders = []
        if plugin is not None and plugin.folder and plugin.interpreter is None:
            folders = [plugin.folder]
        return Setup(
            what, log_context, folders, self._originals, self._is_distributed, {}, self._secrets
        )

    def connector(
        self, name: str, plugin: Plugin, config: Config, target_state: TargetState
    ) -> ConnectorSpec:
        """Make the order to run a connector."""
        return ConnectorSpec(name, self.plugin(plugin, config), texts(config), target_state)

    def task(
        self,
        task: TaskId,
        plugin: Plugin,
        config: Config,
        task_config: Config,
        state: tuple[TargetState, int],
    ) -> TaskSpec:
        """Make the order to run a task.

        Args:
            task: Which.
            plugin: Of its connector.
            config: Configuration of its connector, as stored.
            task_config: Its own configuration, as stored.
            state: State to begin with, and generation of the worker.

        Raises:
            PluginError: Its configuration does not name its class.
        """
        own = texts(task_config)
        if configs.TASK_CLASS not in own:
            text = f"The configuration of task {task} has no {configs.TASK_CLASS}."
            raise PluginError(text)
        return TaskSpec(
            task,
            config.get("connector.class") or "",
            own[configs.TASK_CLASS],
            texts(config),
            own,
            self._originals,
            *state,
            plugin.kind is PluginKind.SINK,
        )

    @staticmethod
    def plugin(plugin: Plugin, config: Config) -> PluginRef:
        """Make the reference by which a runner finds a plugin."""
        name = config.get("connector.class") or plugin.class_name
        return PluginRef(name, plugin.location, plugin.kind is PluginKind.SINK)


def texts(config: Config) -> dict[str, str]:
    """Leave out keys without a value."""
    return {key: value for key, value in config.items() if value is not None}
