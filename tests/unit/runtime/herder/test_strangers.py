# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.herder.strangers import Strangers
from barnabas.runtime.model import ConnectorStatus, State, TaskId


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doubts() -> list[str]:
    """Why this worker may lead no more."""
    return []


@pytest.fixture
def strangers(clock: Clock, doubts: list[str]) -> Strangers:
    strangers = Strangers("g", lambda: not doubts, clock)
    strangers.lead(["http://a:8083/", "https://b:8443/"])
    clock.now = 100.0
    return strangers


def status(worker: str, state: State = State.RUNNING) -> ConnectorStatus:
    return ConnectorStatus(state, worker, 7)


def test_a_worker_of_another_group_is_named_with_what_to_change(
    strangers: Strangers, caplog: pytest.LogCaptureFixture
) -> None:
    strangers.on_status(TaskId("orders", 3), status("x:8083"))
    (warning,) = caplog.messages
    assert warning.startswith(
        "The worker x:8083 wrote to the status topic that it has task orders-3 (RUNNING), but it "
        "is no member of group g (a:8083, b:8443). Most likely a cluster with another group.id"
    )
    assert "config.storage.topic, an offset.storage.topic and a status.storage.topic" in warning
    assert "or group.id=g," in warning


def test_the_same_stranger_is_named_now_and_then(
    strangers: Strangers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    for second in range(1_000):
        clock.now = 100.0 + second
        strangers.on_status("orders", status("x:8083"))
        strangers.on_status("orders", status("y:8083", State.FAILED))
    assert len(caplog.messages) == 4


def test_members_are_no_strangers_nor_are_those_that_left(
    strangers: Strangers, caplog: pytest.LogCaptureFixture
) -> None:
    strangers.on_status("orders", status("b:8443"))
    strangers.lead(["http://a:8083/"])
    strangers.on_status("orders", status("b:8443", State.FAILED))
    assert caplog.messages == []


def test_last_words_are_no_claim(strangers: Strangers, caplog: pytest.LogCaptureFixture) -> None:
    strangers.on_status("orders", status("x:8083", State.UNASSIGNED))
    assert caplog.messages == []


@pytest.mark.parametrize("leads", [False, True])
def test_followers_know_no_members_and_new_leaders_not_who_was_one(
    strangers: Strangers, clock: Clock, caplog: pytest.LogCaptureFixture, leads: bool
) -> None:
    strangers.follow()
    if leads:
        strangers.lead(["http://a:8083/"])
        clock.now += 2.9
    strangers.on_status("orders", status("x:8083"))
    strangers.on_record("connector-orders", 17)
    assert caplog.messages == []


def test_who_may_lead_no_more_suspects_nobody(
    strangers: Strangers, doubts: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    doubts.append("a rebalance is under way")
    strangers.on_status("orders", status("x:8083"))
    strangers.on_record("session-key", 17)
    assert caplog.messages == []


def test_a_configuration_the_leader_did_not_write_tells_of_another_leader(
    strangers: Strangers, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    strangers.on_record("connector-orders", 17)
    strangers.on_record("commit-orders", 19)
    (warning,) = caplog.messages
    assert warning.startswith(
        "Somebody else wrote 'connector-orders' to the config topic (offset 17), although this "
        "worker leads group g and so is the only one to. Most likely a cluster with another"
    )
