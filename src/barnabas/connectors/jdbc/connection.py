# SPDX-License-Identifier: Apache-2.0
"""Connections to a database: opened with patience, used with ``?``, told apart when broken.

Every error that leaves this module is one of `barnabas.connectors.jdbc.errors` or a ConfigError.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from barnabas.config import Password
from barnabas.connectors.jdbc import errors
from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.credentials import make_provider
from barnabas.connectors.jdbc.dialects import Dialect, choose_dialect
from barnabas.connectors.jdbc.drivers import Driver, RowStream, choose_driver
from barnabas.connectors.jdbc.identifiers import TableId

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["Connection", "Database", "DatabaseSettings", "RowStream"]

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseSettings:
    """What the settings of a connector say about its database."""

    url: str = dataclasses.field(repr=False)
    """``connection.url``."""
    user: str | None = None
    password: Password | None = None
    properties: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """The other ``connection.*`` settings without their prefix, for the driver."""
    dialect_name: str = ""
    attempts: int = 3
    """``connection.attempts``, at least 1."""
    backoff_ms: int = 10_000
    """``connection.backoff.ms``: pause between attempts."""
    isolation: str = "DEFAULT"
    """``transaction.isolation.mode``."""
    quoting: bool = True
    """False for ``quote.sql.identifiers=never``."""
    zone: datetime.tzinfo = datetime.UTC
    """``db.timezone``."""
    merge_holdlock: bool = True
    """``mssql.use.merge.holdlock``, of a sink to SQL Server."""
    originals: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    """All settings of the connector, for a credentials provider."""


class Database:
    """A database of a connector: its dialect, and the way to get connections to it.

    Thread-safe; a `Connection` is not.
    """

    def __init__(self, settings: DatabaseSettings) -> None:
        """Read the address and load the driver; connects to nothing.

        Raises:
            ConfigError: The URL or an option is wrong, or the driver is not installed.
        """
        self.settings = settings
        password = settings.password.value if settings.password else None
        self.address = Address.parse(
            settings.url, settings.user, password, settings.properties, settings.dialect_name
        )
        self.driver: Driver = choose_driver(self.address)
        target = self.address.target
        if target.sqlalchemy_text is not None:
            url = self.address.sqlalchemy_url
            target.user, target.password = url.username, url.password
        self._provider = make_provider(settings.originals, target.user, target.password)
        dialect = choose_dialect(settings.url, settings.dialect_name)(
            quoting=settings.quoting, zone=settings.zone, merge_holdlock=settings.merge_holdlock
        )
        self.dialect: Dialect = dialect.adapted(self.driver.engine.dialect)

    def connect(
        self,
        wait: Callable[[float], bool] | None = None,
        *,
        attempts: int | None = None,
    ) -> Connection:
        """Open a connection; tries again as the settings say.

        Args:
            wait: Sleeps so many seconds and returns True when the connector has to stop; for a
                task that is `SourceTaskContext.wait`. Default: an ordinary sleep.
            attempts: How often to try; by default ``connection.attempts``.

        Raises:
            DatabaseError: It could not be opened; a `DatabaseRetriableError` when it may later.
        """
        left = max(1, self.settings.attempts if attempts is None else attempts)
        while True:
            left -= 1
            try:
                return self._open()
            except errors.DatabaseError as error:
                if left <= 0 or not error.is_transient:
                    raise
                _LOG.warning("%s; %d attempts left", error, left)
            if (wait or _sleep)(self.settings.backoff_ms / 1000):
                message = f"Stopped while waiting for the database {self.address.shown}"
                raise errors.DatabaseRetriableError(message, trouble=errors.Trouble.CONNECTION)

    def _open(self) -> Connection:
        user, password = self._provider.credentials()
        told = _told(f"connect to {self.address.shown}", self.driver, self.dialect, password)
        with told:
            raw = self.driver.connect(user, password)
        connection = Connection(raw, self.driver, self.dialect)
        if self.settings.isolation != "DEFAULT":
            self._isolate(connection)
        return connection

    def _isolate(self, connection: Connection) -> None:
        level = self.settings.isolation
        with _told(f"set the isolation {level}", self.driver, self.dialect):
            if not self.driver.set_isolation(connection.raw, level):
                _LOG.warning("The database does not have the isolation level %s", level)


class Connection:
    """One connection: a transaction begins with the first statement and lasts until `commit`.

    One thread at a time.
    """

    def __init__(self, raw: Any, driver: Driver, dialect: Dialect) -> None:
        self.raw: Any = raw
        """The driver's own connection, for hot paths."""
        self.driver = driver
        self.dialect = dialect
        self._inspector: sqlalchemy.Inspector | None = None
        self._stream: RowStream | None = None

    # -- statements -------------------------------------------------------------------------------

    def execute(self, sql: str, params: Sequence[Any] | None = None, doing: str = "") -> Any:
        """Run one statement and return the driver's cursor.

        Args:
            sql: With ``?`` for parameters.
            params: Their values, in order; None for a statement that is sent as it is.
            doing: What it is for, in messages: "read the clock".

        Raises:
            DatabaseError: The database refused.
        """
        text = sql if params is None else self.driver.prepare(sql, self.dialect)
        with self.told(doing or "run a statement"):
            self._settle()
            return self.driver.run(self.raw, text, params)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]], doing: str = "") -> int:
        """Run a statement for every row of parameters in as few round trips as the driver can.

        Returns:
            How many rows were changed; -1 when the driver does not know.

        Raises:
            DatabaseError: The database refused one of them; the transaction has to be rolled back.
        """
        text = self.driver.prepare(sql, self.dialect)
        with self.told(doing or "write rows"):
            self._settle()
            cursor = self.raw.cursor()
            cursor.executemany(text, [self.driver.arguments(row) for row in rows])
            changed = int(cursor.rowcount)
            cursor.close()
            return changed

    def stream(
        self,
        sql: str,
        params: Sequence[Any] | None = None,
        batch_rows: int = 1000,
        doing: str = "",
    ) -> RowStream:
        """Start a query whose rows stay in the database until they are fetched.

        Only one stream at a time: another one, `commit` and `rollback` close it.

        Raises:
            DatabaseError: The database refused.
        """
        text = sql if params is None else self.driver.prepare(sql, self.dialect)
        with self.told(doing or "query"):
            self._end_stream()
            self._stream = self.driver.open_stream(self.raw, text, params, batch_rows)
            return self._stream

    def describe(self, sql: str) -> list[Column]:
        """Describe the rows a query returns, without running it where the database can.

        Raises:
            DatabaseError: The database does not understand it.
        """
        with self.told("prepare the query"):
            self._settle()
            return self.driver.describe(self.raw, sql)

    def commit(self) -> None:
        """End the transaction and keep what it did.

        Raises:
            DatabaseError: It cannot be kept.
        """
        with self.told("commit"):
            self._end_stream()
            self.raw.commit()

    def rollback(self) -> None:
        """End the transaction and undo what it did; a lost connection counts as done."""
        with contextlib.suppress(*self.driver.errors):
            self._end_stream()
        with contextlib.suppress(*self.driver.errors):
            self.raw.rollback()

    def is_valid(self, timeout_s: float = 5.0) -> bool:
        """Whether the database still answers on this connection, within so many seconds."""
        try:
            self._settle()
            return self.driver.is_valid(self.raw, self.dialect.check_query, timeout_s)
        except self.driver.errors:
            return False

    def close(self) -> None:
        """Close it; what was not committed is undone. May be called twice."""
        with contextlib.suppress(*self.driver.errors):
            self._end_stream()
        with contextlib.suppress(*self.driver.errors):
            self.raw.close()

    def _settle(self) -> None:
        if self._stream is not None:
            self._stream.settle()

    def _end_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def now(self) -> datetime.datetime:
        """Read the database's clock.

        Where the database tells a time without a zone (MySQL, SQLite, SQL Server), it is taken for
        one of ``db.timezone``, as its columns without zone are, so that bounds and values agree.

        Raises:
            DatabaseError: The database refused.
        """
        with self.told("read the clock of the database"):
            self._settle()
            return self.driver.now(self.raw, self.dialect.clock_query, self.dialect.zone)

    # -- the catalogue ----------------------------------------------------------------------------

    @property
    def inspector(self) -> sqlalchemy.Inspector:
        """SQLAlchemy's view of tables, keys and indexes; it may end the transaction."""
        if self._inspector is None:
            self._inspector = self.driver.inspector(self.raw)
        return self._inspector

    def table_types(self) -> list[str]:
        """List the types of tables the database has, such as TABLE and VIEW."""
        with self.told("list the types of tables"):
            self._settle()
            return self.driver.table_types(self.raw)

    def tables(
        self,
        catalog: str | None = None,
        schema_pattern: str | None = None,
        types: Sequence[str] = ("TABLE",),
    ) -> list[TableId]:
        """List tables in the order of type, catalog, schema and name, without the database's own.

        Args:
            catalog: Exact name, "" for tables without one, None for any.
            schema_pattern: With ``%`` and ``_``; "" for tables without schema, None for any.
            types: Kinds of tables; the case does not matter.
        """
        with self.told("list the tables"):
            self._settle()
            found = self.driver.tables(self.raw, catalog, schema_pattern, types)
        return [table for table in found if not self.dialect.skips(table)]

    def definition(self, table: TableId) -> TableDefinition | None:
        """Describe a table or view; None when there is none of that name.

        A name without catalog or schema is looked up where the database looks by itself.
        """
        with self.told(f"describe table {table}"):
            self._settle()
            return self.driver.definition(self.raw, table)

    def current(self) -> tuple[str | None, str | None]:
        """Name the catalog and the schema where a name without them is looked up."""
        with self.told("ask for the current schema"):
            self._settle()
            return self.driver.current(self.raw)

    # -- errors -----------------------------------------------------------------------------------

    def told(self, doing: str) -> contextlib.AbstractContextManager[None]:
        """Turn errors of the driver into ours while something is done through `raw`."""
        return _told(doing, self.driver, self.dialect)


@contextlib.contextmanager
def _told(
    doing: str, driver: Driver, dialect: Dialect, secret: str | None = None
) -> Iterator[None]:
    try:
        yield
    except driver.errors as error:
        secrets = [text for text in (secret, driver.address.target.password) if text]
        raise errors.wrap(error, doing, dialect.name, secrets) from None


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
