# SPDX-License-Identifier: Apache-2.0
"""A member without a group (with one: tests/integration/runtime/group)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator

import pytest

from barnabas.errors import ConfigError
from barnabas.kafka import layering
from barnabas.runtime.group.leader import GroupLeader
from barnabas.runtime.group.member import GroupMember, GroupSettings
from barnabas.runtime.group.protocol import GroupConfig
from tests.unit.runtime.group.member_doubles import FakeWorker

NOWHERE = {"bootstrap.servers": "127.0.0.1:1"}


def settings(**changes: int) -> GroupSettings:
    return GroupSettings(group_id="g", client=layering.admin(NOWHERE, "x"), **changes)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def member(given: GroupSettings, loop: asyncio.AbstractEventLoop) -> GroupMember:
    return GroupMember(
        given,
        worker_id="127.0.0.1:8083",
        url="http://127.0.0.1:8083/",
        leader=GroupLeader(0),
        config_state=lambda: GroupConfig(0, {}),
        refresh_configs=lambda _: GroupConfig(0, {}),
        listener=FakeWorker(),
        loop=loop,
    )


@pytest.mark.parametrize(
    ("session_ms", "interval_ms", "every_ms"),
    [(10_000, 3_000, 500), (10_000, 200, 200), (1_200, 500, 400), (2, 1, 1)],
)
def test_signs_of_life_are_frequent_and_three_fit_into_a_session(
    session_ms: int, interval_ms: int, every_ms: int
) -> None:
    given = settings(session_timeout_ms=session_ms, heartbeat_interval_ms=interval_ms)
    assert given.heartbeat_ms == every_ms


def test_a_sign_of_life_that_gets_no_answer_leaves_time_for_another() -> None:
    given = settings()
    assert given.heartbeat_timeout_ms == 4_000
    assert given.heartbeat_ms + given.heartbeat_timeout_ms < 7_500  # when the work is given up


def test_an_interval_that_is_too_long_is_told(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    member(settings(heartbeat_interval_ms=9_000), loop)
    assert "heartbeat.interval.ms=9000 is more than a third" in caplog.text


def test_the_usual_interval_is_nothing_to_tell(
    loop: asyncio.AbstractEventLoop, caplog: pytest.LogCaptureFixture
) -> None:
    member(settings(heartbeat_interval_ms=3_000), loop)
    assert caplog.records == []


def test_wrong_settings_are_told_when_the_member_is_made(loop: asyncio.AbstractEventLoop) -> None:
    wrong = {**NOWHERE, "security.protocol": "SSL", "ssl.truststore.location": "/no/such"}
    given = GroupSettings(group_id="g", client=layering.admin(wrong, "x"))
    with pytest.raises(ConfigError, match=r"ssl\.truststore\.location"):
        member(given, loop)


def test_a_member_that_was_not_started_is_no_member_and_can_be_stopped(
    loop: asyncio.AbstractEventLoop,
) -> None:
    idle = member(settings(), loop)
    idle.request_rejoin("nobody hears it")
    idle.leave_for("nor this", 1.0)
    asyncio.run(idle.stop())
    assert (idle.lease, idle.is_member, idle.generation) == (-math.inf, False, -1)
    assert (idle.member_id, idle.protocol, idle.stage, idle.trouble) == ("", None, None, None)
    assert idle.rebalance_metrics()["completed-rebalances-total"] == 0
    assert idle.coordinator_metrics()["assigned-tasks"] == 0
    assert idle.client_id.startswith("connect-")
