# SPDX-License-Identifier: Apache-2.0
"""A Connect worker of any kind in a process of its own, and what tests ask of one."""

from __future__ import annotations

import abc
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

from tests.services.child import start_child, tail
from tests.services.ports import free_port

__all__ = ["STRINGS", "WorkerProcess", "distributed_settings"]

STRINGS = "org.apache.kafka.connect.storage.StringConverter"
_STOP_TIMEOUT_S = 30.0


class WorkerProcess(abc.ABC):
    """A worker with its settings in a folder; a context manager that kills it in the end.

    Args:
        folder: Where the worker file and the log (``worker.log``) are; made when missing.
        settings: The worker file; ``listeners`` is added.
        environment: More environment variables.
    """

    start_timeout_s = 120.0

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, str],
        *,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "worker.log"
        self.settings = {"listeners": self.url, **settings}
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    @abc.abstractmethod
    def command(self, file: Path) -> Sequence[str | Path]:
        """Return the program and its arguments for a worker file."""

    # -- the process

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The worker's process."""
        assert self._process is not None, "start() comes first"
        return self._process

    @property
    def is_alive(self) -> bool:
        """Whether the process was started and has not ended; a paused one is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def worker_id(self) -> str:
        """What statuses call this worker."""
        return f"127.0.0.1:{self.port}"

    def write_settings(self) -> Path:
        """Write the worker file, ``worker.properties`` in the folder."""
        file = self.folder / "worker.properties"
        file.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
        return file

    def launch(self) -> None:
        """Start the program, without waiting for anything."""
        command = self.command(self.write_settings())
        self._process = start_child(
            command, log=self.log, folder=self.folder, environment=self._environment
        )

    def start(self) -> None:
        """Start the program and wait until it is healthy."""
        self.launch()
        self.wait_until_healthy()

    def terminate(self) -> int:
        """Ask the worker to stop (SIGTERM); returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the worker at once, as a machine that fails would."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)

    def pause(self, *, with_children: bool = False) -> None:
        """Freeze the worker (SIGSTOP): nothing it has open is closed, and nothing answers.

        Args:
            with_children: Freeze the processes it started too, as a machine that stalls would.
        """
        self.process.send_signal(signal.SIGSTOP)
        if with_children:
            self._signal_children(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen worker go on (SIGCONT), and the processes it started."""
        self._signal_children(signal.SIGCONT)
        self.process.send_signal(signal.SIGCONT)

    def descendants(self) -> list[psutil.Process]:
        """All processes of the worker besides itself."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def _signal_children(self, number: signal.Signals) -> None:
        for child in self.descendants():
            with contextlib.suppress(psutil.NoSuchProcess):
                child.send_signal(number)

    # -- waiting

    def wait_until_healthy(self) -> None:
        """Wait until ``/health`` says that the worker serves."""
        self.wait_for("/health", lambda answer: answer.status_code == 200, self.start_timeout_s)

    def wait_for(
        self, path: str, accepts: Callable[[httpx.Response], bool], timeout_s: float = 30.0
    ) -> httpx.Response:
        """Ask again and again until an answer is accepted."""
        deadline = time.monotonic() + timeout_s
        last: object = None
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"exit code {self.process.returncode}:\n{tail(self.log)}")
            try:
                last = answer = self.request("GET", path)
                if accepts(answer):
                    return answer
                last = f"{answer.status_code} {answer.text}"
            except httpx.TransportError as error:
                last = repr(error)
            time.sleep(0.05)
        raise AssertionError(f"{path} for {timeout_s} s: {last}\n{tail(self.log)}")

    def wait_for_log(self, text: str, timeout_s: float = 30.0) -> None:
        """Wait until the worker has logged a text."""
        self.wait_until(lambda: text in self.log.read_text(), timeout_s, f"{text!r} in the log")

    def wait_until(
        self, is_so: Callable[[], bool], timeout_s: float = 30.0, what: str = "what was wanted"
    ) -> None:
        """Wait until something the worker is to bring about is so."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout_s} s: {what}\n{tail(self.log)}")
            time.sleep(0.05)

    def wait_until_running(self, connector: str, tasks: int = 1) -> None:
        """Wait until a connector and so many tasks are RUNNING."""

        def runs(answer: httpx.Response) -> bool:
            if answer.status_code != 200:
                return False
            body = answer.json()
            states = [body["connector"]["state"], *(task["state"] for task in body["tasks"])]
            return states == ["RUNNING"] * (tasks + 1)

        self.wait_for(f"/connectors/{connector}/status", runs)

    def wait_until_failed(self, connector: str, task: int = 0) -> str:
        """Wait until a task is FAILED; returns the trace."""

        def failed(answer: httpx.Response) -> bool:
            tasks = answer.json().get("tasks", []) if answer.status_code == 200 else []
            return len(tasks) > task and tasks[task]["state"] == "FAILED"

        answer = self.wait_for(f"/connectors/{connector}/status", failed)
        return str(answer.json()["tasks"][task]["trace"])

    # -- REST

    def request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the REST API."""
        return httpx.request(method, self.url + path, json=body, timeout=100)

    def put_connector(self, name: str, config: Mapping[str, str]) -> None:
        """Create or change a connector, which must be accepted."""
        answer = self.request("PUT", f"/connectors/{name}/config", dict(config))
        assert answer.status_code in (200, 201), answer.text


def distributed_settings(bootstrap_servers: str, group: str) -> dict[str, str]:
    """Return the settings of a worker of a group, whose topics are named after the group.

    What is lost is found lost early: 6 s is the least session timeout brokers grant.
    """
    topics = {
        f"{kind}.storage.topic": f"{group}-{name}"
        for kind, name in (("config", "configs"), ("offset", "offsets"), ("status", "status"))
    }
    return {
        "bootstrap.servers": bootstrap_servers,
        "group.id": group,
        "key.converter": STRINGS,
        "value.converter": STRINGS,
        **topics,
        "config.storage.replication.factor": "-1",
        "offset.storage.replication.factor": "-1",
        "status.storage.replication.factor": "-1",
        "offset.storage.partitions": "5",
        "status.storage.partitions": "2",
        "offset.flush.interval.ms": "500",
        "session.timeout.ms": "6000",
        "heartbeat.interval.ms": "1000",
        "consumer.session.timeout.ms": "6000",
        "consumer.heartbeat.interval.ms": "1000",
        "scheduled.rebalance.max.delay.ms": "0",
        "task.shutdown.graceful.timeout.ms": "3000",
    }
