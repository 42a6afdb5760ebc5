# SPDX-License-Identifier: Apache-2.0
"""A worker without processes, and a herder over it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from barnabas.errors import BadRequestError, ConnectError, NotFoundError
from barnabas.runtime.herder.standalone import StandaloneHerder
from barnabas.runtime.model import (
    ConfigInfo,
    ConfigInfos,
    ConfigKeyInfo,
    ConfigValueInfo,
    ConnectorOffset,
    ConnectorOffsets,
    ConnectorStatus,
    Metrics,
    State,
    TargetState,
    TaskId,
)
from barnabas.runtime.plugins import Plugin, PluginKind, PluginRegistry
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.telemetry.loggers import LoggerRegistry

SOURCE = "org.example.ClockSourceConnector"
SINK = "org.example.DrainSinkConnector"
STATES = {
    TargetState.STARTED: State.RUNNING,
    TargetState.PAUSED: State.PAUSED,
    TargetState.STOPPED: State.STOPPED,
}
SETTINGS = {
    "bootstrap.servers": "broker:9092",
    "key.converter": "org.apache.kafka.connect.storage.StringConverter",
    "value.converter": "org.apache.kafka.connect.storage.StringConverter",
    "offset.storage.file.filename": "/nowhere/offsets",
}


def config(**more: str | None) -> dict[str, str | None]:
    """A connector's configuration; underscores stand for dots."""
    named = {"name": "c", "connector.class": SOURCE}
    return {**named, **{key.replace("_", "."): value for key, value in more.items()}}


async def until(claim: Callable[[], bool]) -> None:
    """Let other tasks run until a claim is true."""
    for _ in range(5_000):
        if claim():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come true")


class FakeWorker:
    """Does at once what it is told, and remembers it."""

    def __init__(self, listener) -> None:
        self.listener = listener
        self.questions = self
        self.worker_id = "w:8083"
        self.generation = 0
        self.guard: object = None
        self.offset_store = MemoryOffsetStore()
        self.calls: list[str] = []
        self.connectors: dict[str, State] = {}
        self.configs: dict[str, Mapping[str, str | None]] = {}
        self.tasks: dict[TaskId, State] = {}
        self.task_maps: dict[TaskId, Mapping[str, str | None]] = {}
        self.broken: set[str] = set()
        """Names of connectors and tasks that cannot be started."""
        self.gate: asyncio.Event | None = None
        """When set, starting a connector waits for it, or until it is stopped."""
        self.task_configs_gate: asyncio.Event | None = None
        """When set, making task configurations waits for it."""
        self.stop_gate: asyncio.Event | None = None
        """When set, stopping tasks waits for it."""
        self.stopped: dict[str, asyncio.Event] = {}
        self.offset_calls: list[object] = []
        self.logger_levels: dict[str, str] = {}

    async def with_client_values(self, config: Mapping[str, str | None]) -> dict[str, str]:
        return {key: value for key, value in config.items() if value is not None}

    async def start(self) -> None:
        self.calls.append("start")

    async def stop(self) -> None:
        self.calls.append("stop")

    async def validate(self, config: Mapping[str, str | None]):
        if config.get("connector.class") is None:
            raise BadRequestError("Connector config contains no connector type")
        errors = ["Value must be at least 1"] if config.get("tasks.max") == "0" else []
        key = ConfigKeyInfo(
            "tasks.max", "INT", False, "1", "HIGH", "doc", "Common", 4, "SHORT", "Tasks max", []
        )
        value = ConfigValueInfo("tasks.max", config.get("tasks.max"), [], errors, True)
        infos = ConfigInfos(
            str(config["connector.class"]), len(errors), ["Common"], [ConfigInfo(key, value)]
        )
        return infos, ["Setting flie is not known. Did you mean file?"] if "flie" in config else []

    async def plugin_config(self, name: str, version: str | None):
        if name != SOURCE:
            raise NotFoundError(f"Unknown plugin {name}.")
        return [ConfigKeyInfo("v", "STRING", True, version, "LOW", "", None, -1, "NONE", "v", [])]

    async def start_connector(self, name, config, target_state) -> None:
        assert name not in self.connectors, "stop it first"
        self.calls.append(f"start {name} {target_state.value}")
        self.connectors[name] = State.UNASSIGNED
        if self.gate is not None:
            stopped = self.stopped[name] = asyncio.Event()
            waits = [asyncio.create_task(event.wait()) for event in (self.gate, stopped)]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if stopped.is_set():
                raise ConnectError("stopped while it was being started")
        if name in self.broken:
            self._report(name, State.FAILED, "broken")
            raise ConnectError("broken")
        self.configs[name] = dict(config)
        self._report(name, STATES[target_state])

    def has_connector(self, name: str) -> bool:
        return name in self.connectors

    def is_connector_running(self, name: str) -> bool:
        return self.connectors.get(name) is State.RUNNING

    async def task_configs(self, name: str) -> list[dict[str, str]]:
        self.calls.append(f"task configs {name}")
        config = self.configs[name]
        if self.task_configs_gate is not None:
            await self.task_configs_gate.wait()
        if config.get("refuses"):
            if config["refuses"] == "and dies":
                self._report(name, State.FAILED, "no tasks today\nits stack")
            raise ConnectError("no tasks today")
        count = int(config.get("tasks.max") or 1)
        return [{"task.class": "T", "n": str(number)} for number in range(count)]

    async def set_connector_target_state(self, name: str, state: TargetState) -> None:
        self.calls.append(f"bring {name} {state.value}")
        self._report(name, STATES[state])

    async def stop_connector(self, name: str) -> None:
        if self.connectors.pop(name, None) is not None:
            self.calls.append(f"stop {name}")
            if name in self.stopped:
                self.stopped.pop(name).set()

    async def task_spoken(self, task, timeout_s) -> None:
        assert task in self.tasks

    async def start_task(
        self, task, connector_config, task_config, target_state, *, task_count=None
    ) -> None:
        assert task not in self.tasks, "stop it first"
        self.calls.append(f"start {task} {target_state.value}")
        self.tasks[task] = State.UNASSIGNED
        self.task_maps[task] = task_config
        if str(task) in self.broken:
            self._report_task(task, State.FAILED, "broken")
            raise ConnectError("broken")
        self._report_task(task, STATES[target_state])

    def has_failed(self, task: TaskId) -> bool:
        return self.tasks.get(task) is State.FAILED

    def failure_cause(self, task: TaskId) -> None:
        return None

    def has_task(self, task: TaskId) -> bool:
        return task in self.tasks

    async def set_task_target_state(self, task: TaskId, state: TargetState) -> None:
        self.calls.append(f"bring {task} {state.value}")
        self._report_task(task, STATES[state])

    def metrics(self) -> Metrics:
        tasks = {task: {"status": state.value.lower()} for task, state in self.tasks.items()}
        return Metrics(worker={"task-count": len(tasks)}, tasks=tasks)

    def forget_topics(self, connector: str) -> None:
        self.calls.append(f"forget topics of {connector}")

    async def stop_tasks(self, tasks) -> None:
        for task in tasks:
            if self.tasks.pop(task, None) is not None:
                self.calls.append(f"stop {task}")
                if self.stop_gate is not None:
                    await self.stop_gate.wait()

    async def connector_offsets(self, name, config) -> ConnectorOffsets:
        return ConnectorOffsets([ConnectorOffset({"p": name}, {"o": 1})])

    async def alter_connector_offsets(self, name, config, offsets: Sequence | None) -> str:
        self.offset_calls.append((name, offsets))
        return "done"

    async def set_logger_level(self, name: str, level: str) -> None:
        self.logger_levels[name] = level

    def status(self, state: State, trace: str | None, version: str | None) -> ConnectorStatus:
        return ConnectorStatus(state, self.worker_id, self.generation, trace, version)

    def _report(self, name: str, state: State, trace: str | None = None) -> None:
        self.connectors[name] = state
        self.listener.on_connector_status(name, self.status(state, trace, "1.2"))

    def _report_task(self, task: TaskId, state: State, trace: str | None = None) -> None:
        self.tasks[task] = state
        self.listener.on_task_status(task, self.status(state, trace, "undefined"))


PLUGINS = PluginRegistry(
    [
        Plugin(SOURCE, PluginKind.SOURCE, "example:Clock", "1.2"),
        Plugin(SINK, PluginKind.SINK, "example:Drain"),
        Plugin("org.example.TextConverter", PluginKind.CONVERTER, "example:Text", "1.0"),
        Plugin("org.example.VaultConfigProvider", PluginKind.CONFIG_PROVIDER, "example:Vault"),
    ],
    kinds_of=lambda _: (),
)


class Bench:
    """A herder, its worker and what belongs to them."""

    def __init__(self, settings: Mapping[str, str] | None = None, **options) -> None:
        self.ask = options.pop("ask", lambda: "cluster-1")
        self.config = StandaloneConfig({**SETTINGS, **(settings or {})})
        self.herder = StandaloneHerder(
            self.config,
            PLUGINS,
            FakeWorker,
            self.ask,
            LoggerRegistry(lambda: 7),
            **options,
        )
        self.worker: FakeWorker = self.herder._worker

    async def start(self) -> None:
        await self.herder.start()
        await self.herder.wait_until_connected()
        self.herder.set_ready()
        self.worker.calls.clear()

    def be_impatient(self) -> None:
        """Give a step that is no longer wanted no time to finish."""
        local = self.herder._local
        local._around = local._around._replace(politeness_s=0.0)

    async def settle(self) -> None:
        """Wait until nothing is left to do in the background."""
        async with asyncio.timeout(10):
            await self.herder._local.settled()
            while self.herder._publisher._runs or not self.herder._local.is_settled:
                await asyncio.gather(*self.herder._publisher._runs.values())
                await self.herder._local.settled()

    async def create(self, name: str = "c", **more: str | None) -> None:
        """Create a connector and let it start."""
        await self.herder.create_connector(name, config(name=name, **more), replace=True)
        await self.settle()

    def states(self, name: str = "c") -> list[str]:
        """State of the connector, then those of its tasks."""
        info = self.herder.connector_status(name)
        return [info.connector.state, *(task.state for task in info.tasks)]
