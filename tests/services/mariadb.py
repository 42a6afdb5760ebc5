# SPDX-License-Identifier: Apache-2.0
"""MariaDB for the tests: Debian's package, with a data folder of the tests' own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.services.database_server import DatabaseServer, ServerDatabase
from tests.services.maven import find_program

__all__ = ["MariaDB", "ServerDatabase"]

_PACKAGES = "mariadb-server-core, mariadb-client-core"

_SETTINGS = {
    "bind-address": "127.0.0.1",
    "skip-name-resolve": "ON",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_bin",
    "default-time-zone": "+00:00",
    "innodb-buffer-pool-size": "64M",
    "innodb-log-file-size": "48M",
    "innodb-flush-log-at-trx-commit": "2",  # written at each commit, forced to disk each second
    "max-connections": "60",
}


class MariaDB(DatabaseServer):
    """A MariaDB server; `DatabaseServer` says what it does.

    Sessions log in with a password; the user may do everything.
    """

    subprotocol = "mariadb"
    sqlalchemy_dialect = "mysql+pymysql"

    def lay_out(self) -> None:
        """Run ``mariadb-install-db`` and write the statements that make the user."""
        self.run(
            [
                find_program("mariadb-install-db", _PACKAGES),
                "--no-defaults",
                f"--datadir={self.data}",
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ]
        )
        account = f"'{self.user}'@'127.0.0.1'"
        self._first_statements.write_text(
            f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{self.password}';\n"
            f"GRANT ALL ON *.* TO {account} WITH GRANT OPTION;\n"
        )
        self._first_statements.chmod(0o644)

    def command(self, settings: Mapping[str, str]) -> Sequence[str | Path]:
        """Return the server with its settings."""
        places = {
            "datadir": self.data,
            "socket": self.folder / "socket",
            "pid-file": self.folder / "pid",
            "init-file": self._first_statements,
            "port": self.port,
        }
        options = {**_SETTINGS, **places, **settings}
        program = find_program("mariadbd", _PACKAGES)
        return [program, "--no-defaults", *(f"--{name}={options[name]}" for name in options)]

    def open_connection(self, database: str | None, *, autocommit: bool = True) -> Any:
        """Open a connection of PyMySQL."""
        import pymysql

        return pymysql.connect(
            host="127.0.0.1",
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            connect_timeout=5,
            autocommit=autocommit,
        )

    def drop_database(self, name: str) -> None:
        """Delete a database, ending its sessions, which might hold locks on its tables."""
        connection = self.open_connection(None)
        cursor = connection.cursor()
        cursor.execute("SELECT id FROM information_schema.processlist WHERE db = %s", (name,))
        for (session,) in cursor.fetchall():
            cursor.execute(f"KILL {session}")
        cursor.execute(f"DROP DATABASE {name}")
        connection.close()

    @property
    def _first_statements(self) -> Path:
        return self.folder / "first.sql"
