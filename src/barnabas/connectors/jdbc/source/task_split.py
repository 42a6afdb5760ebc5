# SPDX-License-Identifier: Apache-2.0
"""How tables, and ranges of one large table, are shared out to tasks.

Source:
    Reference page *jdbc*, section 2.1; Apache Kafka ``connect/api`` ``ConnectorUtils``.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from typing import TypeVar

from barnabas.errors import ConnectError

__all__ = ["KeyRange", "group", "parse_bounds", "split_range", "write_bounds"]

Item = TypeVar("Item")


def group(items: Sequence[Item], count: int) -> list[list[Item]]:
    """Cut a sequence into so many contiguous blocks; the first ones get one item more.

    Blocks may be empty when there are fewer items.
    """
    size, larger = divmod(len(items), count)
    blocks: list[list[Item]] = []
    start = 0
    for place in range(count):
        end = start + size + (place < larger)
        blocks.append(list(items[start:end]))
        start = end
    return blocks


@dataclasses.dataclass(frozen=True, slots=True)
class KeyRange:
    """A range of an incrementing column: above ``after``, up to and including ``up_to``.

    Attributes:
        index: Its place among the ranges of the table, from 0.
        bounds: The bounds of all ranges: range i lies between bounds i and i + 1.
    """

    index: int
    bounds: tuple[int, ...]

    @property
    def count(self) -> int:
        """How many ranges the table has."""
        return len(self.bounds) - 1

    @property
    def after(self) -> int:
        """The value below the first of the range."""
        return self.bounds[self.index]

    @property
    def up_to(self) -> int:
        """The last value of the range."""
        return self.bounds[self.index + 1]

    @property
    def is_last(self) -> bool:
        """Whether it is the topmost; its task goes on with what is added to the table."""
        return self.index == self.count - 1


def split_range(lowest: int, highest: int, count: int, *, start: int) -> tuple[int, ...] | None:
    """Choose the bounds of ranges of about the same width.

    Args:
        lowest: The lowest value there is, to be read.
        highest: The highest.
        count: Number of ranges wanted.
        start: Values up to this are not wanted.

    Returns:
        Bounds in ascending order, one more than ranges; None when it is not worth it.
    """
    after = max(start, lowest - 1)
    width, count = highest - after, min(count, highest - after)
    if count < 2:
        return None
    return (*(after + width * place // count for place in range(count)), highest)


def write_bounds(bounds: Sequence[int]) -> str:
    """Write bounds as they stand in task configurations and offsets."""
    return ":".join(map(str, bounds))


def parse_bounds(text: str) -> tuple[int, ...]:
    """Read bounds.

    Raises:
        ConnectError: They are not whole numbers in ascending order.
    """
    try:
        bounds = tuple(int(part) for part in text.split(":"))
    except ValueError:
        bounds = ()
    if len(bounds) < 2 or any(a >= b for a, b in itertools.pairwise(bounds)):
        message = (
            f"The bounds {text!r} of ranges of a table must be ascending whole numbers, joined with"
            " ':'; reset the connector's offsets to have the table split anew"
        )
        raise ConnectError(message)
    return bounds
