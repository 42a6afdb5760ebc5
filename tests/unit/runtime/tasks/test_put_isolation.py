# SPDX-License-Identifier: Apache-2.0
"""Finding the records for which put refuses a batch."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import SinkRecord
from barnabas.errors import RetriableError
from barnabas.runtime.tasks.put_isolation import Isolated, isolate
from tests.unit.runtime.pipeline.doubles import sink_record

FIRST = ValueError("first")


class Store:
    """Takes batches without bad values; remembers them and its calls."""

    def __init__(self, *bad: int, busy_at: int | None = None) -> None:
        self.taken: list[int] = []
        self.calls = 0
        self._bad = set(bad)
        self._busy_at = busy_at

    def put(self, records: Sequence[SinkRecord]) -> None:
        self.calls += 1
        values = [record.value for record in records]
        if self._busy_at in values:
            raise RetriableError("busy")
        if bad := self._bad.intersection(values):
            raise ValueError(str(min(bad)))
        self.taken += values


def run(store: Store, count: int, *, most_puts: int = 1000, stop_after: int = 10**6) -> Isolated:
    batch = [sink_record(number, kafka_offset=number) for number in range(count)]
    return isolate(
        store.put, batch, FIRST, most_puts=most_puts, goes_on=lambda: store.calls < stop_after
    )


@given(st.integers(1, 60), st.sets(st.integers(0, 59)))
def test_bad_records_are_found_and_the_others_put_in_order(count: int, bad: set[int]) -> None:
    bad = {number for number in bad if number < count} or {0}
    store = Store(*bad)
    result = run(store, count)
    assert [record.value for record, _ in result.refused] == sorted(bad)
    assert store.taken == [number for number in range(count) if number not in bad]
    assert result.rest == []
    assert store.calls <= 2 * len(bad) * (count.bit_length() + 1)


def test_a_record_alone_is_refused_without_another_call() -> None:
    store = Store(0)
    assert run(store, 1).refused[0][1] is FIRST
    assert store.calls == 0


def test_each_record_comes_with_its_own_error() -> None:
    assert [str(error) for _, error in run(Store(1, 6), 8).refused] == ["1", "6"]


def test_a_busy_sink_gets_the_rest_later() -> None:
    store = Store(1, busy_at=6)
    result = run(store, 8)
    assert isinstance(result.retriable, RetriableError)
    assert [record.value for record in result.rest] == [4, 5, 6, 7]
    assert store.taken == [0, 2, 3]
    assert [record.value for record, _ in result.refused] == [1]


def test_there_are_no_more_calls_than_allowed() -> None:
    store = Store(*range(100))
    result = run(store, 100, most_puts=10)
    assert result.is_exhausted
    assert store.calls == 10


def test_a_stop_leaves_the_rest() -> None:
    result = run(Store(7), 8, stop_after=1)
    assert [record.value for record in result.rest] == [4, 5, 6, 7]
    assert not result.is_exhausted


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.data())
def test_what_was_made_of_one_message_is_offered_and_refused_together(
    sizes: list[int], data: st.DataObject
) -> None:
    offsets = [offset for offset, size in enumerate(sizes) for _ in range(size)]
    bad = data.draw(st.sampled_from(range(len(offsets))))
    batch = [sink_record(n, kafka_offset=offset) for n, offset in enumerate(offsets)]
    store = Store(bad)
    result = isolate(store.put, batch, FIRST, most_puts=1000, goes_on=lambda: True)
    ((refused, _),) = result.refused
    assert refused.value == offsets.index(offsets[bad])
    assert store.taken == [n for n, offset in enumerate(offsets) if offset != offsets[bad]]
