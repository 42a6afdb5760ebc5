# SPDX-License-Identifier: Apache-2.0
"""Errors of database drivers, told without secrets and without the contents of rows."""

from __future__ import annotations

import enum

from barnabas.errors import ConnectError, RetriableError

__all__ = ["DatabaseError", "DatabaseRetriableError", "Trouble", "wrap"]


class Trouble(enum.Enum):
    """What kind of thing went wrong; the first ones may pass when tried again."""

    CONNECTION = "connection lost or refused"
    DEADLOCK = "deadlock"
    SERIALIZATION = "serialization failure"
    LOCK = "lock not available"
    RESOURCES = "database out of resources"
    CANCELLED = "statement cancelled"
    LOGIN = "login refused"
    PERMISSION = "permission denied"
    MISSING = "table or column missing"
    STATEMENT = "statement wrong"
    DATA = "value does not fit"
    CONSTRAINT = "constraint violated"
    OTHER = "other"

    @property
    def is_transient(self) -> bool:
        """Whether the same statement may succeed later with nothing mended."""
        return self in _TRANSIENT


_TRANSIENT = frozenset(
    {
        Trouble.CONNECTION,
        Trouble.DEADLOCK,
        Trouble.SERIALIZATION,
        Trouble.LOCK,
        Trouble.RESOURCES,
        Trouble.CANCELLED,
    }
)


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


class DatabaseRetriableError(DatabaseError, RetriableError):
    """A database cannot do it at the moment."""


def wrap(error: BaseException, doing: str, dialect_name: str = "") -> DatabaseError:
    """Make an error of ours of a driver's.

    The message names what was being done, the database's own sentence without the values of rows,
    the SQLState and the code. Raise it ``from None``: the driver's own error may show a row.

    Args:
        error: What the driver raised.
        doing: What was tried, as part of a sentence: ``"read table public.users"``.
        dialect_name: Name of the dialect, for the codes only one database has.
    """
    del dialect_name
    return DatabaseError(f"Cannot {doing}: {type(error).__name__}")
