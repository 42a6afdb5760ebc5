# SPDX-License-Identifier: Apache-2.0
"""One daemon of HDFS in a process of its own."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from tests.services.child import start_child, tail
from tests.services.maven import fetch_jars, find_program

__all__ = ["DATA_NODE", "NAME_NODE", "HdfsNode", "fetch_hdfs", "write_site"]

_HERE = Path(__file__).parent
_STOP_TIMEOUT_S = 20
_FORMAT_TIMEOUT_S = 60
# For short lives on few cores: little memory, the quick compiler, one thread of the collector.
_BRIEF = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
_OPENED = ["--add-opens", "java.base/java.lang=ALL-UNNAMED"]

NAME_NODE = "org.apache.hadoop.hdfs.server.namenode.NameNode"
DATA_NODE = "org.apache.hadoop.hdfs.server.datanode.DataNode"


def fetch_hdfs() -> Path:
    """Return the folder with the jars of Apache Hadoop, downloading them the first time."""
    return fetch_jars(_HERE / "pom.xml")


def write_site(file: Path, settings: Mapping[str, str]) -> None:
    """Write settings as Hadoop reads them (``core-site.xml``, ``hdfs-site.xml``)."""
    rows = [
        f"<property><name>{escape(name)}</name><value>{escape(value)}</value></property>\n"
        for name, value in settings.items()
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"<configuration>\n{''.join(rows)}</configuration>\n")


class HdfsNode:
    """A NameNode or DataNode: start it, end it gently or at once, freeze it, start it again.

    Its data, settings (``etc``) and log (``node.log``) lie in ``folder``; a restart keeps data and
    ports.

    Args:
        folder: Made when missing.
        daemon: `NAME_NODE` or `DATA_NODE`.
        settings: What its ``hdfs-site.xml`` says; ``core-site.xml`` has ``fs.defaultFS`` alone.
    """

    def __init__(self, folder: Path, daemon: str, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.log = folder / "node.log"
        self.starter: threading.Thread | None = None
        """The thread that started the process, which ends with it."""
        self._daemon = daemon
        self._process: subprocess.Popen[bytes] | None = None
        self._etc = folder / "etc"
        for pages in ("hdfs", "datanode"):  # folders of web pages that daemons do not start without
            (self._etc / "webapps" / pages).mkdir(parents=True, exist_ok=True)
        (self._etc / "log4j.properties").write_text((_HERE / "log4j.properties").read_text())
        write_site(self._etc / "core-site.xml", {"fs.defaultFS": settings["fs.defaultFS"]})
        write_site(self._etc / "hdfs-site.xml", settings)

    def format(self) -> None:
        """Lay out the empty folder of a NameNode.

        Raises:
            RuntimeError: It was refused; the message carries what Hadoop said.
        """
        process = self._java("-format", "-force", "-nonInteractive")
        if process.wait(_FORMAT_TIMEOUT_S) != 0:
            msg = f"the NameNode could not be formatted:\n{tail(self.log)}"
            raise RuntimeError(msg)

    @property
    def is_running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process id of the running daemon."""
        return self._running().pid

    def start(self) -> None:
        """Start the process and return at once: the cluster knows when it serves."""
        if self.is_running:
            msg = f"{self.folder} has a daemon that runs already"
            raise RuntimeError(msg)
        self._process = self._java()
        self.starter = threading.current_thread()

    def stop(self) -> None:
        """Shut the daemon down as its owner would (SIGTERM), after 20 s by SIGKILL."""
        if self.is_running:
            process = self._running()
            process.send_signal(signal.SIGCONT)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT_S)
        self.kill()

    def kill(self) -> None:
        """End the process at once (SIGKILL); a daemon that does not run stays as it is."""
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
            msg = f"{self._daemon} does not run:\n{tail(self.log)}"
            raise RuntimeError(msg)
        return self._process

    def _java(self, *arguments: str) -> subprocess.Popen[bytes]:
        jars = fetch_hdfs()
        command = [
            find_program("java"),
            *_BRIEF,
            *_OPENED,
            "-cp",
            f"{jars}/*:{self._etc}",
            self._daemon,
        ]
        return start_child([*command, *arguments], log=self.log, folder=self.folder)
