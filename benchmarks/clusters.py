# SPDX-License-Identifier: Apache-2.0
"""Clusters of distributed workers of one peer, and what a measurement asks of one.

What runs where and since when is read from the status topic, which both peers write: a status is as
old as its record's timestamp, to the millisecond, and asking costs the workers nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # re-exported by the package
    AdminClient,
    NewTopic,
)

from benchmarks import steady_source
from tests.services.child import tail
from tests.services.distributed_worker import DistributedWorker
from tests.services.java_worker import JavaWorker
from tests.services.maven import fetch_jars, find_program
from tests.services.worker_process import WorkerProcess

__all__ = [
    "SETTINGS",
    "Cluster",
    "Instance",
    "Peer",
    "Status",
    "StatusLog",
    "call",
    "clean_up",
    "peers",
    "steady",
    "wait_until_healthy",
]

HERE = Path(__file__).parent
JAVA = ["-Xms256m", "-Xmx2g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20"]
JAVA_LOG = HERE.parent / "tests" / "services" / "connect" / "log4j2.properties"
# Java's defaults, where the settings of the tests' workers are quicker.
SETTINGS = {
    "session.timeout.ms": "10000",
    "heartbeat.interval.ms": "3000",
    "offset.flush.interval.ms": "10000",
    "offset.storage.partitions": "25",
    "status.storage.partitions": "5",
    "task.shutdown.graceful.timeout.ms": "5000",
    "scheduled.rebalance.max.delay.ms": "300000",
}
Instance = tuple[str, int | None]
"""A connector's name, and the number of a task of it or None for the connector itself."""


# --- peers


class BenchJavaWorker(JavaWorker):
    """Java's worker with its usual options, and the steady source on its class path."""

    libs: Path

    def command(self, file: Path) -> Sequence[str | Path]:
        """Return Java with the main class and the worker file."""
        path = f"{self.libs}/*:{fetch_jars(HERE / 'java-steady' / 'pom.xml')}/*"
        logging = f"-Dlog4j2.configurationFile={JAVA_LOG}"
        main = "org.apache.kafka.connect.cli.ConnectDistributed"
        return [find_program("java"), *JAVA, logging, "-cp", path, main, file]


@dataclasses.dataclass(frozen=True)
class Peer:
    """One of the two that are compared."""

    name: str
    java_libs: Path | None = None

    def worker(
        self, folder: Path, bootstrap_servers: str, group: str, settings: Mapping[str, str]
    ) -> WorkerProcess:
        """Make a worker, which is not started yet."""
        if self.java_libs is None:
            plugins = folder.parent / "plugins"
            if not plugins.exists():
                steady_source.make_plugin_folder(plugins)
            all_settings = {**SETTINGS, "plugin.path": str(plugins), **settings}
            return DistributedWorker(folder, bootstrap_servers, group, settings=all_settings)
        worker = BenchJavaWorker(
            folder, bootstrap_servers, group, settings={**SETTINGS, **settings}
        )
        worker.libs = self.java_libs
        return worker


def peers(only: str, java_libs: Path | None) -> list[Peer]:
    """Return the peers of a comma-separated list that can run here.

    Args:
        only: ``barnabas,java`` or one of them.
        java_libs: The jars of Java Connect; without them Java is left out.
    """
    wanted = only.lower().split(",")
    found = [Peer("Barnabas")] if "barnabas" in wanted else []
    if java_libs is not None and "java" in wanted:
        found.append(Peer("Java", java_libs))
    return found


def steady(name: str, topic: str, tasks: int, rate: int) -> dict[str, Any]:
    """Return the body that creates a steady source: ``rate`` records a second and task."""
    config = {
        "connector.class": steady_source.JAVA_CLASS,
        "topic": topic,
        "tasks.max": str(tasks),
        "throughput": str(rate),
        "messages.per.poll": "1",
    }
    return {"name": name, "config": config}


# --- statuses


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """A record of the status topic; ``state`` and ``worker`` are None in a tombstone."""

    at_ms: int
    instance: Instance
    state: str | None
    worker: str | None
    generation: int | None


class StatusLog:
    """Everything the status topic of a cluster says, read by a thread as it comes."""

    def __init__(self, bootstrap_servers: str, topic: str) -> None:
        self._consumer = confluent_kafka.Consumer(
            {"bootstrap.servers": bootstrap_servers, "group.id": topic, "fetch.wait.max.ms": 20}
        )
        self._topic = topic
        self._all: list[Status] = []
        self._current: dict[Instance, Status] = {}
        self._changed = threading.Condition()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._is_stopping = True
        self._thread.join(10)
        self._consumer.close()

    def current(self) -> dict[Instance, Status]:
        """The last status of every connector and task that has one."""
        with self._changed:
            return dict(self._current)

    def since(self, at_ms: float, to_ms: float = float("inf")) -> list[Status]:
        """All statuses written in a time, in order of the clock."""
        with self._changed:
            found = [status for status in self._all if at_ms <= status.at_ms <= to_ms]
        return sorted(found, key=lambda status: status.at_ms)

    def wait_for(
        self, is_so: Callable[[dict[Instance, Status]], bool], timeout_s: float
    ) -> float | None:
        """Wait until the current statuses are as wanted.

        Returns:
            The time of the newest status then (ms since 1970), or None when it took too long.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: is_so(self._current), timeout_s):
                return None
            return max((status.at_ms for status in self._all), default=0)

    def _read(self) -> None:
        self._consumer.assign(self._partitions())
        while not self._is_stopping:
            messages = self._consumer.consume(1000, 0.05)
            statuses = [s for s in map(_status, messages) if s is not None]
            if statuses:
                with self._changed:
                    self._take(statuses)
                    self._changed.notify_all()

    def _partitions(self) -> list[TopicPartition]:
        while not self._is_stopping:
            with contextlib.suppress(confluent_kafka.KafkaException):
                found = self._consumer.list_topics(self._topic, timeout=5).topics[self._topic]
                if found.partitions and found.error is None:
                    return [TopicPartition(self._topic, n, 0) for n in found.partitions]
            time.sleep(0.2)
        return []

    def _take(self, statuses: list[Status]) -> None:
        self._all += statuses
        for status in statuses:
            if status.state is None:
                self._current.pop(status.instance, None)
            else:
                self._current[status.instance] = status


def _status(message: confluent_kafka.Message) -> Status | None:
    if message.error() is not None:
        return None
    kind, _, rest = (message.key() or b"").decode().removeprefix("status-").partition("-")
    if kind not in ("connector", "task"):
        return None
    name, task = rest, None
    if kind == "task":
        name, _, number = rest.rpartition("-")
        task = int(number)
    value = json.loads(message.value() or b"{}")
    return Status(
        message.timestamp()[1],
        (name, task),
        value.get("state"),
        value.get("worker_id"),
        value.get("generation"),
    )


# --- the cluster


class Cluster:
    """Workers of one peer in one group, the connectors that were made, and the statuses."""

    def __init__(
        self,
        peer: Peer,
        folder: Path,
        bootstrap_servers: str,
        settings: Mapping[str, str | int] | None = None,
    ) -> None:
        self.peer = peer
        self.bootstrap_servers = bootstrap_servers
        self.group = f"bench-{peer.name.lower()}-{uuid.uuid4().hex[:8]}"
        self.workers: list[WorkerProcess] = []
        self._folder = folder / self.group
        self._settings = {name: str(value) for name, value in (settings or {}).items()}
        self.statuses = StatusLog(bootstrap_servers, f"{self.group}-status")

    def add_worker(self) -> WorkerProcess:
        """Make one more worker; the caller starts it."""
        folder = self._folder / f"worker-{len(self.workers) + 1}"
        worker = self.peer.worker(folder, self.bootstrap_servers, self.group, self._settings)
        self.workers.append(worker)
        return worker

    def start_workers(self, count: int) -> None:
        """Start workers and wait until all are healthy; the first one leads."""
        for number in range(count):
            worker = self.add_worker()
            worker.launch()
            if number == 0:
                wait_until_healthy(worker)
        for worker in self.workers:
            wait_until_healthy(worker)

    def stop(self) -> None:
        """Kill what is left."""
        for worker in self.workers:
            worker.kill()
        self.statuses.stop()

    def create_topic(self, name: str, config: Mapping[str, str] | None = None) -> None:
        """Create a topic of one partition."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap_servers})
        new = NewTopic(name, 1, 1, config=dict(config or {}))
        admin.create_topics([new], operation_timeout=30)[name].result()

    def create(self, body: Mapping[str, Any], worker: WorkerProcess | None = None) -> None:
        """Create a connector; a worker that is in the middle of a rebalance is asked again."""
        chosen = worker or self.workers[0]
        deadline = time.monotonic() + 60
        while (status := call(chosen.port, "POST", "/connectors", body)[0]) != 201:
            if status != 409 or time.monotonic() > deadline:
                raise SystemExit(f"{self.peer.name}: POST /connectors {body['name']}: {status}")
            time.sleep(0.1)

    def wait_until(
        self, what: str, is_so: Callable[[dict[Instance, Status]], bool], timeout_s: float = 120
    ) -> float:
        """Wait for statuses; when they do not come, say what there was and give up."""
        at_ms = self.statuses.wait_for(is_so, timeout_s)
        if at_ms is None:
            there = Counter((s.state, s.worker) for s in self.statuses.current().values())
            raise SystemExit(f"{self.peer.name}: not within {timeout_s} s: {what}; {dict(there)}")
        return at_ms

    def wait_until_balanced(self, tasks: int, workers: int, timeout_s: float = 120) -> float:
        """Wait until so many tasks are RUNNING, shared evenly; returns when that was (ms)."""

        def is_so(current: dict[Instance, Status]) -> bool:
            return is_balanced(current, tasks, workers)

        return self.wait_until(f"{tasks} tasks on {workers} workers", is_so, timeout_s)

    def tasks_of(self, worker: WorkerProcess) -> set[Instance]:
        """The tasks whose last status comes from a worker."""
        return {
            instance
            for instance, status in self.statuses.current().items()
            if instance[1] is not None and status.worker == worker.worker_id
        }


def is_balanced(current: Mapping[Instance, Status], tasks: int, workers: int) -> bool:
    """Whether so many tasks are RUNNING, and workers differ by one at most."""
    running = [s for i, s in current.items() if i[1] is not None and s.state == "RUNNING"]
    counts = Counter(status.worker for status in running).values()
    return len(running) == tasks and len(counts) == workers and max(counts) - min(counts) <= 1


def call(port: int, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Ask a worker's REST API; returns the status and the decoded answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=95)
    with contextlib.closing(connection):
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None


def wait_until_healthy(worker: WorkerProcess, timeout_s: float = 180) -> float:
    """Wait for ``GET /health`` 200, asking every 20 ms at little cost; returns the clock (s)."""
    deadline = time.monotonic() + timeout_s
    while worker.is_alive and time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            if call(worker.port, "GET", "/health")[0] == 200:
                return time.time()
        time.sleep(0.02)
    raise SystemExit(
        f"{worker.worker_id} is not healthy (alive: {worker.is_alive}):\n{tail(worker.log)}"
    )


@contextlib.contextmanager
def clean_up(cluster: Cluster) -> Iterator[Cluster]:
    """End a cluster, and delete the topics that are named after its group."""
    try:
        yield cluster
    finally:
        cluster.stop()
        admin = AdminClient({"bootstrap.servers": cluster.bootstrap_servers})
        mine = [name for name in admin.list_topics(timeout=30).topics if cluster.group in name]
        for future in admin.delete_topics(mine, operation_timeout=30).values() if mine else ():
            with contextlib.suppress(confluent_kafka.KafkaException):
                future.result()
