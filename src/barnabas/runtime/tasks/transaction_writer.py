# SPDX-License-Identifier: Apache-2.0
"""Transactions that are filled by the task's main thread and ended by another.

Ending a transaction takes brokers some twenty milliseconds, however small it is. If the task waited
for that after each poll, as Java's does, that would be most of its time. So the main thread puts
what it has converted into the transaction that is open, as long as nobody ends it, and another
thread ends it. What is converted meanwhile waits, in order, and goes into the next one together; a
poll is never divided. When another poll comes within some milliseconds of the one that ends a
transaction, it goes into the same one, for a tenth of a second; no poll waits longer for a later.

One thread at a time uses the producer's transactions. When the main thread is busy elsewhere, such
as in ``poll`` of a source that waits for news, the other one writes what waits.

Two threads that compute at once would cost more than they gain: records are best handed to the
producer by the processor that has just made them, and the producer lets go of the interpreter, and
takes it back, for each record that was delivered. So the main thread hears of deliveries, too, as
long as it comes by often, and the commit begins when little is under way.

Differs:
    With ``transaction.boundary=poll`` Java writes one transaction for each poll. Here it may hold
    several whole polls when they come faster than brokers end transactions.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
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
"""How long portions are added to a transaction that could end."""
_GRACE_S: Final = 0.004
"""How long the main thread may take to come by before the other one does its work."""
_UNDELIVERED: Final = 2_000
"""Records whose delivery is left to the commit to wait for."""
_DELIVERY_S: Final = 1.0
_LOOK_S: Final = 0.002
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

    @property
    def undelivered(self) -> int:
        """How many records are under way."""

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
    """Has portions written. Methods are for the main thread.

    Args:
        transactions: Used by the main thread and the other one in turn, from :meth:`start` to
            :meth:`join`.
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
        """Whether one of the threads uses the transactions."""
        self._due = TransactionEnd.NONE
        """How the other thread is to end the transaction."""
        self._due_at = self._free_at = 0.0
        self._is_delivering = False
        self._served_at = 0.0
        self._is_hurried = False
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
        """Have a portion written; waits while much waits already.

        Raises:
            Exception: What this portion could not be written for.
            ConnectError: An earlier portion could not be written.
        """
        with self._changed:
            self._changed.wait_for(self._has_room)
            self._check()
            self._go_on_with_transaction()
            if not self._is_free():
                self._queue([portion])
                if self._is_delivering:
                    self._serve()
                return
            portions = [*self._take(), portion]
        try:
            self._write(portions, ends=False)
        except BaseException as error:
            self._fail(error)
            raise

    def drain(self) -> None:
        """Wait until all that was handed over is written.

        Raises:
            ConnectError: It could not be.
        """
        with self._changed:
            self._is_hurried = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._failure is not None or self.is_idle)
            self._is_hurried = False
            self._check()

    def check(self) -> None:
        """Raise what writing failed with, if it has."""
        self._check()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits to be written or to be ended."""
        return not self._portions and self._is_free()

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

    # -- what waits; the condition is held ---------------------------------------------------------

    def _is_free(self) -> bool:
        """Whether the transactions may be used by whoever asks."""
        return not self._is_busy and self._due is TransactionEnd.NONE

    def _has_room(self) -> bool:
        is_full = self._portions and self._bytes >= _MOST_BYTES
        return self._failure is not None or not is_full or self._is_free()

    def _queue(self, portions: Sequence[Portion], *, first: bool = False) -> None:
        place = 0 if first else len(self._portions)
        self._portions[place:place] = portions
        self._records += sum(portion.records for portion in portions)
        self._bytes += sum(portion.bytes for portion in portions)

    def _take(self) -> list[Portion]:
        portions, self._portions = self._portions, []
        self._records = self._bytes = 0
        self._is_busy = True
        return portions

    def _go_on_with_transaction(self) -> None:
        """Put off the end of the transaction if that has not begun and may be."""
        if self._due is TransactionEnd.COMMIT and not self._is_busy and self._is_young():
            self._due = TransactionEnd.NONE

    def _is_young(self) -> bool:
        since = self._transactions.open_since
        return self._may_merge and since is not None and self._now() - since < _MERGED_S

    def _serve(self) -> None:
        self._served_at = self._now()
        self._transactions.serve()

    # -- writing, by the thread that has taken the portions ----------------------------------------

    def _write(self, portions: list[Portion], *, ends: bool) -> None:
        """Put portions into transactions, as far as the first that is to end, or end them, too."""
        for place, portion in enumerate(portions, 1):
            end = self._add(portion, has_more=place < len(portions))
            if end is TransactionEnd.NONE:
                continue
            if not ends:
                self._leave(end, portions[place:])
                return
            self._end(end)
        self._free()

    def _add(self, portion: Portion, *, has_more: bool) -> TransactionEnd:
        """Put a portion into the transaction; tells how that is to end now, if it is."""
        self._is_to_reopen |= portion.opens_anew
        if self._is_to_reopen:
            self._reopen()
        if portion.prepared is not None:
            self._transactions.add(portion.prepared)
        if portion.end is TransactionEnd.ABORT:
            return TransactionEnd.ABORT
        if portion.end is TransactionEnd.COMMIT and not (has_more and self._may_merge):
            return TransactionEnd.COMMIT
        return TransactionEnd.COMMIT if self._until_end_s() <= 0 else TransactionEnd.NONE

    def _leave(self, end: TransactionEnd, rest: Sequence[Portion]) -> None:
        """Have the other thread end the transaction."""
        with self._changed:
            self._queue(rest, first=True)
            self._due = end
            self._due_at = self._now() + (_GRACE_S if self._is_young() else 0.0)
            self._is_busy = False
            self._changed.notify_all()

    def _free(self) -> None:
        with self._changed:
            self._free_at = self._now()
            self._is_busy = False
            self._changed.notify_all()

    def _reopen(self) -> None:
        is_open = self._transactions.open_since is not None
        if is_open and not self._may_merge and self._interval_s is None:
            return  # only the task may end it
        if is_open:
            self._end(TransactionEnd.COMMIT)
        self._transactions.reopen()
        self._is_to_reopen = False

    def _end(self, end: TransactionEnd) -> None:
        if end is TransactionEnd.ABORT:
            ended = self._transactions.abort()
        else:
            self._wait_for_delivery()
            ended = self._transactions.commit()
        self._committed_at = self._now()
        self._ended.append(ended)

    def _wait_for_delivery(self) -> None:
        """Let the main thread hear of deliveries, as long as it comes by; else hear of them."""
        until = self._now() + _DELIVERY_S
        with self._changed:
            self._is_delivering = True
            while self._transactions.undelivered > _UNDELIVERED and self._now() < until:
                self._changed.wait(_LOOK_S)
                if self._now() - self._served_at > _GRACE_S:
                    self._serve()
            self._is_delivering = False

    def _until_end_s(self) -> float:
        """Time until the open transaction is to end; endless when none does so by time."""
        since = self._transactions.open_since
        if self._interval_s is None or since is None:
            return math.inf
        until = self._committed_at + self._interval_s
        return min(until, since + _SAFE_PART * self._transactions.timeout_s) - self._now()

    # -- the other thread --------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (work := self._next()) is not None:
                end, portions = work
                if end is not TransactionEnd.NONE:
                    self._end(end)
                self._write(portions, ends=True)
        except BaseException as error:  # noqa: BLE001 - raised again on the main thread
            self._fail(error)

    def _next(self) -> tuple[TransactionEnd, list[Portion]] | None:
        """Wait for work of this thread: a transaction to end or portions; None when all is over."""
        with self._changed:
            while not self._is_over and self._failure is None:
                left_s = self._left_s()
                if left_s <= 0:
                    return self._claim()
                self._changed.wait(min(left_s, _SERVE_S))
                if self._is_free():
                    # Else what the producer tells of itself piles up for as long as nothing comes.
                    self._transactions.serve()
            return None

    def _left_s(self) -> float:
        """Time until there is work for this thread, if the main thread does nothing."""
        if self._is_busy:
            return math.inf
        if self._due is not TransactionEnd.NONE:
            return 0.0 if self._is_hurried else self._due_at - self._now()
        if self._portions:
            return 0.0 if self._is_hurried else self._free_at + _GRACE_S - self._now()
        return self._until_end_s()

    def _claim(self) -> tuple[TransactionEnd, list[Portion]]:
        end, self._due = self._due, TransactionEnd.NONE
        if end is not TransactionEnd.NONE:
            self._is_busy = True
            return end, []
        if self._portions:
            return end, self._take()
        self._is_busy = True
        return TransactionEnd.COMMIT, []

    # -- details -----------------------------------------------------------------------------------

    def _fail(self, error: BaseException) -> None:
        with self._changed:
            self._failure = self._failure or error
            self._due = TransactionEnd.NONE
            self._is_busy = False
            self._changed.notify_all()

    def _check(self) -> None:
        if self._failure is None:
            return
        if isinstance(self._failure, ConnectError):
            raise self._failure
        text = f"Writing a transaction failed: {type(self._failure).__name__}: {self._failure}"
        raise ConnectError(text) from self._failure
