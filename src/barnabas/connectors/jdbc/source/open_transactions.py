# SPDX-License-Identifier: Apache-2.0
"""Guards: ask a database which transactions are open, to read only what is settled.

One per reader, for it remembers. `barnabas.connectors.jdbc.source.settlement` decides;
`postgresql_transactions` and `mysql_transactions` ask. Other databases have no guard: there
``timestamp.delay.interval.ms`` is what holds reading back.
"""

from __future__ import annotations

import abc
import logging
from collections.abc import Callable, Hashable, Mapping, Set
from typing import Final

from barnabas.connectors.jdbc.connection import Connection
from barnabas.connectors.jdbc.errors import DatabaseError
from barnabas.connectors.jdbc.source.settlement import OldestBeginning, SettledNumbers

__all__ = ["Guard", "OpenTransactions", "TransactionGuard"]

_logger = logging.getLogger(__name__)

_NANOS_PER_MS: Final = 1_000_000
_NANOS_PER_S: Final = 1_000_000_000
_WARN_EVERY_NS: Final = 60 * _NANOS_PER_S


class Guard:
    """Lets everything be read: for databases that do not tell what is open, and for bulk mode."""

    def begin(self, connection: Connection) -> None:
        """Mark the transaction that is to read, so that guards of others do not wait for it."""

    def time_limit(self, connection: Connection, now_ns: int) -> int | None:
        """Find the time before which everything is there; None while that is not known.

        Args:
            connection: Its transaction must be ended before rows are read.
            now_ns: The database's clock, in ns.
        """
        del connection
        return now_ns

    def number_limit(
        self, connection: Connection, after: int, highest: Callable[[], int | None]
    ) -> int | None:
        """Find the number up to which everything is there; None while that is not known.

        Args:
            connection: Its transaction must be ended before rows are read.
            after: What was read up to; an answer not above it means that nothing is new.
            highest: Asks for the highest number there is.
        """
        raise NotImplementedError

    @property
    def limits_numbers(self) -> bool:
        """Whether `number_limit` may be asked."""
        return False


class OpenTransactions(abc.ABC):
    """Asks one kind of database what is open. Ends its own transactions."""

    @abc.abstractmethod
    def begin(self, connection: Connection) -> None:
        """Mark a transaction that only reads."""

    @abc.abstractmethod
    def beginnings(self, connection: Connection, now_ns: int) -> Mapping[Hashable, int | None]:
        """List open transactions with their beginnings in ns, None where not told.

        Raises:
            DatabaseError: It cannot be asked, or not now.
        """

    @abc.abstractmethod
    def writers(self, connection: Connection) -> Set[Hashable]:
        """List open transactions that may have got a number of the table.

        Raises:
            DatabaseError: It cannot be asked, or not now.
        """


class TransactionGuard(Guard):
    """Holds reading back below what is open.

    Args:
        name: What is read, for messages.
        transactions: Asks the database.
        longest_wait_ms: Age from which a transaction is not waited for; negative for never.
    """

    def __init__(self, name: str, transactions: OpenTransactions, longest_wait_ms: int) -> None:
        self._name = name
        self._transactions: OpenTransactions | None = transactions
        self._longest_ns = None if longest_wait_ms < 0 else longest_wait_ms * _NANOS_PER_MS
        self._numbers = SettledNumbers()
        self._oldest = OldestBeginning()
        self._first_seen_ns: dict[Hashable, int] = {}
        self._told_ns = 0

    @property
    def limits_numbers(self) -> bool:
        """Whether the database tells what is open."""
        return self._transactions is not None

    def begin(self, connection: Connection) -> None:
        """Mark the transaction that is to read."""
        if self._transactions is not None:
            self._transactions.begin(connection)

    def time_limit(self, connection: Connection, now_ns: int) -> int | None:
        """Find the beginning of the oldest open transaction."""
        if self._transactions is None:
            return now_ns
        try:
            beginnings = dict(self._transactions.beginnings(connection, now_ns))
        except DatabaseError as error:
            self._switch_off(connection, error)
            return now_ns
        waited_for = self._patience(now_ns, beginnings)
        return self._oldest.limit(now_ns, {each: beginnings[each] for each in waited_for})

    def number_limit(
        self, connection: Connection, after: int, highest: Callable[[], int | None]
    ) -> int | None:
        """Find the highest number whose predecessors have all ended."""
        transactions = self._transactions
        assert transactions is not None
        refusal: DatabaseError | None = None

        def writers() -> Set[Hashable]:
            nonlocal refusal
            try:
                return transactions.writers(connection)
            except DatabaseError as error:  # not to be taken for one of `highest`
                refusal = error
                return frozenset()

        limit = self._numbers.limit(after, highest, writers)
        if refusal is not None:
            self._numbers = SettledNumbers()
            self._switch_off(connection, refusal)
        if limit is None:
            now_ns = _clock_ns(connection)
            waiting = dict.fromkeys(self._numbers.waiting_for)
            self._numbers.wait_only_for(self._patience(now_ns, waiting))
        else:
            self._first_seen_ns.clear()
        return limit

    def _switch_off(self, connection: Connection, error: DatabaseError) -> None:
        """Go on without a guard when this user or database cannot have one."""
        connection.rollback()
        if error.is_transient:
            raise error
        self._transactions = None
        _logger.warning(
            "Open transactions cannot be seen (%s), so rows that are committed late may be missed"
            " in %s: give the user the right to see them, or set timestamp.delay.interval.ms to"
            " more than the longest transaction takes",
            error,
            self._name,
        )

    def _patience(self, now_ns: int, open_now: Mapping[Hashable, int | None]) -> list[Hashable]:
        """Pick the transactions that are still to be waited for; tell of old ones."""
        seen = self._first_seen_ns
        self._first_seen_ns = {
            each: begun if begun is not None else seen.get(each, now_ns)
            for each, begun in open_now.items()
        }
        oldest = min(self._first_seen_ns.items(), key=lambda item: item[1], default=None)
        if oldest is not None and now_ns - max(oldest[1], self._told_ns) > _WARN_EVERY_NS:
            self._told_ns = now_ns
            _logger.warning(
                "Reading %s waits for an open transaction, %s, since %d s at least; end it, or set"
                " transaction.guard.limit.ms",
                self._name,
                oldest[0],
                (now_ns - oldest[1]) // _NANOS_PER_S,
            )
        if self._longest_ns is None:
            return list(open_now)
        earliest = now_ns - self._longest_ns
        return [each for each, begun in self._first_seen_ns.items() if begun >= earliest]


def _clock_ns(connection: Connection) -> int:
    now = connection.now()
    connection.rollback()
    return int(now.timestamp() * 1_000_000) * 1000
