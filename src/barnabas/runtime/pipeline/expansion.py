# SPDX-License-Identifier: Apache-2.0
"""Records on their way through a chain that may make several of one. Pure.

Each knows its owner: the place, in the batch that came in, of the record it was made of. Records
stay in the order of their owners, so those of one owner are neighbours.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence, Set
from typing import Generic, TypeVar

from barnabas.api import Expansion, SinkRecord, SourceRecord

__all__ = ["Changed", "siblings"]

Record = TypeVar("Record", SourceRecord, SinkRecord)


@dataclasses.dataclass(slots=True)
class Changed(Generic[Record]):
    """What became of a batch so far."""

    records: list[Record | None]
    """None stands for one that was dropped."""
    owners: Sequence[int]
    """Of each record the place of the one it was made of; ``range`` where none was expanded."""

    @classmethod
    def begin(cls, records: Sequence[Record]) -> Changed[Record]:
        """Begin with the records as they came."""
        return cls(list(records), range(len(records)))

    @property
    def is_one_to_one(self) -> bool:
        """Whether record ``i`` was made of record ``i``."""
        return isinstance(self.owners, range)

    def drop(self, owners: Set[int]) -> None:
        """Drop all that was made of some records."""
        if self.is_one_to_one:
            for owner in owners:
                self.records[owner] = None
        elif owners:
            for place, owner in enumerate(self.owners):
                if owner in owners:
                    self.records[place] = None

    def expand(self, places: Sequence[int], made: Sequence[Expansion[Record]]) -> None:
        """Put what was made of records in their places; makes room where that is several."""
        if not any(isinstance(each, list) for each in made):
            for place, each in zip(places, made, strict=True):
                self.records[place] = each  # type: ignore[assignment]  # none is a list
            return
        chosen = dict(zip(places, made, strict=True))
        records: list[Record | None] = []
        owners: list[int] = []
        for place, record in enumerate(self.records):
            each = chosen.get(place, record)
            several: Sequence[Record | None] = each if isinstance(each, list) else (each,)
            records += several
            owners += [self.owners[place]] * len(several)
        self.records, self.owners = records, owners


def siblings(owners: Sequence[object], place: int) -> range:
    """Places of all that was made of the same record as what is in one place, that included.

    Args:
        owners: The record each was made of, the same object for neighbours made of one.
        place: The place.
    """
    owner, start, stop = owners[place], place, place + 1
    while start and owners[start - 1] is owner:
        start -= 1
    while stop < len(owners) and owners[stop] is owner:
        stop += 1
    return range(start, stop)
