# SPDX-License-Identifier: Apache-2.0
"""Which timestamp an offset may stand on: only one whose rows were all sent.

A record's offset moves to its own timestamp when the next row's is later, or when no row follows.
Else it stays on the timestamp before, and rows that share a timestamp come again after a crash
amid them, instead of being lost.

Source:
    Reference page *jdbc*, section 2.5.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import cast

from barnabas.connectors.jdbc.source.offsets import timestamp_offset
from barnabas.errors import DataError

__all__ = ["CommittableTimestamps"]

Offset = dict[str, int]


class CommittableTimestamps:
    """Gives the rows of one result set their offsets.

    Feed it with the timestamps in order, one batch behind: `offsets` wants to know the first
    timestamp of the next batch. Equal offsets are one object.

    Args:
        committed_ns: The timestamp before the first row; None when there is none yet.
    """

    def __init__(self, committed_ns: int | None) -> None:
        self.committed_ns = committed_ns
        self._offset: Offset = {} if committed_ns is None else timestamp_offset(committed_ns)

    def offsets(
        self, timestamps: Sequence[int | None], following: int | None, *, is_last: bool
    ) -> list[Offset]:
        """Make the offsets of a batch of rows.

        Args:
            timestamps: Of the rows, in ns since the epoch.
            following: Of the first row of the next batch; ignored for the last batch.
            is_last: Whether no row follows.

        Raises:
            DataError: A row has no timestamp although the query asked for one.
        """
        if None in timestamps:
            message = "A row without any timestamp was returned; is the timestamp column rewritten?"
            raise DataError(message)
        known = cast("list[int]", timestamps)
        found: list[Offset] = []
        add = found.append
        committed, offset = self.committed_ns, self._offset
        for before, ns in itertools.pairwise(known):
            if ns > before:
                committed, offset = before, timestamp_offset(before)
            add(offset)
        if known:
            newest = known[-1]
            if is_last or (following is not None and following > newest):
                committed, offset = newest, timestamp_offset(newest)
            add(offset)
        self.committed_ns, self._offset = committed, offset
        return found
