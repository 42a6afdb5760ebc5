# SPDX-License-Identifier: Apache-2.0
"""Where a task with ``transaction.boundary=connector`` wants its transactions to end.

Source:
    KIP-618; Apache Kafka ``WorkerTransactionContext``; reference page *runtime semantics*,
    section 6.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence

from barnabas.api import SourceRecord
from barnabas.errors import ConnectError, IllegalStateError

__all__ = ["TransactionEnd", "TransactionRequests"]


class TransactionEnd(enum.Enum):
    """What becomes of the transaction after some records."""

    NONE = "none"
    """It goes on."""
    COMMIT = "commit"
    ABORT = "abort"
    """The records do not count; that they were read does, so that they do not come again."""


class TransactionRequests:
    """Implements :class:`barnabas.api.TransactionContext`; the loop asks what the task wished.

    Main thread only. Records are told apart by identity, as equal ones may be meant differently.
    """

    def __init__(self) -> None:
        self._batch: set[TransactionEnd] = set()
        self._records: dict[int, tuple[SourceRecord, set[TransactionEnd]]] = {}

    def commit_transaction(self, record: SourceRecord | None = None) -> None:
        """Commit after the next batch, or after ``record``."""
        self._note(record, TransactionEnd.COMMIT)

    def abort_transaction(self, record: SourceRecord | None = None) -> None:
        """Abort after the next batch, or after ``record``."""
        self._note(record, TransactionEnd.ABORT)

    def _note(self, record: SourceRecord | None, end: TransactionEnd) -> None:
        if record is None:
            self._batch.add(end)
            return
        if not isinstance(record, SourceRecord):
            text = f"Transactions end after source records, not after {type(record).__name__}"
            raise ConnectError(text)
        self._records.setdefault(id(record), (record, set()))[1].add(end)

    def take_batch_end(self) -> TransactionEnd:
        """Return, and forget, what was asked for at the end of a batch.

        Raises:
            IllegalStateError: Both ends were asked for.
        """
        wishes, self._batch = self._batch, set()
        return _only(wishes, "current transaction")

    def split(
        self, records: Sequence[SourceRecord]
    ) -> Iterator[tuple[Sequence[SourceRecord], TransactionEnd]]:
        """Cut a batch after each record that was named, and give each piece its end.

        What was asked for the batch becomes the end of the last piece; a piece may be empty then.

        Raises:
            IllegalStateError: Both ends were asked for at one place.
        """
        start = 0
        if self._records:
            for place, record in enumerate(records, 1):
                known = self._records.pop(id(record), None)
                if known is not None:
                    where = f"same record against topic {record.topic}"
                    yield records[start:place], _only(known[1], where)
                    start = place
        rest, end = records[start:], self.take_batch_end()
        if rest or end is not TransactionEnd.NONE:
            yield rest, end


def _only(wishes: set[TransactionEnd], what: str) -> TransactionEnd:
    if len(wishes) > 1:
        text = f"Connector requested both commit and abort of {what}"
        raise IllegalStateError(text)
    return next(iter(wishes), TransactionEnd.NONE)
