# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

import pytest

from barnabas.runtime.group.listener import Assigned, GroupListener
from barnabas.runtime.group.protocol import Assignment, ConnectProtocol, Owners


class Least(GroupListener):
    async def on_assigned(self, assigned: Assigned) -> None: ...

    async def on_revoked(self, reason: str) -> None: ...

    def on_lease(self, deadline_s: float) -> None: ...


def test_a_listener_need_not_care_for_stages_nor_for_what_precedes_a_join() -> None:
    least = Least()
    asyncio.run(least.before_join())
    least.on_stage("joining the group")
    least.on_refusal("give READ on the group")


@pytest.mark.parametrize(
    ("is_leader", "urls", "is_alone"),
    [(True, ["a"], True), (True, ["a", "b"], False), (False, None, False), (True, None, False)],
)
def test_only_a_leader_knows_that_there_is_nobody_else(
    is_leader: bool, urls: list[str] | None, is_alone: bool
) -> None:
    assigned = Assigned(
        assignment=Assignment(2, "a", "http://a:8083/", 1),
        work_connectors=frozenset(),
        work_tasks=frozenset(),
        generation=1,
        member_id="a",
        protocol=ConnectProtocol.SESSIONED,
        is_leader=is_leader,
        owners=None if urls is None else Owners({each: f"http://{each}:8083/" for each in urls}),
    )
    assert assigned.is_alone is is_alone
