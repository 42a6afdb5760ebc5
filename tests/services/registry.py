# SPDX-License-Identifier: Apache-2.0
"""Schema registries for the tests: our own as users run it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.services.child import start_child, tail
from tests.services.ports import free_port
from tests.services.standalone_worker import PROGRAM

__all__ = ["DevelopmentRegistry", "RegistryProcess"]

_STOP_TIMEOUT_S = 15.0


class RegistryProcess:
    """A registry in a process of its own; a context manager that kills it in the end.

    Args:
        folder: Where its log (``registry.log``) is; made when missing.
    """

    start_timeout_s = 60.0
    path = ""
    """What the address of the API ends with."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.log = folder / "registry.log"
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
    def url(self) -> str:
        """Address for ``schema.registry.url``."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process."""
        assert self._process is not None, "start() comes first"
        return self._process

    def command(self) -> Sequence[str | Path]:
        """Return the program and its arguments."""
        raise NotImplementedError

    def launch(self) -> None:
        """Start the program, without waiting for anything."""
        self._process = start_child(
            self.command(), log=self.log, folder=self.folder, environment=os.environ
        )

    def start(self) -> None:
        """Start the program and wait until it answers."""
        self.launch()
        self.wait_until_serving()

    def wait_until_serving(self) -> None:
        """Wait until the registry lists its subjects."""
        deadline = time.monotonic() + self.start_timeout_s
        last = ""
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"exit code {self.process.returncode}:\n{tail(self.log)}")
            try:
                answer = httpx.get(f"{self.url}/subjects", timeout=5)
                if answer.status_code == 200:
                    return
                last = answer.text
            except httpx.TransportError as error:
                last = repr(error)
            time.sleep(0.05)
        raise AssertionError(f"no registry at {self.url}: {last}\n{tail(self.log)}")

    def terminate(self) -> int:
        """Ask the registry to stop (SIGTERM); returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        """Kill the registry at once."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)

    def request(self, method: str, path: str, body: object = None) -> httpx.Response:
        """Ask the REST API."""
        return httpx.request(method, self.url + path, json=body, timeout=30)


class DevelopmentRegistry(RegistryProcess):
    """``barnabas registry``.

    Args:
        folder: Where its log is.
        bootstrap_servers: Brokers to keep schemas on; None to keep them in memory.
        options: More of the command line.
    """

    def __init__(self, folder: Path, bootstrap_servers: str | None = None, *options: str) -> None:
        super().__init__(folder)
        self._bootstrap_servers = bootstrap_servers
        self._options = options

    def command(self) -> Sequence[str | Path]:
        """Return the program and its arguments."""
        broker = ["--bootstrap-servers", self._bootstrap_servers] if self._bootstrap_servers else []
        return [PROGRAM, "registry", "--port", str(self.port), *broker, *self._options]
