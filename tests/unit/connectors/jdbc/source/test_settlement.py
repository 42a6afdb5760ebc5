# SPDX-License-Identifier: Apache-2.0
"""What is settled while transactions are open."""

from __future__ import annotations

import random
from collections.abc import Hashable

from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.jdbc.source.settlement import (
    SETTLE_NS,
    OldestBeginning,
    SettledNumbers,
)

S = 1_000_000_000


def limit(
    numbers: SettledNumbers, highest: int | None, *open_now: str, after: int = 0
) -> int | None:
    return numbers.limit(after, lambda: highest, lambda: frozenset(open_now))


def test_without_open_transactions_all_is_settled() -> None:
    assert limit(SettledNumbers(), 7) == 7


def test_nothing_new_is_told_by_the_old_number() -> None:
    assert limit(SettledNumbers(), 7, "a", after=7) == 7
    assert limit(SettledNumbers(), None, "a", after=3) == 3


def test_only_transactions_that_were_open_then_are_waited_for() -> None:
    numbers = SettledNumbers()
    assert limit(numbers, 7, "a", "b") is None
    assert limit(numbers, 9, "b", "c") is None
    assert numbers.waiting_for == {"b"}
    assert limit(numbers, 9, "c") == 7
    assert limit(numbers, 9, "d", after=7) is None


def test_waiting_may_be_given_up() -> None:
    numbers = SettledNumbers()
    assert limit(numbers, 7, "a", "b") is None
    numbers.wait_only_for(["b"])
    assert numbers.waiting_for == {"b"}
    numbers.wait_only_for([])
    assert limit(numbers, 9, "a", "b") == 7


def test_times_are_settled_before_the_oldest_beginning() -> None:
    assert OldestBeginning().limit(100 * S, {"a": 40 * S, "b": 60 * S}) == 40 * S


def test_without_open_transactions_time_is_settled_but_for_a_moment() -> None:
    assert OldestBeginning().limit(100 * S, {}) == 100 * S - SETTLE_NS


def test_of_a_hidden_beginning_nothing_is_known_at_first() -> None:
    oldest = OldestBeginning()
    assert oldest.limit(100 * S, {"a": None}) is None
    assert oldest.limit(105 * S, {"a": None}) is None
    assert oldest.limit(110 * S, {}) == 110 * S - SETTLE_NS


def test_one_that_was_not_open_before_began_later() -> None:
    oldest = OldestBeginning()
    oldest.limit(100 * S, {})
    assert oldest.limit(105 * S, {"a": None}) == 100 * S - SETTLE_NS
    assert oldest.limit(110 * S, {"a": None}) == 100 * S - SETTLE_NS


def test_a_prepared_transaction_may_be_any_that_is_gone() -> None:
    oldest = OldestBeginning()
    oldest.limit(100 * S, {"a": 50 * S})
    assert oldest.limit(105 * S, {"prepared": None}) == 50 * S


class _Writers:
    """Transactions that take numbers in order and commit in any order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.next_number = 1
        self.open: dict[Hashable, list[int]] = {}
        self.visible: set[int] = set()
        self.names = 0
        self.is_done = False

    def step(self) -> None:
        if self.is_done:
            return
        choice = self.random.random()
        if choice < 0.3 or not self.open:
            self.names += 1
            self.open[self.names] = []
        elif choice < 0.7:
            numbers = self.random.choice(list(self.open.values()))
            numbers.append(self.next_number)
            self.next_number += 1
        else:
            ended = self.random.choice(list(self.open))
            self.visible |= set(self.open.pop(ended))

    def finish(self) -> None:
        for numbers in self.open.values():
            self.visible |= set(numbers)
        self.open.clear()
        self.is_done = True


@given(st.integers())
def test_no_number_is_missed_and_none_comes_twice(seed: int) -> None:
    writers, numbers = _Writers(seed), SettledNumbers()
    read: list[int] = []

    def look() -> None:
        after = read[-1] if read else 0

        def highest() -> int | None:
            found = max(writers.visible, default=None)
            writers.step()  # others go on between two questions
            return found

        limit = numbers.limit(after, highest, lambda: set(writers.open))
        if limit is not None:
            writers.step()
            read.extend(sorted(each for each in writers.visible if after < each <= limit))

    for _ in range(60):
        writers.step()
        look()
    writers.finish()
    for _ in range(3):
        look()
    assert read == sorted(writers.visible)
