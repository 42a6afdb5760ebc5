# SPDX-License-Identifier: Apache-2.0
"""A standalone worker as users run it: the installed program in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import psutil

from tests.services.child import start_child, tail
from tests.services.ports import free_port

__all__ = ["STRINGS", "StandaloneWorker"]

PROGRAM = Path(sys.executable).with_name("barnabas")
STRINGS = "org.apache.kafka.connect.storage.StringConverter"
_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 30.0


class StandaloneWorker:
    """``barnabas standalone`` with a worker file in a folder; a context manager.

    Args:
        folder: Where the worker file, the offsets and the log are.
        bootstrap_servers: The brokers.
        settings: More settings, or other ones.
        files: Connector files, as they stand on the command line.
        environment: More environment variables.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        *,
        settings: Mapping[str, str] | None = None,
        files: Sequence[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "worker.log"
        self.settings = {
            "bootstrap.servers": bootstrap_servers,
            "key.converter": STRINGS,
            "value.converter": STRINGS,
            "listeners": self.url,
            "offset.storage.file.filename": str(folder / "connect.offsets"),
            "offset.flush.interval.ms": "500",
            **(settings or {}),
        }
        self._files = files
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

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The worker's process."""
        assert self._process is not None, "start() comes first"
        return self._process

    def write_settings(self) -> Path:
        """Write the worker file, ``worker.properties`` in the folder."""
        file = self.folder / "worker.properties"
        file.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
        return file

    def launch(self) -> None:
        """Start the program, without waiting for anything."""
        file = self.write_settings()
        command: list[str | Path] = [PROGRAM, "standalone", file, *self._files]
        self._process = start_child(
            command, log=self.log, folder=self.folder, environment=self._environment
        )

    def start(self) -> None:
        """Start the program and wait until it is healthy."""
        self.launch()
        self.wait_for("/health", lambda answer: answer.status_code == 200, _START_TIMEOUT_S)

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
        deadline = time.monotonic() + timeout_s
        while text not in self.log.read_text():
            if time.monotonic() > deadline:
                raise AssertionError(f"no {text!r} for {timeout_s} s:\n{tail(self.log)}")
            time.sleep(0.05)

    def wait_until(self, is_so: Callable[[], bool], timeout_s: float = 30.0) -> None:
        """Wait until something the worker is to bring about is so."""
        deadline = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {timeout_s} s:\n{tail(self.log)}")
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

    def request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the REST API."""
        return httpx.request(method, self.url + path, json=body, timeout=100)

    def put_connector(self, name: str, config: Mapping[str, str]) -> None:
        """Create or change a connector, which must be accepted."""
        answer = self.request("PUT", f"/connectors/{name}/config", dict(config))
        assert answer.status_code in (200, 201), answer.text

    def wait_until_failed(self, connector: str, task: int = 0) -> str:
        """Wait until a task is FAILED; returns the trace."""

        def failed(answer: httpx.Response) -> bool:
            tasks = answer.json().get("tasks", []) if answer.status_code == 200 else []
            return len(tasks) > task and tasks[task]["state"] == "FAILED"

        answer = self.wait_for(f"/connectors/{connector}/status", failed)
        return str(answer.json()["tasks"][task]["trace"])

    def terminate(self) -> int:
        """Ask the worker to stop (SIGTERM); returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the worker at once, as a machine that fails would."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)

    def descendants(self) -> list[psutil.Process]:
        """All processes of the worker besides itself."""
        return psutil.Process(self.process.pid).children(recursive=True)
