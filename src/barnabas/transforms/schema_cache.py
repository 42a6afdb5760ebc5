# SPDX-License-Identifier: Apache-2.0
"""Remembers what was made of a schema.

Looking up a schema object that was seen before compares by identity and costs next to nothing;
an equal one from elsewhere finds the same answer, so that results share one schema object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from barnabas.data import Schema

__all__ = ["SchemaCache"]

T = TypeVar("T")

_CAPACITY: Final = 64


class SchemaCache(Generic[T]):
    """Answers per schema, made when first asked for; the oldest is forgotten when it is full.

    For one thread.

    Args:
        make: Makes the answer; what it raises is not remembered.
        capacity: Most answers to keep.
    """

    def __init__(self, make: Callable[[Schema], T], capacity: int = _CAPACITY) -> None:
        self._make = make
        self._capacity = capacity
        self._answers: dict[Schema, T] = {}

    def __getitem__(self, schema: Schema) -> T:
        """Return the answer for a schema."""
        try:
            return self._answers[schema]
        except KeyError:
            return self._remember(schema, self._make(schema))

    def __len__(self) -> int:
        return len(self._answers)

    def _remember(self, schema: Schema, answer: T) -> T:
        if len(self._answers) >= self._capacity:
            del self._answers[next(iter(self._answers))]
        self._answers[schema] = answer
        return answer
