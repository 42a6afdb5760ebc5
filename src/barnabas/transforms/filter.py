# SPDX-License-Identifier: Apache-2.0
"""Filter: records dropped, those a predicate chooses."""

from __future__ import annotations

from collections.abc import Sequence

from barnabas.api.transform import Record, Transformation

__all__ = ["Filter"]


class Filter(Transformation):
    """Drops every record it is given; use it with a predicate.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.Filter`` (KIP-585).
    """

    def apply(self, record: Record) -> Record | None:
        """Drop the record; see `Transformation.apply`."""
        return None

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Drop the records; see `Transformation.apply_batch`."""
        return [None] * len(records)
