# SPDX-License-Identifier: Apache-2.0
"""Families: what a transformation made of one source record. Pure.

In a batch on its way to the producer the members of a family are neighbours that hold the same
source record. An offset may be committed once the whole family is acknowledged, so a family is
never cut.
"""

from __future__ import annotations

from collections.abc import Sequence

from barnabas.api import SourceRecord

__all__ = ["end_of_family", "start_of_family"]


def end_of_family(records: Sequence[SourceRecord], cut: int) -> int:
    """Move a cut behind the family that it goes through; returns ``len(records)`` at most."""
    while cut < len(records) and records[cut] is records[cut - 1]:
        cut += 1
    return min(cut, len(records))


def start_of_family(records: Sequence[SourceRecord], cut: int) -> int:
    """Move a cut before the family that it goes through."""
    while 0 < cut < len(records) and records[cut] is records[cut - 1]:
        cut -= 1
    return cut
