# SPDX-License-Identifier: Apache-2.0
"""PostgreSQL for the tests: Debian's package, with a cluster of the tests' own."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.services.database_server import DatabaseServer, ServerDatabase

__all__ = ["PostgreSQL", "ServerDatabase"]

_VERSIONS = Path("/usr/lib/postgresql")
_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    "dynamic_shared_memory_type": "mmap",  # in the data folder, so that nothing is left behind
    "timezone": "UTC",
    "log_timezone": "UTC",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}


class PostgreSQL(DatabaseServer):
    """A PostgreSQL server; `DatabaseServer` says what it does.

    Sessions log in with a password (SCRAM); the user is a superuser.
    """

    subprotocol = "postgresql"
    sqlalchemy_dialect = "postgresql+psycopg"
    stop_signal = signal.SIGINT  # "fast": SIGTERM would wait for the sessions

    def lay_out(self) -> None:
        """Run ``initdb``."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        secret.chmod(0o644)
        self.run(
            [
                find_program("initdb"),
                f"--pgdata={self.data}",
                f"--username={self.user}",
                f"--pwfile={secret}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
            ]
        )

    def command(self, settings: Mapping[str, str]) -> Sequence[str | Path]:
        """Return the server with its settings."""
        options = {**_SETTINGS, "port": str(self.port), **settings}
        assignments = [word for name in options for word in ("-c", f"{name}={options[name]}")]
        return [find_program("postgres"), "-D", self.data, *assignments]

    def open_connection(self, database: str | None, *, autocommit: bool = True) -> Any:
        """Open a connection of psycopg."""
        import psycopg

        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=self.password,
            dbname=database or "postgres",
            connect_timeout=5,
            autocommit=autocommit,
        )

    def drop_database(self, name: str) -> None:
        """Delete a database, ending its sessions."""
        connection = self.open_connection(None)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()


def find_program(name: str) -> Path:
    """Return a program of the newest PostgreSQL, which Debian does not put on PATH.

    Raises:
        RuntimeError: It is not installed; the message says how to get it.
    """
    installed = sorted(_VERSIONS.glob(f"[0-9]*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    path = installed[-1] if installed else shutil.which(name)
    if path is None:
        msg = f"{name} is not installed: run `make services` (Debian: postgresql)"
        raise RuntimeError(msg)
    return Path(path)
