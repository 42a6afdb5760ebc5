# SPDX-License-Identifier: Apache-2.0
"""What to do with records the database refuses together: find those it refuses alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.errors import DatabaseError, Trouble
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.record_errors import VALUE_ERRORS, RecordError, named_record
from barnabas.connectors.jdbc.sink.structure import StructureError
from barnabas.errors import ConnectError

__all__ = [
    "RecordWriter",
    "concerns_records",
    "is_worth_retrying",
    "write_good_ones",
    "write_singly",
]

_HOPELESS: Final = frozenset({Trouble.LOGIN, Trouble.PERMISSION})
_OF_RECORDS: Final = frozenset({Trouble.DATA, Trouble.CONSTRAINT, Trouble.STATEMENT})


class RecordWriter(Protocol):
    """What is needed of a `Writer`."""

    def write(self, records: Sequence[SinkRecord]) -> None:
        """Write records in a transaction of their own."""

    def write_plainly(self, records: Sequence[SinkRecord]) -> None:
        """Write records with the statements alone, and do not commit."""

    def commit(self) -> None:
        """Commit."""

    def rollback(self) -> None:
        """Undo what was not committed."""

    def fields_for(self, record: SinkRecord) -> Fields | None:
        """Tell the columns of a record; None when they cannot be told."""


def is_worth_retrying(error: Exception) -> bool:
    """Say whether the same records may be written later with nothing about them mended.

    Java tries everything again; here a value that does not fit, or a login that is refused, is not.
    A table that is missing is: it may have been dropped, and is created again where that is
    allowed.
    """
    if not isinstance(error, DatabaseError):
        return False
    return error.is_transient or error.trouble not in _HOPELESS | _OF_RECORDS


def concerns_records(error: Exception) -> bool:
    """Say whether single records may be to blame, so that others can still be written."""
    if isinstance(error, DatabaseError):
        return not error.is_transient and error.trouble not in _HOPELESS
    return isinstance(error, VALUE_ERRORS)


def write_singly(writer: RecordWriter, records: Sequence[SinkRecord]) -> None:
    """Write records one by one in one transaction, to find the one that is refused.

    Raises:
        ConnectError: One was refused; it is named. Nothing was written.
        DatabaseError: Something else is wrong now.
    """
    for record in records:
        try:
            writer.write_plainly([record])
        except VALUE_ERRORS as error:
            writer.rollback()
            if not concerns_records(error):
                raise
            raise _named(writer, record, error) from None
    writer.commit()


def write_good_ones(
    writer: RecordWriter,
    records: Sequence[SinkRecord],
    report: Callable[[SinkRecord, ConnectError], None],
) -> None:
    """Write the records that can be written and report the others, in their order.

    Halves of what is refused are written on their own, so the cost grows with the number of bad
    records and not with that of all.

    Raises:
        ConnectError: It is not the records: nothing more was written or reported.
    """
    try:
        writer.write(records)
    except VALUE_ERRORS as error:
        writer.rollback()
        if not concerns_records(error):
            raise
        if len(records) == 1:
            report(records[0], _named(writer, records[0], error))
            return
    else:
        return
    middle = len(records) // 2
    write_good_ones(writer, records[:middle], report)
    write_good_ones(writer, records[middle:], report)


def _named(writer: RecordWriter, record: SinkRecord, error: Exception) -> ConnectError:
    if isinstance(error, StructureError):
        return error
    fields = writer.fields_for(record)
    reason = error.message if isinstance(error, ConnectError) else type(error).__name__
    return RecordError(record, f"Cannot write the {named_record(record, fields)}: {reason}")
