# SPDX-License-Identifier: Apache-2.0
"""Until when a member is a member, checked against a coordinator that counts for itself."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from barnabas.runtime.group.session import STOP_SHARE, Session

SESSION_S, REBALANCE_S = 10.0, 60.0


def test_a_worker_that_never_joined_is_no_member() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    assert session.deadline_s == -math.inf
    assert session.give_up_s == -math.inf


def test_a_session_lasts_from_the_sending_of_what_was_answered() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    session.extend(100.0)
    assert session.deadline_s == 110.0
    assert session.give_up_s == 110.0 - STOP_SHARE * SESSION_S


def test_an_answer_that_comes_late_takes_nothing_back() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    session.extend(105.0)
    session.extend(100.0)
    assert session.deadline_s == 115.0


def test_a_member_that_does_not_join_is_kept_for_the_rebalance_timeout_only() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    session.extend(100.0)
    session.extend_while_rebalancing(158.0, is_joining=False)
    assert session.deadline_s == 160.0


def test_a_member_that_joins_is_kept_while_others_are_waited_for() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    session.extend(100.0)
    session.extend_while_rebalancing(158.0, is_joining=True)
    assert session.deadline_s == 168.0


def test_the_end_is_the_end() -> None:
    session = Session(SESSION_S, REBALANCE_S)
    session.extend(100.0)
    session.end()
    assert session.deadline_s == -math.inf


@given(
    st.lists(
        st.tuples(st.floats(0.1, 20), st.floats(0, 3), st.booleans(), st.booleans()), max_size=30
    )
)
def test_nobody_is_a_member_longer_than_its_coordinator_thinks(
    beats: list[tuple[float, float, bool, bool]],
) -> None:
    """Beats: (pause before, time to get there, whether a rebalance begins before, answer lost)."""
    session = Session(SESSION_S, REBALANCE_S)
    now = 100.0
    session.extend(now)
    expires, kicked = now + SESSION_S, math.inf
    for pause, travel, rebalances, is_lost in beats:
        sent = now + pause
        now = sent + travel
        if rebalances and kicked == math.inf:
            kicked = sent + travel / 2 + REBALANCE_S
        if now >= min(expires, kicked):
            break
        expires = now + SESSION_S
        if not is_lost and kicked == math.inf:
            session.extend(sent)
        elif not is_lost:
            session.extend_while_rebalancing(sent, is_joining=False)
        assert session.deadline_s <= min(expires, kicked)
