# SPDX-License-Identifier: Apache-2.0
"""When a failed operation is tried again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.pipeline.retrying import RetryPolicy


def test_waits_double_from_300_ms_on() -> None:
    policy = RetryPolicy(-1, 60_000)
    waits = [policy.next_delay_ms(attempt, 0, 0.5) for attempt in range(1, 9)]
    assert waits == [300, 600, 1200, 2400, 4800, 9600, 19200, 38400]


def test_a_wait_that_would_be_too_long_is_any_up_to_the_longest() -> None:
    assert RetryPolicy(-1, 60_000).next_delay_ms(9, 0, 0.25) == 15_000
    assert RetryPolicy(-1, 100).next_delay_ms(1, 0, 0.5) == 50
    assert RetryPolicy(-1, 0).next_delay_ms(1, 0, 0.5) == 0


def test_the_last_wait_ends_with_the_deadline_and_then_there_is_none() -> None:
    policy = RetryPolicy(1000, 60_000)
    assert policy.next_delay_ms(2, 900, 0) == 100
    assert policy.next_delay_ms(3, 1000, 0) is None


@pytest.mark.parametrize("attempt", [1, 100])
def test_without_a_timeout_nothing_is_tried_again(attempt: int) -> None:
    assert RetryPolicy().next_delay_ms(attempt, 0, 0) is None


@given(st.integers(1, 5000), st.integers(0, 10**7), st.integers(0, 10**6), st.floats(0, 0.999))
def test_no_wait_is_longer_than_allowed_or_ends_after_the_deadline(
    attempt: int, timeout_ms: int, longest_ms: int, chance: float
) -> None:
    wait = RetryPolicy(timeout_ms, longest_ms).next_delay_ms(attempt, timeout_ms / 2, chance)
    assert wait is None or 0 <= wait <= min(longest_ms, timeout_ms / 2)
