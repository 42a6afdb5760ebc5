# SPDX-License-Identifier: Apache-2.0
"""A script with a COPY in it on its way to PostgreSQL, awaited later.

A script of several statements is sent as one simple query; the server goes on from COPY to the next
statement by itself, up to COMMIT. So nothing is waited for until somebody wants to know how it
went, and meanwhile the next records can be converted.

Source: PostgreSQL 15 documentation, *Message Flow*, simple query and COPY.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from typing import Any, Final

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

__all__ = ["CopyChannel"]

_SLICE_MS: Final = 500
_GRACE_SLICES: Final = 8
_FAILED: Final = frozenset({ExecStatus.FATAL_ERROR, ExecStatus.BAD_RESPONSE})


class CopyChannel:
    """Sends scripts on a connection of psycopg and awaits their end. One at a time.

    Args:
        raw: The connection; nothing else may be done on it between `start` and `finish`.
        give_up: Asked now and then once something takes seconds; True ends the wait.
    """

    def __init__(self, raw: psycopg.Connection[Any], give_up: Callable[[], bool]) -> None:
        self._pgconn = raw.pgconn
        self._give_up = give_up
        self._is_copying = False
        self.is_open = False
        """Whether a script was begun whose end was not awaited."""

    def start(self, script: str, rows: bytes) -> None:
        """Send a script, in which there is one COPY … FROM STDIN, and the rows for that.

        A transaction is begun before when none is under way.

        Raises:
            psycopg.Error: The server refused before it took the rows, or cannot be reached.
        """
        pgconn = self._pgconn
        self.is_open = True
        is_idle = pgconn.transaction_status == TransactionStatus.IDLE
        pgconn.send_query(f"{'BEGIN;' if is_idle else ''}{script}".encode())
        while (result := self._next_result()) is not None:
            if result.status == ExecStatus.COPY_IN:
                break
            if result.status in _FAILED:
                self._drain()
                raise psycopg.errors.error_from_result(result)
        else:
            self.is_open = False
            return
        self._is_copying = True
        while not pgconn.put_copy_data(rows):
            self._wait(select.POLLIN | select.POLLOUT)
        while not pgconn.put_copy_end():
            self._wait(select.POLLIN | select.POLLOUT)
        self._is_copying = False
        self._flush()

    def finish(self) -> None:
        """Wait for the end of the script begun last, if there is one.

        Raises:
            psycopg.Error: A statement failed, or the connection was lost. What the script did
                has to be rolled back.
        """
        failure: Any = None
        while self.is_open:
            result = self._next_result()
            if result is None:
                self.is_open = False
            elif result.status in _FAILED and failure is None:
                failure = result
        if failure is not None:
            raise psycopg.errors.error_from_result(failure)

    def abandon(self) -> None:
        """End a script that failed half-way, so that the connection can be used again."""
        if not self.is_open:
            return
        try:
            if self._is_copying:
                self._is_copying = False
                self._pgconn.put_copy_end(b"abandoned")
            self._drain()
        except psycopg.Error:
            self.is_open = False

    def _drain(self) -> None:
        while self._next_result() is not None:
            pass
        self.is_open = False

    def _next_result(self) -> Any:
        pgconn = self._pgconn
        self._flush()
        while pgconn.is_busy():
            self._wait(select.POLLIN)
        return pgconn.get_result()

    def _flush(self) -> None:
        """Hand what is left to the network, and take what comes meanwhile."""
        while self._pgconn.flush():
            self._wait(select.POLLIN | select.POLLOUT)

    def _wait(self, events: int) -> None:
        poll = select.poll()
        poll.register(self._pgconn.socket, events)
        slices = 0
        while not (found := poll.poll(_SLICE_MS)):
            slices += 1
            if slices >= _GRACE_SLICES and self._give_up():
                message = "stopped while the database was busy"
                raise psycopg.OperationalError(message)
        if found[0][1] & ~select.POLLOUT:
            self._pgconn.consume_input()
