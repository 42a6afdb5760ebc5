# SPDX-License-Identifier: Apache-2.0
"""A herder that notes what it is asked, and clients of the REST API in the same process."""

from __future__ import annotations

import asyncio
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import httpx
import msgspec

from barnabas.errors import NotFoundError
from barnabas.rest.application import make_application
from barnabas.rest.asgi import ASGIApp, Message, Receive, Scope, Send, respond
from barnabas.rest.context import RestContext
from barnabas.runtime.herder.herder import Herder
from barnabas.runtime.model import (
    ConfigInfos,
    ConfigKeyInfo,
    ConnectorInfo,
    ConnectorOffset,
    ConnectorOffsets,
    ConnectorState,
    ConnectorStateInfo,
    ConnectorType,
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

JSON = {"content-type": "application/json"}
WORKER = "host:8083"
Config = Mapping[str, str | None]


class FakeHerder(Herder):
    """Knows the connectors of ``configs``, notes each change in ``asked``.

    ``error`` is raised by whatever is called; while ``busy`` no change ends.
    """

    def __init__(self) -> None:
        self.configs: dict[str, dict[str, str | None]] = {}
        self.without_status: set[str] = set()
        self.asked: list[tuple[Any, ...]] = []
        self.error: Exception | None = None
        self.busy = False
        self.finished = asyncio.Event()
        self.ready = True
        self.doing: str | None = None
        self.offsets = ConnectorOffsets([])
        self.warnings: list[str] = []
        self.measured = Metrics()

    async def _turn(self, *asked: Any) -> None:
        self.asked.append(asked)
        if self.busy:
            await self.finished.wait()
        if self.error is not None:
            raise self.error

    def _known(self, name: str) -> dict[str, str | None]:
        if self.error is not None:
            raise self.error
        if name not in self.configs:
            message = f"Connector {name} not found"
            raise NotFoundError(message)
        return self.configs[name]

    def server_info(self) -> ServerInfo:
        if self.error is not None:
            raise self.error
        return ServerInfo("4.1.0", "abc", "cluster")

    @property
    def is_ready(self) -> bool:
        return self.ready

    async def health_check(self) -> None:
        await self._turn("health")

    @property
    def stage(self) -> str | None:
        return self.doing

    def metrics(self) -> Metrics:
        return self.measured

    def connectors(self) -> list[str]:
        return list(self.configs)

    def connector_info(self, name: str) -> ConnectorInfo:
        return ConnectorInfo.of(name, self._known(name), [TaskId(name, 0)], ConnectorType.SOURCE)

    def connector_config(self, name: str) -> dict[str, str | None]:
        return self._known(name)

    def connector_status(self, name: str) -> ConnectorStateInfo:
        if name not in self.configs or name in self.without_status:
            message = f"No status found for connector {name}"
            raise NotFoundError(message)
        connector = ConnectorState("RUNNING", WORKER, "1")
        return ConnectorStateInfo(name, connector, [self.task_status(TaskId(name, 0))], "source")

    def task_status(self, task: TaskId) -> TaskState:
        if task.connector not in self.configs or task.task != 0:
            message = f"No status found for task {task}"
            raise NotFoundError(message)
        return TaskState(task.task, "FAILED", WORKER, msgspec.UNSET, "Traceback")

    def task_infos(self, name: str) -> list[TaskInfo]:
        self._known(name)
        return [TaskInfo.of(TaskId(name, 0), {"task.class": "T"})]

    def active_topics(self, name: str) -> list[str]:
        if self.error is not None:
            raise self.error
        return ["t"] if name in self.configs else []

    async def create_connector(
        self,
        name: str,
        config: Config,
        *,
        target_state: TargetState | None = None,
        replace: bool,
    ) -> tuple[bool, ConnectorInfo]:
        await self._turn("create", name, dict(config), target_state, replace)
        created = name not in self.configs
        return created, ConnectorInfo.of(name, dict(config), [], ConnectorType.SINK)

    async def patch_connector(self, name: str, patch: Config) -> ConnectorInfo:
        await self._turn("patch", name, dict(patch))
        return self.connector_info(name)

    async def delete_connector(self, name: str) -> None:
        await self._turn("delete", name)

    async def pause_connector(self, name: str) -> None:
        await self._turn("pause", name)

    async def resume_connector(self, name: str) -> None:
        await self._turn("resume", name)

    async def stop_connector(self, name: str) -> None:
        await self._turn("stop", name)

    async def restart_connector(self, name: str) -> None:
        await self._turn("restart", name)

    async def restart_connector_and_tasks(self, request: RestartRequest) -> ConnectorStateInfo:
        await self._turn("restart all", request)
        return self.connector_status(request.connector)

    async def restart_task(self, task: TaskId) -> None:
        await self._turn("restart task", task)

    async def reset_active_topics(self, name: str) -> None:
        await self._turn("reset topics", name)

    async def put_task_configs(
        self,
        name: str,
        configs: Sequence[Mapping[str, str]],
        *,
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        signature = headers.get("X-Connect-Authorization")
        await self._turn("task configs", name, list(configs), body, signature)

    async def fence_zombies(self, name: str, *, headers: Mapping[str, str]) -> None:
        await self._turn("fence", name, headers.get("X-Connect-Authorization"))

    async def connector_offsets(self, name: str) -> ConnectorOffsets:
        await self._turn("offsets", name)
        return self.offsets

    async def alter_offsets(self, name: str, offsets: Sequence[ConnectorOffset]) -> str:
        await self._turn("alter", name, list(offsets))
        return "altered"

    async def reset_offsets(self, name: str) -> str:
        await self._turn("reset", name)
        return "reset"

    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        connector = PluginInfo("org.example.Clock", "source", "1")
        converter = PluginInfo("org.example.Morse", "converter")
        return [connector] if connectors_only else [connector, converter]

    async def plugin_config(self, name: str, version: str | None) -> list[ConfigKeyInfo]:
        await self._turn("plugin config", name, version)
        return [key_info("file")]

    async def validate(self, plugin: str, config: Config) -> tuple[ConfigInfos, list[str]]:
        await self._turn("validate", plugin, dict(config))
        return ConfigInfos(plugin, 0, ["Common"], []), self.warnings

    def loggers(self) -> dict[str, LoggerLevel]:
        return {"a.b": LoggerLevel("DEBUG", 7), "root": LoggerLevel("INFO", None)}

    def logger(self, name: str) -> LoggerLevel:
        found = self.loggers().get(name)
        if found is None:
            message = f"Logger {name} not found."
            raise NotFoundError(message)
        return found

    async def set_logger_level(self, name: str, level: str, *, cluster: bool) -> list[str]:
        await self._turn("level", name, level, cluster)
        return [name]


def key_info(name: str) -> ConfigKeyInfo:
    """A setting with nothing special."""
    return ConfigKeyInfo(name, "STRING", True, None, "HIGH", "", None, -1, "NONE", name, [])


def client(app: ASGIApp) -> httpx.AsyncClient:
    """A client whose requests go straight into an application."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://worker:8083")


def serving(herder: Herder, **context: float) -> httpx.AsyncClient:
    """A client of the application over a herder."""
    return client(make_application(RestContext(herder, **context)))


def refused(answer: httpx.Response) -> tuple[int, str | None]:
    """Status and message of an error, whose body must be Connect's."""
    body = answer.json()
    assert list(body) == ["error_code", "message"]
    assert body["error_code"] == answer.status_code
    return answer.status_code, body["message"]


class Answer(NamedTuple):
    """What an application sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> list[bytes]:
        """Values of a header."""
        return [value for key, value in self.headers if key == name]


class Echo:
    """An application that answers 200 and remembers the last request it was given."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.scope: Scope | None = None
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        await respond(send, 200, b"hello", self._headers)


def scope_of(
    target: bytes, method: str = "GET", headers: Sequence[tuple[bytes, bytes]] = ()
) -> Scope:
    """A request as the server hands it on; ``target`` is sent as it is."""
    path, _, query = target.partition(b"?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": urllib.parse.unquote(path.decode("latin-1")),
        "raw_path": path,
        "root_path": "",
        "query_string": query,
        "headers": list(headers),
        "server": ("worker", 8083),
        "client": ("10.0.0.7", 4711),
    }


async def ask(app: ASGIApp, scope: Scope, body: bytes = b"", *, ends: bool = True) -> Answer:
    """Put one request to an application, below the level of HTTP clients, which mend requests.

    When the body does not end, the client goes away in the midst of it.
    """
    sent: list[Message] = []
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": not ends}]

    async def receive() -> Message:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    content = b"".join(message["body"] for message in rest)
    return Answer(start["status"], list(start["headers"]), content)
