# SPDX-License-Identifier: Apache-2.0
"""One KRaft node (broker and controller) in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path

from tests.services.child import start_child, tail
from tests.services.class_archive import sharing_options
from tests.services.maven import fetch_jars, find_program

__all__ = ["TEST_JVM", "Broker", "fetch_kafka"]

_HERE = Path(__file__).parent
_STOP_TIMEOUT_S = 30
_FORMAT_TIMEOUT_S = 60
# For short lives on few cores: little memory, the quick compiler, one thread of the collector.
_BRIEF = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_FORMAT_JVM = ["-Xmx64m", *_BRIEF]
TEST_JVM = ("-Xmx384m", *_BRIEF)


def fetch_kafka() -> Path:
    """Return the folder with the jars of Apache Kafka, downloading them the first time."""
    return fetch_jars(_HERE / "pom.xml")


class Broker:
    """A node of a cluster: start it, end it gently or at once, freeze it, start it again.

    Its data, settings and log (``broker.log``) lie in ``folder``; a restart keeps data and port.
    """

    def __init__(
        self, node_id: int, folder: Path, settings: dict[str, str], jvm: Sequence[str] = TEST_JVM
    ) -> None:
        self.node_id = node_id
        self.folder = folder
        self.log = folder / "broker.log"
        self._jvm = jvm
        self._settings_file = folder / "server.properties"
        self.starter: threading.Thread | None = None
        """The thread that started the process, which ends with it."""
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True)
        lines = [f"{name}={value}\n" for name, value in settings.items()]
        self._settings_file.write_text("".join(lines))

    def format(self, cluster_id: str) -> subprocess.Popen[bytes]:
        """Start to lay out an empty data folder; the caller waits with `finish_format`."""
        arguments = ["kafka.tools.StorageTool", "format", "-t", cluster_id]
        return self._java(_FORMAT_JVM, *arguments, "-c", str(self._settings_file))

    def finish_format(self, process: subprocess.Popen[bytes]) -> None:
        """Wait for `format`.

        Raises:
            RuntimeError: The settings were refused; the message carries what Kafka said.
        """
        if process.wait(_FORMAT_TIMEOUT_S) != 0:
            msg = f"Kafka node {self.node_id} could not be formatted:\n{tail(self.log)}"
            raise RuntimeError(msg)

    @property
    def is_running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running node."""
        return self._running().pid

    def start(self) -> None:
        """Start the process and return at once: the cluster knows when it serves."""
        if self.is_running:
            msg = f"Kafka node {self.node_id} runs already"
            raise RuntimeError(msg)
        self._process = self._java(self._jvm, "kafka.Kafka", str(self._settings_file))
        self.starter = threading.current_thread()

    def stop(self) -> None:
        """Shut the node down as its owner would (SIGTERM), at the latest after 30 s by SIGKILL."""
        if self.is_running:
            process = self._running()
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT_S)
        self.kill()

    def kill(self) -> None:
        """End the process at once (SIGKILL); a node that does not run stays as it is."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)

    def pause(self) -> None:
        """Freeze the process (SIGSTOP): its connections stay open and nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen process go on (SIGCONT)."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            msg = f"Kafka node {self.node_id} does not run:\n{tail(self.log)}"
            raise RuntimeError(msg)
        return self._process

    def _java(self, options: Sequence[str], *arguments: str) -> subprocess.Popen[bytes]:
        logging = f"-Dlog4j2.configurationFile={_HERE / 'log4j2.properties'}"
        jars = fetch_kafka()
        shared = sharing_options(jars)
        command = [find_program("java"), *shared, *options, logging, "-cp", f"{jars}/*"]
        return start_child([*command, *arguments], log=self.log, folder=self.folder)
