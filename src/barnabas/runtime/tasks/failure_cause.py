# SPDX-License-Identifier: Apache-2.0
"""Tells of a task's failure what is needed to see the same failure again. Pure.

A record that cannot be converted fails the task each time it is read, and so does one a sink cannot
take; a database that is away is back after a while. What restarts tasks must not take one for the
other. The loops raise what says which records were in hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from barnabas.api import SinkRecord
from barnabas.errors import ConfigError, ConnectError, RetriableError
from barnabas.runtime.model import FailureCause

__all__ = ["BatchError", "failure_cause"]

_TOLERANCE: Final = "Tolerance exceeded in error handler"
_AWAY: Final = frozenset({"InterfaceError", "OperationalError", "TransportError"})
"""Names that drivers of databases (PEP 249) and clients of HTTP give errors of connections."""
_MAX_CHARS: Final = 500


class BatchError(ConnectError):
    """A sink could not take a batch."""

    def __init__(self, message: str | None = None, records: Sequence[SinkRecord] = ()) -> None:
        super().__init__(message)
        self.positions: dict[str, int] = {}
        """Offset of the first record of each partition in the batch."""
        for record in records:
            where, offset = record.original
            self.positions.setdefault(f"{where.topic}-{where.partition}", offset)


def failure_cause(error: BaseException) -> FailureCause:
    """Say what kind of failure an error that ended a task is."""
    text = f"{type(error).__name__}: {error}"[:_MAX_CHARS]
    causes = list(_causes(error))
    if any(_TOLERANCE in str(cause) for cause in causes):
        return FailureCause("record", text)
    if any(isinstance(cause, ConfigError) for cause in causes):
        return FailureCause("configuration", text)
    if not isinstance(error, BatchError) or not error.positions or any(map(_is_passing, causes)):
        return FailureCause("other", text)
    reason = causes[-1]  # of the task, where the text around it is ours
    return FailureCause("batch", f"{type(reason).__name__}: {reason}"[:_MAX_CHARS], error.positions)


def _is_passing(error: BaseException) -> bool:
    """Whether an error looks as if it went away without anybody changing a record."""
    if isinstance(error, OSError | RetriableError | MemoryError):
        return True
    return any(kind.__name__ in _AWAY for kind in type(error).__mro__)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        yield following
        following = following.__cause__ or following.__context__
