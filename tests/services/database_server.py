# SPDX-License-Identifier: Apache-2.0
"""A database server in a process of its own, on a free loopback port, as a user who is not root.

`tests.services.postgresql` and `tests.services.mariadb` say how each is laid out and started.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from tests.services.child import start_child, tail
from tests.services.ports import free_port

__all__ = ["DatabaseServer", "ServerDatabase"]

_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 30.0
_LAY_OUT_TIMEOUT_S = 120
# PostgreSQL will not run as root. Every Debian has this user, and no package runs servers as it.
_UNPRIVILEGED = "nobody"


class ServerDatabase:
    """One database of a server; a test makes its own with `DatabaseServer.create_database`."""

    def __init__(self, server: DatabaseServer, name: str) -> None:
        self.server = server
        self.name = name

    @property
    def jdbc_url(self) -> str:
        """Address for ``connection.url``, without user and password."""
        return f"jdbc:{self.server.subprotocol}://127.0.0.1:{self.server.port}/{self.name}"

    @property
    def sqlalchemy_url(self) -> str:
        """SQLAlchemy's address, with user and password."""
        server = self.server
        login = f"{server.user}:{server.password}"
        return f"{server.sqlalchemy_dialect}://{login}@127.0.0.1:{server.port}/{self.name}"

    @property
    def settings(self) -> dict[str, str]:
        """``connection.url``, ``connection.user`` and ``connection.password`` of a connector."""
        return {
            "connection.url": self.jdbc_url,
            "connection.user": self.server.user,
            "connection.password": self.server.password,
        }

    def connect(self, *, autocommit: bool = True) -> Any:
        """Open a connection of the driver: psycopg's or PyMySQL's."""
        return self.server.open_connection(self.name, autocommit=autocommit)

    def execute(self, *statements: str) -> None:
        """Run statements, each committed, on a connection of their own."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return all rows of a query, read on a connection of its own."""
        with contextlib.closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement)
            return list(cursor.fetchall())


class DatabaseServer:
    """Start it, end it gently or at once, freeze it, start it again; data and port stay.

    A context manager that starts it and in the end removes it with its data. What was committed
    survives `kill` (not a power cut: nothing is forced to disk).

    Args:
        settings: Added to the server's own, by their names there.
    """

    subprotocol = ""
    """What follows ``jdbc:`` in URLs."""
    sqlalchemy_dialect = ""
    """What SQLAlchemy's URLs begin with."""
    user = "barnabas"
    password = "quite-a-secret"

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        # Not below pytest's folders: those are closed to other users.
        self.folder = Path(tempfile.mkdtemp(prefix=f"barnabas-{self.subprotocol}-"))
        self.log = self.folder / "server.log"
        self.data = self.folder / "data"
        self.starter: threading.Thread | None = None
        """The thread that started the process, which ends with it."""
        self._settings = dict(settings or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.log.touch()
        if os.geteuid() == 0:
            account = pwd.getpwnam(_UNPRIVILEGED)
            for path in (self.folder, self.log):
                os.chown(path, account.pw_uid, account.pw_gid)

    # -- what a kind of server says of itself

    def lay_out(self) -> None:
        """Make the empty data folder; called once, by the first start."""
        raise NotImplementedError

    def command(self, settings: Mapping[str, str]) -> Sequence[str | Path]:
        """Return the program and its arguments."""
        raise NotImplementedError

    def open_connection(self, database: str | None, *, autocommit: bool = True) -> Any:
        """Open a connection of the driver; None stands for the database that always exists."""
        raise NotImplementedError

    stop_signal = signal.SIGTERM
    """What the server takes for "end all sessions and stop"."""

    # -- life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        return self._running().pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives (a paused one does)."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it serves; one that runs stays as it is."""
        if self.is_running:
            return
        if not self.data.exists():
            self.lay_out()
        command = [*_as_other_user(), *self.command(self._settings)]
        self._process = start_child(command, log=self.log, folder=self.folder)
        self.starter = threading.current_thread()
        self._wait_until_serving()

    def stop(self) -> None:
        """Shut the server down, which ends its sessions; at the latest after 30 s by SIGKILL."""
        if self._process is not None and self.is_running:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(self.stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_TIMEOUT_S)
        self.kill()

    def restart(self) -> None:
        """Stop the server and start it again."""
        self.stop()
        self.start()

    def kill(self) -> None:
        """End the server at once (SIGKILL); one that does not run stays as it is.

        Its other processes are waited for: while one lives, PostgreSQL does not start again.
        """
        if self._process is not None:
            others = _descendants(self._process)
            self._process.kill()
            self._process.wait(_STOP_TIMEOUT_S)
            for other in psutil.wait_procs(others, _STOP_TIMEOUT_S)[1]:
                other.kill()

    def pause(self) -> None:
        """Freeze the process that accepts connections (SIGSTOP)."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        self._running().send_signal(signal.SIGCONT)

    def remove(self) -> None:
        """Stop the server and delete its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # -- databases

    def create_database(self, name: str) -> ServerDatabase:
        """Make an empty database with UTF-8 texts; nobody else may use its name."""
        with contextlib.closing(self.open_connection(None)) as connection:
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return ServerDatabase(self, name)

    def new_database(self) -> AbstractContextManager[ServerDatabase]:
        """Return a context with an empty database, which is dropped with what is open in it."""
        return _passing(self, f"db_{os.urandom(5).hex()}")

    def drop_database(self, name: str) -> None:
        """Delete a database."""
        with contextlib.closing(self.open_connection(None)) as connection:
            connection.cursor().execute(f"DROP DATABASE {name}")

    # -- processes

    def run(self, command: Sequence[str | Path]) -> None:
        """Run a program of the server to its end, as the server's user.

        Raises:
            RuntimeError: It failed; the message carries what it said.
        """
        done = subprocess.run(
            [*_as_other_user(), *map(str, command)],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.folder)},
            timeout=_LAY_OUT_TIMEOUT_S,
        )
        if done.returncode != 0:
            msg = f"{command[0]} failed:\n{done.stdout[-4000:]}"
            raise RuntimeError(msg)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            msg = f"the server of {self.folder} does not run:\n{tail(self.log)}"
            raise RuntimeError(msg)
        return self._process

    def _wait_until_serving(self) -> None:
        deadline = time.monotonic() + _START_TIMEOUT_S
        last = ""
        while time.monotonic() < deadline:
            process = self._running()
            try:
                self.open_connection(None).close()
            except Exception as error:  # each driver has its own "not yet"
                last = repr(error)
                time.sleep(0.05)
            else:
                return
            if process.poll() is not None:
                break
        self.kill()
        msg = f"no server on port {self.port} within {_START_TIMEOUT_S} s: {last}\n{tail(self.log)}"
        raise RuntimeError(msg)


def _descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(process.pid).children(recursive=True)
    return []


@contextlib.contextmanager
def _passing(server: DatabaseServer, name: str) -> Iterator[ServerDatabase]:
    database = server.create_database(name)
    try:
        yield database
    finally:
        server.drop_database(name)


def _as_other_user() -> list[str]:
    """What makes root start a program as somebody who is not."""
    if os.geteuid() != 0:
        return []
    account = pwd.getpwnam(_UNPRIVILEGED)
    identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    # A process that changes its user forgets that it is to die with its parent: say it again.
    return ["setpriv", *identity, "--", "setpriv", "--pdeathsig", "KILL", "--"]
