# SPDX-License-Identifier: Apache-2.0
"""Which time a record has, for time-based directories and rotation."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import ClassVar

from barnabas.api import SinkRecord

__all__ = ["TimestampExtractor"]


class TimestampExtractor(abc.ABC):
    """Tells the time of records."""

    is_wall_clock: ClassVar[bool] = False
    """Whether it looks at the clock instead of the record."""

    @abc.abstractmethod
    def extract(self, record: SinkRecord) -> int:
        """The record's time, in milliseconds since the epoch.

        Raises:
            DataError: The record has none; says which record and why.
        """

    @abc.abstractmethod
    def extract_many(self, records: Sequence[SinkRecord]) -> list[int]:
        """The times of records, in their order.

        Raises:
            DataError: As `extract`, for the first record that has none.
        """
