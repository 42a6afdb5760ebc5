# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.registry.backoff import Backoff, is_retriable


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_passing_troubles_are_retriable(status: int) -> None:
    assert is_retriable(status)


@pytest.mark.parametrize("status", [200, 301, 400, 401, 403, 404, 409, 422, 501, 505])
def test_answers_are_not_retriable(status: int) -> None:
    assert not is_retriable(status)


def test_waits_double_up_to_the_longest() -> None:
    backoff = Backoff(9, 1000, 5000)
    assert [backoff.wait_s(place, 1.0) for place in range(5)] == [1, 2, 4, 5, 5]


@given(st.integers(0, 10_000), st.floats(0, 1), st.floats(0, 1e9))
def test_no_wait_is_longer_than_the_longest(repetition: int, share: float, asked_s: float) -> None:
    assert 0 <= Backoff(3, 1000, 20000).wait_s(repetition, share, asked_s) <= 20


def test_server_may_ask_for_more_time() -> None:
    assert Backoff(3, 100, 5000).wait_s(0, 0.0, 3) == 3
