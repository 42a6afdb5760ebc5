# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio

from barnabas.runtime.group.listener import Assigned, GroupListener


class Least(GroupListener):
    async def on_assigned(self, assigned: Assigned) -> None: ...

    async def on_revoked(self, reason: str) -> None: ...

    def on_lease(self, deadline_s: float) -> None: ...


def test_a_listener_need_not_care_for_stages_nor_for_what_precedes_a_join() -> None:
    least = Least()
    asyncio.run(least.before_join())
    least.on_stage("joining the group")
