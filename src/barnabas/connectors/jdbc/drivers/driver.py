# SPDX-License-Identifier: Apache-2.0
"""A database through any driver SQLAlchemy knows, and what special drivers do otherwise."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from barnabas.connectors.jdbc.address import Address
from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.dialects import Dialect
from barnabas.connectors.jdbc.drivers import catalogue, results
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.connectors.jdbc.placeholders import translate
from barnabas.errors import ConfigError

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["Driver", "RowStream"]


class RowStream:
    """Rows of one query, read with a cursor of the server: few of them in memory at a time.

    One thread at a time. The end of the transaction ends it. While it is open, PostgreSQL may run
    other statements on its connection, most databases run nothing else.
    """

    def __init__(self, columns: Sequence[Column], cursor: Any) -> None:
        self.columns: list[Column] = list(columns)
        """What the rows consist of."""
        self._cursor = cursor

    def fetch(self, count: int) -> list[tuple[Any, ...]]:
        """Return the next rows, at most so many; an empty list means that was all."""
        rows = self._cursor.fetchmany(count)
        return rows if isinstance(rows, list) else list(rows)

    def settle(self) -> None:
        """Take in what is on its way, so that the connection can run another statement."""

    def close(self) -> None:
        """Let go of the rows that were not fetched; may be called twice."""
        self._cursor.close()


class Driver:
    """Connects to a database and asks it about its tables.

    Made once per `Database`; raw connections are handed in and out, errors are the driver's own
    (`Connection` wraps them).
    """

    def __init__(self, address: Address) -> None:
        import sqlalchemy

        self.address = address
        self.engine: sqlalchemy.Engine = sqlalchemy.create_engine(
            address.sqlalchemy_url,
            connect_args=address.connect_args,
            poolclass=sqlalchemy.pool.NullPool,
        )
        """SQLAlchemy's engine: for its dialect; it holds no connections."""

        dbapi: Any = self.engine.dialect.dbapi
        self.errors: tuple[type[Exception], ...] = (
            dbapi.Error,
            sqlalchemy.exc.SQLAlchemyError,
            OSError,
            OverflowError,
            UnicodeError,
        )
        """What the driver raises."""

    @property
    def style(self) -> str:
        """PEP 249's paramstyle of the driver."""
        module: Any = self.engine.dialect.dbapi
        return str(module.paramstyle)

    def connect(self, user: str | None, password: str | None) -> Any:
        """Open a connection of the driver.

        Raises:
            ConfigError: The driver knows no such parameter; others are raised as they are.
        """
        url = self.address.sqlalchemy_url.set(username=user, password=password)
        args, options = self.engine.dialect.create_connect_args(url)
        options.update(self.address.connect_args)
        try:
            raw: Any = self.engine.dialect.connect(*args, **options)
        except TypeError as error:
            text = (
                f"The driver {self.engine.dialect.driver} refuses a parameter ({error}). It is "
                "given those of the URL and each setting connection.* that the connector does not "
                "know: look there for a misspelt name."
            )
            raise ConfigError(text) from error
        for statement in self.address.target.session:
            self.run(raw, statement).close()
        return raw

    def prepare(self, sql: str, dialect: Dialect) -> str:
        """Rewrite the ``?`` of a statement for the driver."""
        return translate(
            sql, self.style, brackets=dialect.brackets, backslashes=dialect.backslashes
        )

    def arguments(self, params: Sequence[Any]) -> Any:
        """Put parameters into the form the driver wants."""
        if self.style == "named":
            return {f"p{index}": value for index, value in enumerate(params, 1)}
        return tuple(params)

    def run(self, raw: Any, sql: str, params: Sequence[Any] | None = None) -> Any:
        """Run a statement that is in the driver's style; without params nothing is replaced."""
        cursor = raw.cursor()
        if params is None:
            cursor.execute(sql)
        else:
            cursor.execute(sql, self.arguments(params))
        return cursor

    def open_stream(
        self, raw: Any, sql: str, params: Sequence[Any] | None, batch_rows: int
    ) -> RowStream:
        """Start a query whose rows are fetched bit by bit."""
        cursor = raw.cursor()
        cursor.arraysize = batch_rows
        if params is None:
            cursor.execute(sql)
        else:
            cursor.execute(sql, self.arguments(params))
        return RowStream(self.described(raw, cursor), cursor)

    def described(self, raw: Any, cursor: Any) -> list[Column]:
        """Describe the rows of an executed cursor by what PEP 249 tells."""
        del raw
        return results.columns(self.engine.dialect.dbapi, cursor.description or ())

    def describe(self, raw: Any, sql: str) -> list[Column]:
        """Describe the rows a query would return; parameters may stand in it as ``?``."""
        cursor = raw.cursor()
        cursor.execute(f"SELECT * FROM ({sql}) described WHERE 1 = 0")
        columns = self.described(raw, cursor)
        cursor.close()
        return columns

    def set_isolation(self, raw: Any, level: str) -> bool:
        """Set the isolation of coming transactions, such as ``READ_COMMITTED``.

        Returns:
            False when the database does not have that level.
        """
        name = level.removeprefix("SQL_SERVER_").replace("_", " ")
        if name not in self.engine.dialect.get_isolation_level_values(raw):
            return False
        self.engine.dialect.set_isolation_level(raw, name)  # type: ignore[arg-type]  # one of them
        return True

    def is_valid(self, raw: Any, check_query: str, timeout_s: float) -> bool:
        """Whether the connection still answers; drivers without a deadline wait for the answer."""
        del timeout_s
        self.run(raw, check_query).fetchall()
        return True

    def now(self, raw: Any, clock_query: str, zone: datetime.tzinfo) -> datetime.datetime:
        """Read the clock of the database; a time without a zone is one of ``db.timezone``."""
        found = self.run(raw, clock_query).fetchone()[0]
        if isinstance(found, str):
            found = datetime.datetime.fromisoformat(found)
        assert isinstance(found, datetime.datetime)
        return found if found.tzinfo else found.replace(tzinfo=zone)

    def inspector(self, raw: Any) -> sqlalchemy.Inspector:
        """Make SQLAlchemy's view of the catalogue through the connection."""
        import sqlalchemy

        engine = sqlalchemy.create_engine(
            self.address.sqlalchemy_url,
            creator=lambda: raw,
            poolclass=sqlalchemy.pool.StaticPool,
            pool_reset_on_return=None,
        )
        return sqlalchemy.inspect(engine)

    # -- the catalogue ----------------------------------------------------------------------------

    def table_types(self, raw: Any) -> list[str]:
        """List the types of tables the database has, as JDBC calls them."""
        del raw
        return ["TABLE", "VIEW"]

    def tables(
        self, raw: Any, catalog: str | None, schema_pattern: str | None, types: Sequence[str]
    ) -> list[TableId]:
        """List tables in the order of type, catalog, schema and name.

        Args:
            raw: A connection of the driver.
            catalog: Exact name, "" for tables without one, None for any.
            schema_pattern: With ``%`` and ``_``; "" for tables without schema, None for any.
            types: What kinds of tables, as `table_types` names them.
        """
        return catalogue.tables(self.inspector(raw), catalog, schema_pattern, types)

    def definition(self, raw: Any, table: TableId) -> TableDefinition | None:
        """Describe a table; None when there is none of that name."""
        return catalogue.definition(self.inspector(raw), table)

    def current(self, raw: Any) -> tuple[str | None, str | None]:
        """Name the catalog and the schema where a name without them is looked up."""
        return None, self.inspector(raw).default_schema_name
