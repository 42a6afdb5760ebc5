# SPDX-License-Identifier: Apache-2.0
"""What a lease allows; what is done again when it is extended: test_worker.py."""

from __future__ import annotations

import time

import pytest

from barnabas.runtime.stores.offsets import WRITE_SHARE, delivery_timeout_ms
from barnabas.runtime.worker.membership import Membership

SESSION_S = 10.0


@pytest.mark.parametrize(
    ("left_s", "is_void", "may_write", "holds"),
    [
        (10.0, False, True, True),
        (2.6, False, True, True),
        (2.4, False, True, False),
        (1.9, False, False, False),
        (0.4, True, False, False),
        (-1.0, True, False, False),
    ],
)
def test_a_membership_allows_less_the_nearer_its_end_is(
    monkeypatch: pytest.MonkeyPatch, left_s: float, is_void: bool, may_write: bool, holds: bool
) -> None:
    membership = Membership(SESSION_S, list)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    membership.extend(100.0 + left_s)
    assert (membership.is_void, membership.may_write(), membership.holds) == (
        is_void,
        may_write,
        holds,
    )


def test_without_a_group_everything_is_allowed_for_ever() -> None:
    membership = Membership(None, list)
    assert (membership.is_void, membership.may_write(), membership.holds) == (False, True, True)


def test_an_offset_is_given_up_before_the_membership_it_was_written_in_ends() -> None:
    assert delivery_timeout_ms(10_000) / 1000 < WRITE_SHARE * SESSION_S
    assert delivery_timeout_ms(1) == 1
