# SPDX-License-Identifier: Apache-2.0
"""Several workers of one group, Barnabas and Java mixed, and what tests ask of them together."""

from __future__ import annotations

import json
import os
import re
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from tests.services.child import tail
from tests.services.distributed_worker import DistributedWorker
from tests.services.java_worker import JavaWorker
from tests.services.kafka import KafkaCluster
from tests.services.worker_process import WorkerProcess

__all__ = [
    "BARNABAS",
    "JAVA",
    "OURS",
    "ConnectCluster",
    "Share",
    "StatusRecord",
    "Work",
    "clusters",
]

BARNABAS, JAVA = "barnabas", "java"
OURS = os.environ.get("BARNABAS_TEST_WORKERS", BARNABAS)
"""The kind of workers under test; ``java`` shows that what a test expects is what Java does."""

_KINDS: dict[str, type[DistributedWorker | JavaWorker]] = {
    BARNABAS: DistributedWorker,
    JAVA: JavaWorker,
}
clusters: set[ConnectCluster] = set()
"""All clusters whose context is entered, for the report of a test that failed."""


class Share(NamedTuple):
    """What the last rebalance gave a member; ``delay_ms`` is how long lost work waits."""

    leader_url: str
    config_offset: int
    has_revocations: bool
    delay_ms: int


class Work(NamedTuple):
    """A connector, or one of its tasks."""

    connector: str
    task: int | None = None


class StatusRecord(NamedTuple):
    """One record of the status topic about a connector or a task."""

    state: str
    worker_id: str
    generation: int


class ConnectCluster:
    """Workers of one group, ended with the cluster; a context manager.

    Args:
        kafka: The brokers.
        group: The ``group.id``; the topics are named after it.
        folder: Where each worker gets a folder.
        settings: More settings of all workers, or other ones.
        environment: More environment variables of all workers.
    """

    def __init__(
        self,
        kafka: KafkaCluster,
        group: str,
        folder: Path,
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.kafka = kafka
        self.group = group
        self.workers: list[WorkerProcess] = []
        self.absent: set[WorkerProcess] = set()
        """Workers that are not expected to take part although their processes live."""
        self._folder = folder
        self._settings = settings or {}
        self._environment = environment

    def __enter__(self) -> Self:
        clusters.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill all workers."""
        for worker in self.workers:
            worker.kill()
        clusters.discard(self)

    # -- the workers

    @property
    def live(self) -> list[WorkerProcess]:
        """The workers that live and are not absent, oldest first."""
        return [one for one in self.workers if one.is_alive and one not in self.absent]

    def launch(self, kind: str = OURS, **settings: str) -> WorkerProcess:
        """Start one more worker and return at once; keywords are settings, ``_`` for a dot."""
        others = {name.replace("_", "."): value for name, value in settings.items()}
        worker = _KINDS[kind](
            self._folder / f"{kind}-{len(self.workers)}",
            self.kafka.bootstrap_servers,
            self.group,
            settings={**self._settings, **others},
            environment=self._environment,
        )
        self.workers.append(worker)
        worker.launch()
        return worker

    def start(self, *kinds: str) -> list[WorkerProcess]:
        """Start more workers and wait until they are members and serve."""
        started = [self.launch(kind) for kind in kinds]
        self.wait_until_joined()
        return started

    def pause(self, worker: WorkerProcess, *, with_children: bool = False) -> None:
        """Freeze a worker, which is absent then."""
        worker.pause(with_children=with_children)
        self.absent.add(worker)

    def resume(self, worker: WorkerProcess) -> None:
        """Let a frozen worker go on; it is to take part again."""
        worker.resume()
        self.absent.discard(worker)

    @property
    def leader(self) -> WorkerProcess:
        """The worker that leads the group."""
        (url,) = {share.leader_url for share in self.shares().values()}
        return self._by_url(url)

    def shares(self) -> dict[str, Share]:
        """Return what the last rebalance gave each member of the group, by member id."""
        members = self.kafka.group(self.group).members
        return {member: _read_share(data) for member, data in members.items()}

    def logs(self, lines: int = 40) -> str:
        """Return the end of every worker's log, with nothing of the depths of Java."""
        told = "\n".join(f"--- {one.log}\n{tail(one.log, lines)}" for one in self.workers)
        return re.sub(r"(?m)^\t(at|\.\.\.) .*\n?", "", told)

    def generation(self) -> int:
        """Return the group's generation, as the oldest live worker logged it."""
        text = self.live[0].log.read_text()
        return int(re.findall(r"Joined group at generation (\d+)", text)[-1])

    # -- waiting

    def wait_until(self, is_so: Callable[[], bool], what: str, timeout_s: float = 60.0) -> None:
        """Wait until something is so.

        Raises:
            AssertionError: It was not within the time, or a live worker ended.
        """
        deadline = time.monotonic() + timeout_s
        live = self.live
        while not is_so():
            ended = [worker.url for worker in live if not worker.is_alive]
            assert ended == [], f"ended while others waited for {what}"
            assert time.monotonic() < deadline, f"not within {timeout_s} s: {what}"
            time.sleep(0.1)

    def wait_until_joined(self, timeout_s: float = 60.0) -> None:
        """Wait until all live workers serve and are, with nobody else, the settled group."""
        live = self.live
        for worker in live:
            worker.wait_until_healthy()
        self.wait_until(self.is_settled, f"a settled group of {len(live)}", timeout_s)

    def is_settled(self) -> bool:
        """Whether the group's members are the live workers and nothing is being moved."""
        found = self.kafka.group(self.group)
        if found.state != "Stable" or len(found.members) != len(self.live):
            return False
        shares = [_read_share(data) for data in found.members.values()]
        # A member that was told to give something up joins again to have it given to another.
        return not any(share.has_revocations or share.delay_ms for share in shares)

    def wait_until_running(
        self, connectors: Mapping[str, int], timeout_s: float = 60.0, *, on: str | None = None
    ) -> None:
        """Wait until every live worker tells that connectors and so many tasks are RUNNING.

        All of them must be on live workers.

        Args:
            connectors: The number of tasks by the connector's name.
            timeout_s: How long to wait.
            on: The id of the only worker that may have them.
        """
        where = {on} if on else {worker.worker_id for worker in self.live}

        def run() -> bool:
            return all(
                _runs(self.statuses(worker).get(name), tasks, where)
                for worker in self.live
                for name, tasks in connectors.items()
            )

        def told() -> str:
            return json.dumps({worker.url: self.statuses(worker) for worker in self.live})

        try:
            self.wait_until(run, f"RUNNING: {dict(connectors)}", timeout_s)
        except AssertionError as error:
            error.add_note(told())
            raise

    def wait_until_balanced(self, timeout_s: float = 60.0) -> None:
        """Wait until all live workers have the same number of connectors and of tasks, save one."""

        def is_balanced() -> bool:
            return self.is_settled() and _is_even(self.placement())

        self.wait_until(is_balanced, "balanced", timeout_s)

    # -- REST

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        on: WorkerProcess | None = None,
        timeout_s: float = 30.0,
    ) -> httpx.Response:
        """Ask a worker (the oldest that lives).

        A Java worker that answers 409 because of a rebalance is asked again, as its clients do. Of
        ours the answer is what the test gets.
        """
        worker = on or self.live[0]
        deadline = time.monotonic() + timeout_s
        while True:
            answer = worker.request(method, path, body)
            is_busy = isinstance(worker, JavaWorker) and _tells_of_a_rebalance(answer)
            if not is_busy or time.monotonic() > deadline:
                return answer
            time.sleep(0.2)

    def put(self, name: str, config: Mapping[str, str], *, on: WorkerProcess | None = None) -> None:
        """Create or change a connector, which must be accepted."""
        answer = self.request("PUT", f"/connectors/{name}/config", dict(config), on=on)
        assert answer.status_code in (200, 201), answer.text

    def delete_all(self) -> None:
        """Delete all connectors."""
        for name in self.request("GET", "/connectors").json():
            answer = self.request("DELETE", f"/connectors/{name}")
            assert answer.status_code in (204, 404), answer.text
        self.wait_until(lambda: not any(map(self.statuses, self.live)), "nothing left")

    def statuses(self, on: WorkerProcess | None = None) -> dict[str, dict[str, Any]]:
        """Return the statuses of all connectors as one worker tells them."""
        answer = self.request("GET", "/connectors?expand=status", on=on)
        assert answer.status_code == 200, answer.text
        return {name: told["status"] for name, told in answer.json().items() if "status" in told}

    def placement(self) -> dict[str, set[Work]]:
        """Return what each live worker has, by the worker's id."""
        placed: dict[str, set[Work]] = {worker.worker_id: set() for worker in self.live}
        for name, status in self.statuses().items():
            placed.setdefault(status["connector"]["worker_id"], set()).add(Work(name))
            for task in status["tasks"]:
                placed.setdefault(task["worker_id"], set()).add(Work(name, task["id"]))
        return placed

    def wait_for_states(self, name: str, connector: str, tasks: Sequence[str]) -> None:
        """Wait until every live worker tells these states of a connector and its tasks."""

        found: list[dict[str, Any] | None] = []

        def is_told() -> bool:
            found[:] = [self.statuses(worker).get(name) for worker in self.live]
            return all(
                status is not None
                and status["connector"]["state"] == connector
                and [task["state"] for task in status["tasks"]] == list(tasks)
                for status in found
            )

        try:
            self.wait_until(is_told, f"{name} {connector} with tasks {list(tasks)}")
        except AssertionError as error:
            error.add_note(json.dumps(found))
            raise

    def owner(self, name: str, task: int | None = None) -> WorkerProcess:
        """Return the worker that has a connector, or one of its tasks."""
        status = self.statuses()[name]
        row = status["connector"] if task is None else status["tasks"][task]
        return self._by_url(f"http://{row['worker_id']}/")

    def _by_url(self, url: str) -> WorkerProcess:
        return next(worker for worker in self.workers if f"{worker.url}/" == url)

    # -- topics

    def history(self, name: str, task: int | None = None) -> list[StatusRecord]:
        """Return all statuses of a connector or task that are on the topic, oldest first."""
        key = f"status-connector-{name}" if task is None else f"status-task-{name}-{task}"
        records = self.kafka.records(f"{self.group}-status")
        rows = [json.loads(one.value) for one in records if one.key == key.encode() and one.value]
        return [StatusRecord(row["state"], row["worker_id"], row["generation"]) for row in rows]

    def source_offsets(self, name: str) -> list[dict[str, Any]]:
        """Return all source offsets a connector stored, oldest first of each topic partition."""
        records = self.kafka.records(f"{self.group}-offsets")
        mine = [one for one in records if one.key and json.loads(one.key)[0] == name]
        return [json.loads(one.value) for one in mine if one.value]

    def lines(self, topic: str) -> list[str]:
        """Return the values of all records of a topic."""
        return [(record.value or b"").decode() for record in self.kafka.records(topic)]

    def wait_for_lines(self, topic: str, wanted: Sequence[str], timeout_s: float = 60.0) -> None:
        """Wait until all of some lines are on a topic; others and repetitions may be there."""
        missing = set(wanted)
        arrived: list[str] = []

        def is_complete() -> bool:
            arrived[:] = self.lines(topic)
            return missing <= set(arrived)

        try:
            self.wait_until(is_complete, f"all of {len(missing)} lines on {topic}", timeout_s)
        except AssertionError as error:
            lost = sorted(missing - set(arrived), key=list(wanted).index)
            error.add_note(f"{len(lost)} lines are missing: {lost[:10]}")
            raise


def _runs(status: dict[str, Any] | None, tasks: int, where: set[str]) -> bool:
    if status is None or len(status["tasks"]) != tasks:
        return False
    rows = [status["connector"], *status["tasks"]]
    return all(row["state"] == "RUNNING" and row["worker_id"] in where for row in rows)


def _is_even(placement: dict[str, set[Work]]) -> bool:
    tasks = [sum(work.task is not None for work in has) for has in placement.values()]
    connectors = [len(has) - count for has, count in zip(placement.values(), tasks, strict=True)]
    return all(max(counts) - min(counts) <= 1 for counts in (tasks, connectors))


def _tells_of_a_rebalance(answer: httpx.Response) -> bool:
    return answer.status_code in (409, 500) and "rebalanc" in answer.text.lower()


def _read_share(data: bytes) -> Share:
    """Read the beginning of an assignment, and whether it revokes.

    Layout: version int16 | error int16 | leader | leader URL | config offset int64 | assigned |
    revoked | delay int32; version 0 ends after what is assigned.
    """
    if not data:
        return Share("", -1, has_revocations=False, delay_ms=0)
    (version,) = struct.unpack_from(">h", data)
    _, at = _string(data, 4)
    url, at = _string(data, at)
    (offset,) = struct.unpack_from(">q", data, at)
    _, at = _work(data, at + 8)
    if version == 0:
        return Share(url, offset, has_revocations=False, delay_ms=0)
    revoked, at = _work(data, at)
    (delay,) = struct.unpack_from(">i", data, at)
    return Share(url, offset, has_revocations=revoked > 0, delay_ms=delay)


def _string(data: bytes, at: int) -> tuple[str, int]:
    (length,) = struct.unpack_from(">h", data, at)
    return data[at + 2 : at + 2 + length].decode(), at + 2 + length


def _work(data: bytes, at: int) -> tuple[int, int]:
    """Pass over connectors with their tasks; returns how many connectors and where they end."""
    (count,) = struct.unpack_from(">i", data, at)
    at += 4
    for _ in range(count):
        _, at = _string(data, at)
        (tasks,) = struct.unpack_from(">i", data, at)
        at += 4 + 4 * tasks
    return count, at
