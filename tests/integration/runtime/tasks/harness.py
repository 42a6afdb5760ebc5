# SPDX-License-Identifier: Apache-2.0
"""Runs tasks against a real broker, on threads, with links in memory."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from barnabas.api import SinkRecord, SinkTask, SourceRecord, SourceTask
from barnabas.runtime.model import State, TargetState, TaskId
from barnabas.runtime.plugins import PluginKind, PluginRegistry
from barnabas.runtime.plugins.discovery import discover
from barnabas.runtime.tasks import TaskSpec, run_task
from barnabas.testing import MemoryTaskLink

REGISTRY = PluginRegistry(
    discover(()).plugins, kinds_of=lambda _location: [PluginKind.TRANSFORMATION]
)
"""Takes classes of tests for transformations."""
STRING = "org.apache.kafka.connect.storage.StringConverter"
JSON = "org.apache.kafka.connect.json.JsonConverter"
FILE_SOURCE = "barnabas.connectors.file.source:FileStreamSourceTask"
FILE_SINK = "barnabas.connectors.file.sink:FileStreamSinkTask"


class Running:
    """A task that runs on a thread."""

    def __init__(self, spec: TaskSpec, link: MemoryTaskLink) -> None:
        self.link = link
        self.error: Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(spec,), daemon=True)
        self._thread.start()

    def _run(self, spec: TaskSpec) -> None:
        try:
            run_task(spec, self.link, REGISTRY)
        except Exception as error:
            self.error = error

    def wait_until_running(self) -> None:
        self.link.wait_until(lambda: self.link.states[-1:] == [State.RUNNING], 30)

    def stop(self) -> None:
        """Stop it; raises what it failed with."""
        self.link.stop()
        self.join()

    def join(self, timeout_s: float = 30) -> None:
        self._thread.join(timeout_s)
        assert not self._thread.is_alive(), "the task did not end"
        if self.error is not None:
            raise self.error


@contextlib.contextmanager
def running(spec: TaskSpec, link: MemoryTaskLink | None = None) -> Iterator[Running]:
    """Run a task, and stop it at the end of the block."""
    task = Running(spec, link or MemoryTaskLink())
    try:
        yield task
    finally:
        task.link.stop()
        task._thread.join(30)


def spec(
    bootstrap_servers: str,
    name: str,
    task_class: str,
    *,
    number: int = 0,
    converter: str = STRING,
    worker: Mapping[str, str] | None = None,
    **config: str,
) -> TaskSpec:
    """Make a task; in names of settings ``__`` stands for a dot."""
    settings = {"name": name, **{key.replace("__", "."): text for key, text in config.items()}}
    return TaskSpec(
        id=TaskId(name, number),
        connector_class="X",
        task_class=task_class,
        connector_config=settings,
        task_config=settings,
        worker_config={
            "bootstrap.servers": bootstrap_servers,
            "key.converter": converter,
            "value.converter": converter,
            "offset.flush.interval.ms": "200",
            **(worker or {}),
        },
        target_state=TargetState.STARTED,
        generation=0,
        is_sink="topics" in settings or "topics.regex" in settings,
    )


def eventually(condition: Callable[[], Any], timeout_s: float = 30) -> Any:
    """Wait until a condition holds, and return what it returned."""
    deadline = time.monotonic() + timeout_s
    while not (answer := condition()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return answer


class Script:
    """What the scripted tasks of a test do and see, by the connector's name."""

    def __init__(self) -> None:
        self.polls: list[Sequence[SourceRecord] | Callable[[Any], Sequence[SourceRecord]]] = []
        self.told: list[Any] = []
        self.records: list[SinkRecord] = []
        self.puts = 0
        self.opened: list[Any] = []
        self.closed: list[Any] = []
        self.commits = 0
        self.on_put: Callable[[SinkTask, Sequence[SinkRecord]], None] = lambda _task, _records: None
        self.lock = threading.Lock()

    @property
    def values(self) -> list[Any]:
        with self.lock:
            return [record.value for record in self.records]


SCRIPTS: dict[str, Script] = {}


def script(name: str) -> Script:
    """The script of a connector."""
    return SCRIPTS.setdefault(name, Script())


class ScriptedSource(SourceTask):
    """Returns the records of its script, one list per poll, or what a function of it makes."""

    def start(self, props: Mapping[str, str]) -> None:
        self.script = script(props["name"])

    def poll(self) -> Sequence[SourceRecord] | None:
        if self.script.polls:
            step = self.script.polls.pop(0)
            return step(self.context) if callable(step) else step
        self.context.wait(0.1)
        return None

    def commit(self) -> None:
        self.script.commits += 1

    def stop(self) -> None:
        pass


class TellingSource(ScriptedSource):
    """Hears of each record."""

    def commit_record(self, record: SourceRecord, metadata: Any) -> None:
        self.script.told.append((record, metadata))


class ScriptedSink(SinkTask):
    """Keeps what it is given; the script may object."""

    def start(self, props: Mapping[str, str]) -> None:
        self.script = script(props["name"])

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.script.puts += 1
        self.script.on_put(self, records)
        with self.script.lock:
            self.script.records.extend(records)

    def open(self, partitions: Any) -> None:
        self.script.opened.append(set(partitions))

    def close(self, partitions: Any) -> None:
        self.script.closed.append(set(partitions))

    def stop(self) -> None:
        pass


SOURCE = f"{__name__}:ScriptedSource"
TELLING_SOURCE = f"{__name__}:TellingSource"
SINK = f"{__name__}:ScriptedSink"
