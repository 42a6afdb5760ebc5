# SPDX-License-Identifier: Apache-2.0
"""Keeps together in files what a transformation made of one message. Pure.

A committed file says that all messages up to its last offset are in files. So files never end
between records that were made of the same message; they hold a few more than ``flush.size`` then.
"""

from __future__ import annotations

import itertools

from barnabas.connectors._storage.record_batches import Batch, offset_of
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.errors import ConnectError

__all__ = ["check_schemas_of_messages", "end_of_message"]


def check_schemas_of_messages(batch: Batch) -> None:
    """Check that records made of one message have one schema; others may end a file.

    Raises:
        ConnectError: They have not.
    """
    schemas = [record.value_schema for record in batch.records]
    if not schemas or schemas.count(schemas[0]) == len(schemas):
        return
    for before, record in itertools.pairwise(batch.records):
        if offset_of(before) == offset_of(record) and before.value_schema != record.value_schema:
            raise _scattered(offset_of(record), "different schemas", "the same schema")


def end_of_message(batch: Batch, cut: int, rules: RotationRules) -> int:
    """Move a cut, at which files are to end, behind the message that it goes through.

    Raises:
        ConnectError: Records made of this message belong to different files.
    """
    records, encoded = batch.records, batch.encoded
    offset, end = offset_of(records[cut - 1]), cut
    while end < len(records) and offset_of(records[end]) == offset:
        end += 1
        if rules.ends_on_partition_change and encoded[end - 1] != encoded[cut - 1]:
            raise _scattered(offset, "different directories, one after the other", "one directory")
    return end


def _scattered(offset: int, what: str, wanted: str) -> ConnectError:
    message = (
        f"A transformation makes records with {what} of the message at offset {offset}. Files end "
        "between them, and after a failure it could not be told which of them were written: give "
        f"all records made of one message {wanted}"
    )
    return ConnectError(message)
