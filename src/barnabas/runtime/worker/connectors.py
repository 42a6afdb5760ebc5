# SPDX-License-Identifier: Apache-2.0
"""The connector instances of this node: started, asked for task configurations, paused, ended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

from barnabas.errors import ConnectError, IllegalStateError, NotFoundError
from barnabas.runtime.model import State, TargetState
from barnabas.runtime.plugins import Plugin, PluginKind
from barnabas.runtime.runners.messages import (
    Done,
    GenerateTaskConfigs,
    SetConnectorState,
    TaskConfigsAnswer,
)
from barnabas.runtime.worker import task_configs as configs
from barnabas.runtime.worker.connector_runners import ConnectorRunners, Make, Seat
from barnabas.runtime.worker.instances import ConnectorInstance, Host, leaving
from barnabas.runtime.worker.offset_stores import OffsetsLease, OffsetStores
from barnabas.runtime.worker.orders import Orders
from barnabas.runtime.worker.plugin_questions import PluginQuestions, expected

__all__ = ["Connectors", "Deadlines"]

Config = Mapping[str, str | None]
A = TypeVar("A")


class Deadlines(NamedTuple):
    """How long user code may take, in seconds."""

    call_s: float = 90.0
    """For a method of a connector; REST requests wait as long."""
    connector_stop_s: float = 5.0
    """For connectors to stop, all together, as in Java. Tasks have a setting for that."""


class Connectors:
    """The connector instances of this node. On the worker's event loop.

    Args:
        host: What instances talk to.
        questions: Finds plugins.
        orders: Makes what processes are told.
        runners: The processes connectors share.
        offset_stores: Where the offsets of sources are.
        deadlines: How long user code may take.
    """

    def __init__(
        self,
        host: Host,
        *,
        questions: PluginQuestions,
        orders: Orders,
        runners: ConnectorRunners,
        offset_stores: OffsetStores,
        deadlines: Deadlines,
    ) -> None:
        self._host = host
        self._questions = questions
        self._orders = orders
        self._runners = runners
        self._offset_stores = offset_stores
        self._deadlines = deadlines
        self._instances: dict[str, ConnectorInstance] = {}
        self.stopping: set[ConnectorInstance] = set()
        """Those that are being ended; not among the others any more."""

    def instances(self) -> list[ConnectorInstance]:
        """The connectors of this node."""
        return list(self._instances.values())

    def clear(self) -> None:
        """Forget all connectors, without ending them."""
        self._instances.clear()

    async def start(self, name: str, config: Config, target_state: TargetState) -> None:
        """Start a connector; returns when it has reached the target state.

        Raises:
            IllegalStateError: It runs already.
            ConnectError: It could not be started; its status is FAILED.
        """
        running = self._instances.get(name)
        if running is not None and not running.is_over:
            text = f"Connector with name {name} already exists on this worker; stop it first."
            raise IllegalStateError(text)
        instance = self._instances[name] = ConnectorInstance(self._host, name, config)
        instance.target_state = target_state
        instance.start_again = lambda: self.start(name, config, instance.target_state)
        try:
            plugin = await self._questions.plugin_of(config)
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

    def has(self, name: str) -> bool:
        """Whether this connector was given to this node, in whatever state it is."""
        return name in self._instances

    def is_running(self, name: str) -> bool:
        """Whether it is started, neither paused nor failed: it can make task configurations."""
        instance = self._instances.get(name)
        return instance is not None and instance.is_running

    def names(self) -> list[str]:
        """Names of the connectors of this node."""
        return list(self._instances)

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

    async def set_target_state(self, name: str, state: TargetState) -> None:
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

    async def stop(self, names: Iterable[str]) -> None:
        """End connectors together; those that take too long (5 s in total) are killed."""
        found = [self._instances.pop(name) for name in names if name in self._instances]
        seats = [instance.runner for instance in found if instance.runner is not None]
        with leaving(found, self.stopping):
            await self._runners.stop(seats, self._deadlines.connector_stop_s)
        for instance in found:
            instance.close()

    def _connector(self, name: str) -> ConnectorInstance:
        if name not in self._instances:
            text = f"Connector {name} does not run on this worker."
            raise NotFoundError(text)
        return self._instances[name]

    async def _give_seat(self, instance: ConnectorInstance, plugin: Plugin) -> None:
        """Start a connector in a process; one that is STOPPED needs none."""
        spec = self._orders.connector(instance.name, plugin, instance.config, instance.target_state)
        setup = self._orders.setup("connectors", plugin)
        if plugin.kind is PluginKind.SOURCE:
            instance.let_go()
            instance.offsets = await self._offsets_of(instance)
        instance.runner = self._runners.seat(setup, plugin.interpreter, spec, instance)
        await instance.runner.start()

    async def _offsets_of(self, instance: ConnectorInstance) -> OffsetsLease:
        try:
            reached = await self._questions.offsets_config(instance.config)
        except ConnectError as error:
            instance.report(State.FAILED, error.message)
            raise
        if instance.is_closed:
            text = f"The connector {instance.name} was stopped while it was being started."
            raise ConnectError(text)
        return self._offset_stores.lease(instance.name, reached)

    async def _take_seat(self, instance: ConnectorInstance) -> None:
        """End what is left of a connector that has stopped, without a word."""
        seat, instance.runner = instance.runner, None
        instance.let_go()
        if seat is not None:
            seat.mute()
            await self._runners.stop([seat], self._deadlines.connector_stop_s)

    def _seat_of(self, instance: ConnectorInstance) -> Seat:
        if instance.runner is None or not instance.is_alive:
            text = f"Connector {instance.name} has no process: it has failed or is just starting."
            raise IllegalStateError(text)
        return instance.runner

    async def _ask(self, instance: ConnectorInstance, kind: type[A], make: Make, call: str) -> A:
        seat = self._seat_of(instance)
        answer = await seat.call(make, call=call, deadline_s=self._deadlines.call_s)
        return expected(answer, kind)
