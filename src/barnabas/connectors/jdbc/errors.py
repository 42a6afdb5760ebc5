# SPDX-License-Identifier: Apache-2.0
"""Errors of database drivers, told without secrets and without the contents of rows.

A driver's message may show a row ("Key (id)=(42) already exists"); ours names the table, the
column, the constraint, the SQLState and the code, and never a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from barnabas.connectors.jdbc.redaction import redacted
from barnabas.connectors.jdbc.trouble import Trouble, trouble_of_code, trouble_of_state
from barnabas.errors import ConnectError, RetriableError

__all__ = ["DatabaseError", "DatabaseRetriableError", "Trouble", "wrap"]

_STATE: Final = re.compile(r"\bSQLSTATE[=: ]\s*([0-9A-Z]{5})\b")
_ORACLE_CODE: Final = re.compile(r"\b(?:ORA|DPY)-(\d{4,5})\b")
_SHORTEST_SECRET: Final = 4
"""Shorter ones are not looked for in messages: they stand in ordinary words."""


class DatabaseError(ConnectError):
    """A database refused what it was asked."""

    def __init__(
        self,
        message: str | None = None,
        *,
        trouble: Trouble = Trouble.OTHER,
        sqlstate: str | None = None,
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.trouble = trouble
        """What kind of thing went wrong."""
        self.sqlstate = sqlstate
        """Five characters, where the database gave them."""
        self.code = code
        """The database's own number of the error, where it gave one."""

    @property
    def is_transient(self) -> bool:
        """Whether the same statement may succeed later with nothing mended."""
        return self.trouble.is_transient

    @property
    def is_about_values(self) -> bool:
        """Whether the values of the row are the reason: another row may be taken."""
        return self.trouble in {Trouble.DATA, Trouble.CONSTRAINT}


class DatabaseRetriableError(DatabaseError, RetriableError):
    """A database cannot do it at the moment."""


def wrap(
    error: BaseException, doing: str, dialect_name: str = "", secrets: Iterable[str] = ()
) -> DatabaseError:
    """Make an error of ours of a driver's.

    The message names what was being done, the database's own sentence without the values of rows,
    the SQLState and the code. Raise it ``from None``: the driver's own error may show a row.

    Args:
        error: What the driver raised.
        doing: What was tried, as part of a sentence: ``"read table public.users"``.
        dialect_name: Name of the dialect, for the codes only one database has.
        secrets: Passwords, which are taken out wherever they stand.
    """
    sqlstate, code = _sqlstate(error), _code(error, dialect_name)
    trouble = _trouble(error, dialect_name, sqlstate, code)
    told = redacted(error, dialect_name, trouble, sqlstate, code)
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            told = told.replace(secret, "****")
    marks = [f"SQLState {sqlstate}"] if sqlstate else []
    marks += [f"code {code}"] if code is not None else []
    marks.append(trouble.value)
    message = f"Cannot {doing}: {told} ({', '.join(marks)})"
    kind = DatabaseRetriableError if trouble.is_transient else DatabaseError
    return kind(message, trouble=trouble, sqlstate=sqlstate, code=code)


def _sqlstate(error: BaseException) -> str | None:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str) and len(state) == 5:
        return state
    found = _STATE.search(str(error))
    return found[1] if found else None


def _code(error: BaseException, dialect_name: str) -> int | None:
    """Find the database's own number: drivers give it in different places."""
    number: Any = getattr(error, "sqlite_errorcode", None)
    first = error.args[0] if error.args else None
    if number is None:
        number = first if isinstance(first, int) else getattr(first, "code", None)
    if number is None and dialect_name.startswith("Oracle"):
        found = _ORACLE_CODE.search(str(error))
        number = int(found[1]) if found else None
    return number if isinstance(number, int) and not isinstance(error, OSError) else None


def _trouble(
    error: BaseException, dialect_name: str, sqlstate: str | None, code: int | None
) -> Trouble:
    if isinstance(error, OSError):
        return Trouble.CONNECTION
    known = trouble_of_code(dialect_name, code) if code is not None else None
    if known is None and sqlstate is not None:
        known = trouble_of_state(sqlstate)
    if known is not None:
        return known
    guessed = _by_class(error, str(error).lower())
    has_answered = bool(sqlstate or code)
    return Trouble.OTHER if has_answered and guessed is Trouble.CONNECTION else guessed


def _by_class(error: BaseException, text: str) -> Trouble:
    for word, trouble in _WORDS:
        if word in text:
            return trouble
    if isinstance(error, ArithmeticError | ValueError):
        return Trouble.DATA
    names = {kind.__name__ for kind in type(error).__mro__}
    return next((trouble for name, trouble in _CLASSES if name in names), Trouble.OTHER)


_WORDS: Final = (
    ("password authentication failed", Trouble.LOGIN),
    ("no password supplied", Trouble.LOGIN),
    ("authentication failed", Trouble.LOGIN),
    ("login failed", Trouble.LOGIN),
    ("no pg_hba.conf entry", Trouble.LOGIN),
    ("certificate verify failed", Trouble.LOGIN),
    ("certificate", Trouble.LOGIN),
    ("unable to open database file", Trouble.MISSING),
    ("no such table", Trouble.MISSING),
    ("no such column", Trouble.MISSING),
    ("has no column", Trouble.MISSING),
    ("does not exist", Trouble.MISSING),
    ("syntax error", Trouble.STATEMENT),
    ("duplicate column name", Trouble.STATEMENT),
    ("already exists", Trouble.STATEMENT),
    ("number of bindings", Trouble.STATEMENT),
    ("error binding parameter", Trouble.DATA),
)
"""Words of messages of errors that carry no code, and what they mean."""
_CLASSES: Final = (
    ("IntegrityError", Trouble.CONSTRAINT),
    ("DataError", Trouble.DATA),
    ("OperationalError", Trouble.CONNECTION),
    ("InterfaceError", Trouble.CONNECTION),
    ("DisconnectionError", Trouble.CONNECTION),
    ("ProgrammingError", Trouble.STATEMENT),
    ("NotSupportedError", Trouble.STATEMENT),
)
"""Classes of PEP 249 and what they mean when nothing else is known."""
