# SPDX-License-Identifier: Apache-2.0
"""A thread that writes transactions while the task's main thread polls and converts.

Ending a transaction takes brokers some twenty milliseconds, however small it is. If the task waited
for that after each poll, as Java's does, that would be most of its time. So what was converted is
handed over in order, and where each poll ends a transaction those that were handed over while the
last one was being ended, or for a tenth of a second while the next one was being filled, go into
the next one together: a poll is never divided, and none waits for a later poll.

Differs:
    With ``transaction.boundary=poll`` Java writes one transaction for each poll. Here it may hold
    several whole polls when they come faster than brokers end transactions.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from barnabas.errors import ConnectError
from barnabas.runtime.tasks.source_transactions import Ended, Prepared
from barnabas.runtime.tasks.transaction_requests import TransactionEnd

__all__ = ["Portion", "TransactionWriter", "Writes"]

_MOST_BYTES: Final = 16_000_000
"""How much may wait to be written: what is polled while brokers end a transaction."""
_WRITTEN_BYTES: Final = 60
"""Memory of a record that waits, beside its value."""
_TOLD_BYTES: Final = 300
"""More of it when the task wants to hear of the record."""
_MERGED_S: Final = 0.1
"""How long portions that came meanwhile are added to a transaction that could end."""
_SERVE_S: Final = 1.0
"""How often the producer is served while there is nothing to write."""
_SAFE_PART: Final = 0.6
"""Part of the transaction's timeout after which one is ended, however long the interval is."""


class Portion(NamedTuple):
    """Records to write, and what becomes of the transaction then."""

    prepared: Prepared | None
    end: TransactionEnd
    opens_anew: bool = False
    """Whether the producer is to be opened anew before, or else as soon as no transaction is open
    that only the task may end."""

    @property
    def records(self) -> int:
        """How many records it holds."""
        return 0 if self.prepared is None else len(self.prepared.batch.values)

    @property
    def bytes(self) -> int:
        """About how much memory they take."""
        if self.prepared is None:
            return 0
        batch = self.prepared.batch
        own = _WRITTEN_BYTES * len(batch.values) + _TOLD_BYTES * len(batch.records)
        return own + sum(map(len, filter(None, batch.values)))


class Writes(Protocol):
    """What the thread needs: :class:`~barnabas.runtime.tasks.source_transactions`."""

    @property
    def open_since(self) -> float | None:
        """When the open transaction began; None when none is open."""

    @property
    def timeout_s(self) -> float:
        """How long brokers let a transaction be open."""

    def add(self, prepared: Prepared) -> None:
        """Put records into the transaction."""

    def commit(self) -> Ended:
        """Have the transaction count."""

    def abort(self) -> Ended:
        """Have the records of the transaction not count."""

    def reopen(self) -> None:
        """Open the producer anew."""

    def serve(self) -> None:
        """Take what the producer has to tell; never waits."""


class TransactionWriter:
    """Hands portions to a thread that writes them. Methods are for the main thread.

    Args:
        transactions: Used by the thread alone from :meth:`start` to :meth:`join`.
        interval_s: How long a transaction is open at most, when its time ends it; else None.
        may_merge: Whether portions that each end a transaction may share one.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        transactions: Writes,
        *,
        interval_s: float | None,
        may_merge: bool,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transactions = transactions
        self._interval_s = interval_s
        self._may_merge = may_merge
        self._now = now
        self._changed = threading.Condition()
        self._portions: list[Portion] = []
        self._records = 0
        self._bytes = 0
        self._is_busy = False
        self._is_over = False
        self._is_to_reopen = False
        self._failure: BaseException | None = None
        self._ended: deque[Ended] = deque()
        self._committed_at = now()
        self._thread = threading.Thread(target=self._run, name="transactions", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._committed_at = self._now()
        self._thread.start()

    def submit(self, portion: Portion) -> None:
        """Hand over a portion; waits while much is to be written already.

        Raises:
            ConnectError: An earlier portion could not be written.
        """
        size = portion.bytes
        with self._changed:
            self._changed.wait_for(self._has_room)
            self._check()
            self._portions.append(portion)
            self._records += portion.records
            self._bytes += size
            self._changed.notify_all()

    def drain(self) -> None:
        """Wait until all that was handed over is written.

        Raises:
            ConnectError: It could not be.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._failure is not None or self.is_idle)
            self._check()

    def check(self) -> None:
        """Raise what the thread failed with, if it has."""
        with self._changed:
            self._check()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written."""
        return not self._portions and not self._is_busy

    @property
    def active(self) -> int:
        """How many records wait to be written."""
        return self._records

    def heard(self) -> list[Ended]:
        """Take what became of transactions since the last call."""
        told = []
        while self._ended:
            told.append(self._ended.popleft())
        return told

    def join(self) -> None:
        """End the thread once it has written what it has begun to; the rest is dropped."""
        with self._changed:
            self._is_over = True
            self._portions.clear()
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join()

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (portions := self._next()) is not None:
                self._write(portions)
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            with self._changed:
                self._failure = error
                self._is_busy = False
                self._changed.notify_all()

    def _next(self) -> list[Portion] | None:
        """Wait for work; an empty list means that the interval is over."""
        with self._changed:
            self._is_busy = False
            self._changed.notify_all()
            while not self._portions and not self._is_over:
                left_s = self._left_s()
                if left_s is not None and left_s <= 0:
                    break
                self._changed.wait(_SERVE_S if left_s is None else min(left_s, _SERVE_S))
                # Else what the producer tells of itself piles up for as long as nothing comes.
                self._transactions.serve()
            if self._is_over:
                return None
            portions, self._portions = self._portions, []
            self._records = self._bytes = 0
            self._is_busy = True
            self._changed.notify_all()
            return portions

    def _left_s(self) -> float | None:
        """Time until the open transaction is to end; None when none does so by time."""
        since = self._transactions.open_since
        if self._interval_s is None or since is None:
            return None
        until = self._committed_at + self._interval_s
        return min(until, since + _SAFE_PART * self._transactions.timeout_s) - self._now()

    def _write(self, portions: list[Portion]) -> None:
        for place, portion in enumerate(portions, 1):
            self._is_to_reopen |= portion.opens_anew
            if self._is_to_reopen:
                self._reopen()
            if portion.prepared is not None:
                self._transactions.add(portion.prepared)
            if portion.end is TransactionEnd.ABORT:
                self._tell(self._transactions.abort())
            elif portion.end is TransactionEnd.COMMIT and not self._goes_on(
                has_more=place < len(portions)
            ):
                self._commit()
        left_s = self._left_s()
        if left_s is not None and left_s <= 0:
            self._commit()

    def _goes_on(self, *, has_more: bool) -> bool:
        """Whether the next portion, which waits already, shares this one's transaction."""
        since = self._transactions.open_since
        if not self._may_merge or since is None:
            return False
        is_young = self._now() - since < _MERGED_S
        return has_more or (is_young and bool(self._portions))

    def _reopen(self) -> None:
        is_open = self._transactions.open_since is not None
        if is_open and not self._may_merge and self._interval_s is None:
            return  # only the task may end it
        if is_open:
            self._commit()
        self._transactions.reopen()
        self._is_to_reopen = False

    def _commit(self) -> None:
        self._tell(self._transactions.commit())

    def _tell(self, ended: Ended) -> None:
        self._committed_at = self._now()
        self._ended.append(ended)

    # -- details -----------------------------------------------------------------------------------

    def _has_room(self) -> bool:
        return self._failure is not None or not self._portions or self._bytes < _MOST_BYTES

    def _check(self) -> None:
        if self._failure is None:
            return
        if isinstance(self._failure, ConnectError):
            raise self._failure
        text = f"Writing a transaction failed: {type(self._failure).__name__}: {self._failure}"
        raise ConnectError(text) from self._failure
