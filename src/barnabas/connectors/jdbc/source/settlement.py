# SPDX-License-Identifier: Apache-2.0
"""Which rows no open transaction can still put another row before. Pure decisions.

A row becomes visible when its transaction commits, but it got its number or timestamp earlier. A
source that reads rows in order and never looks back misses those that become visible late. So it
must not read beyond a row while a transaction is open that may hold an earlier one:

*Numbers.* Take the highest number there is, then list the transactions that may have got a number
(a database hands numbers out in ascending order). When the last of *those* has ended, everything up
to that number is there; transactions that began later have higher numbers.

*Timestamps.* A row's stamp is not earlier than the beginning of its transaction. So everything
before the beginning of the oldest open transaction is there.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from typing import Final

__all__ = ["SETTLE_NS", "OldestBeginning", "SettledNumbers"]

SETTLE_NS: Final = 200_000_000
"""How long a transaction may go unlisted after the moment it takes for the time, in ns."""


class SettledNumbers:
    """Says up to which number everything is there."""

    def __init__(self) -> None:
        self._limit: int | None = None
        self._waiting: Set[Hashable] | None = None

    @property
    def waiting_for(self) -> Set[Hashable]:
        """The transactions waited for."""
        return self._waiting or frozenset()

    def wait_only_for(self, transactions: Iterable[Hashable]) -> None:
        """Wait no longer for those that are not among these."""
        if self._waiting is not None:
            self._waiting = self._waiting & frozenset(transactions)

    def limit(
        self,
        after: int,
        highest: Callable[[], int | None],
        open_transactions: Callable[[], Set[Hashable]],
    ) -> int | None:
        """Find the highest number to which all is there; None while that is not known.

        Args:
            after: What was read up to; a lower answer means that there is nothing new.
            highest: Asks for the highest number; in a transaction that ends with it.
            open_transactions: Lists the open transactions that may have got a number.
        """
        if self._limit is None:
            found = highest()
            if found is None or found <= after:
                return after
            self._limit = found
        still_open = open_transactions() if self._waiting is None or self._waiting else frozenset()
        self._waiting = still_open if self._waiting is None else self._waiting & still_open
        if self._waiting:
            return None
        limit, self._limit, self._waiting = self._limit, None, None
        return limit


class OldestBeginning:
    """Says before which time everything is there.

    Of some transactions the beginning is not told. One that was not open at the look before began
    after it; one that was prepared for a two-phase commit may have been any of those that are gone.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, int | None] = {}
        self._previous_ns: int | None = None

    def limit(self, now_ns: int, beginnings: Mapping[Hashable, int | None]) -> int | None:
        """Find the time; None when it is not known how old an open transaction is.

        Args:
            now_ns: The database's clock before the transactions were listed, in ns.
            beginnings: Beginning of each open transaction, in ns; None when not told.
        """
        unlisted = self._unlisted(beginnings)
        self._known = {
            each: self._known.get(each, unlisted) if begun is None else begun
            for each, begun in beginnings.items()
        }
        self._previous_ns = now_ns
        found = [begun for begun in self._known.values() if begun is not None]
        if len(found) < len(self._known):
            return None
        return min([*found, now_ns - SETTLE_NS])

    def _unlisted(self, beginnings: Mapping[Hashable, int | None]) -> int | None:
        """Bound the beginning of a transaction that was not listed before."""
        if self._previous_ns is None:
            return None
        gone = [begun for each, begun in self._known.items() if each not in beginnings]
        if None in gone:
            return None
        return min([begun for begun in gone if begun is not None] + [self._previous_ns - SETTLE_NS])
