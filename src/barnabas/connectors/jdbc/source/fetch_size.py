# SPDX-License-Identifier: Apache-2.0
"""How many rows to fetch at once, by how wide they are.

``batch.max.rows`` counts rows, but what fills memory is bytes: a thousand rows may be 100 kB or
1 GB. The first fetch of a result is small; from then on the width of the rows that came decides.

Differs:
    Java's connectors fetch ``batch.max.rows`` rows however wide they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

__all__ = ["FetchSize"]

_FIRST_ROWS: Final = 100
_BATCH_BYTES: Final = 8 << 20
_SAMPLE_ROWS: Final = 16
_VALUE_BYTES: Final = 16
"""What a value counts that is neither text nor bytes, and what others count besides."""


class FetchSize:
    """Chooses sizes for the results of one table, one after the other.

    Args:
        most_rows: ``batch.max.rows``.
    """

    def __init__(self, most_rows: int) -> None:
        self._most_rows = most_rows
        self.rows = min(most_rows, _FIRST_ROWS)
        """How many rows to fetch next."""

    def learn(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Look at some of the rows that came, the first and the last among them."""
        if not rows:
            return
        step = max(1, len(rows) // _SAMPLE_ROWS)
        width = max(map(_width, (*rows[::step], rows[-1])))
        fitting = max(1, _BATCH_BYTES // width)
        # Rows get wider in a table now and then, so the size grows by steps.
        self.rows = min(self._most_rows, fitting, self.rows * 10)


def _width(row: tuple[Any, ...]) -> int:
    texts = [len(value) for value in row if isinstance(value, str | bytes)]
    return sum(texts) + _VALUE_BYTES * len(row)
