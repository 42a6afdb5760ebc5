# SPDX-License-Identifier: Apache-2.0
"""What validation of the source and of the sink have in common: a look at the database, in time.

Called in the process that answers ``PUT …/config/validate`` and creations of connectors. What is
wrong becomes errors of settings; what is merely worth knowing becomes log lines.
"""

from __future__ import annotations

import contextlib
import datetime
import itertools
import queue
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from barnabas.config import ConfigValue
from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.connection import Connection, Database, DatabaseSettings
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.errors import ConfigError

if TYPE_CHECKING:
    import sqlalchemy

__all__ = [
    "DEADLINE_S",
    "Report",
    "clock_difference_s",
    "index_begins_with",
    "is_readable",
    "look_into",
    "unique_keys",
]

_Found = TypeVar("_Found")

DEADLINE_S: Final = 30.0
"""How long validation waits for a database before it calls that an error."""


class Report:
    """The answer that is being made: the values of all settings, in order.

    Args:
        values: What the settings alone say; changed in place.
    """

    def __init__(self, values: Sequence[ConfigValue]) -> None:
        self._values = {value.name: value for value in values}

    @property
    def has_errors(self) -> bool:
        """Whether anything is wrong so far."""
        return any(value.errors for value in self._values.values())

    def error(self, name: str, message: str) -> None:
        """Note what is wrong with a setting."""
        self._values[name].add_error(message)

    def recommend(self, name: str, offered: Sequence[str]) -> None:
        """Offer values for a setting, each once."""
        self._values[name].recommended_values = list(dict.fromkeys(offered))

    @contextlib.contextmanager
    def blaming(self, name: str) -> Iterator[None]:
        """Turn what a step finds wrong into an error of a setting."""
        try:
            yield
        except ConfigError as error:
            self.error(name, error.message)


def look_into(
    report: Report,
    settings: Callable[[], DatabaseSettings],
    look: Callable[[Connection], None],
    deadline_s: float = DEADLINE_S,
) -> None:
    """Connect to the database, once, and let a function look around; all that within a deadline.

    A database that cannot be used is an error of ``connection.url``. The function runs on a thread
    of its own, which is left alone when it does not come back.

    Args:
        report: Gets the errors; the function may add to it too.
        settings: Makes the settings of the connection.
        look: Gets the connection, which is closed afterwards.
        deadline_s: Seconds from the first step to the last.
    """
    with report.blaming("connection.url"):
        database = Database(settings())
        try:
            _within(deadline_s, lambda: _visit(database, look))
        except DatabaseError as error:
            report.error("connection.url", _refusal(error))
        except TimeoutError:
            shown = database.address.shown
            report.error(
                "connection.url",
                f"Could not connect to database. {shown} did not answer within {deadline_s:.0f} s:"
                " check host and port, and whether a firewall drops what is sent there",
            )


def _visit(database: Database, look: Callable[[Connection], None]) -> None:
    connection = database.connect(attempts=1)
    try:
        look(connection)
    finally:
        connection.rollback()
        connection.close()


def _refusal(error: DatabaseError) -> str:
    hint = {
        Trouble.LOGIN: ". Check connection.user and connection.password",
        Trouble.CONNECTION: ". Check host, port and name of the database, and that it runs",
    }.get(error.trouble, "")
    return f"Could not connect to database. {error.message}{hint}"


def _within(seconds: float, work: Callable[[], _Found]) -> _Found:
    """Run something on a thread and wait for it so long.

    Raises:
        TimeoutError: It took longer.
        Exception: Whatever the work raised.
    """
    results: queue.SimpleQueue[tuple[_Found | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:  # noqa: BLE001  # carried to the thread that waits
            results.put((None, error))

    threading.Thread(target=run, name="jdbc-validation", daemon=True).start()
    try:
        found, error = results.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]  # there is no error, so this is what work returned


# -- what can be seen of a database ----------------------------------------------------------------


def clock_difference_s(connection: Connection) -> float:
    """Return how many seconds the database's clock is ahead of this machine's.

    Raises:
        DatabaseError: The database does not tell its time.
    """
    before = datetime.datetime.now(datetime.UTC)
    theirs = connection.now()
    after = datetime.datetime.now(datetime.UTC)
    return (theirs - (before + (after - before) / 2)).total_seconds()


def is_readable(connection: Connection, table: TableId) -> bool:
    """Whether the user may read a table.

    Raises:
        DatabaseError: Reading it fails for another reason.
    """
    sql = f"SELECT * FROM {connection.dialect.rules.quoted(table)} WHERE 1 = 0"
    try:
        connection.execute(sql, doing=f"read table {table}").close()
    except DatabaseError as error:
        connection.rollback()
        if error.trouble is not Trouble.PERMISSION:
            raise
        return False
    return True


def index_begins_with(
    connection: Connection, definition: TableDefinition, columns: Sequence[str]
) -> bool | None:
    """Whether an index or key lets the database find rows by the first of these columns.

    Returns:
        None when the database does not tell; for views, too.
    """
    found = _indexes(connection, definition)
    if found is None:
        return None
    firsts = {names[0].casefold() for names, _ in found if names}
    return columns[0].casefold() in firsts


def unique_keys(connection: Connection, definition: TableDefinition) -> set[frozenset[str]] | None:
    """List the sets of columns no two rows share, with names in lower case.

    Returns:
        None when the database does not tell; for views, too.
    """
    found = _indexes(connection, definition)
    if found is None:
        return None
    return {frozenset(name.casefold() for name in names) for names, unique in found if unique}


def _indexes(
    connection: Connection, definition: TableDefinition
) -> list[tuple[list[str], bool]] | None:
    """List the columns of each index and key, and whether it is unique; None when unknown."""
    if definition.kind not in {"TABLE", "PARTITIONED TABLE"}:
        return None
    import sqlalchemy

    try:
        with warnings.catch_warnings():  # of indexes it cannot describe
            warnings.simplefilter("ignore", sqlalchemy.exc.SAWarning)
            found = list(_reflected(connection.inspector, definition.table))
    except (sqlalchemy.exc.SQLAlchemyError, NotImplementedError):
        return None
    return [(names, unique) for names, unique in found if names]


def _reflected(inspector: sqlalchemy.Inspector, table: TableId) -> Iterator[tuple[list[str], bool]]:
    name, schema = table.table, table.schema or table.catalog
    yield list(inspector.get_pk_constraint(name, schema=schema)["constrained_columns"]), True
    for unique in inspector.get_unique_constraints(name, schema=schema):
        yield list(unique["column_names"]), True
    for index in inspector.get_indexes(name, schema=schema):
        yield _of_index(index)


def _of_index(index: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The columns before the first expression; unique if these, in all rows, are all there is."""
    columns = index["column_names"]
    plain = list(itertools.takewhile(lambda column: column is not None, columns))
    is_partial = any("where" in option for option in index.get("dialect_options", {}))
    return plain, bool(index["unique"]) and plain == columns and not is_partial
