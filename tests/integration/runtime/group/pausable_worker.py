# SPDX-License-Identifier: Apache-2.0
"""A worker in a process of its own, to be paused: says what happens to it, one JSON a line."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time

from barnabas.runtime.group.listener import Assigned
from tests.integration.runtime.group import station as stations


def say(what: str, value: object) -> None:
    sys.stdout.write(json.dumps([what, time.monotonic(), value]) + "\n")
    sys.stdout.flush()


class Talking(stations.Station):
    async def on_assigned(self, assigned: Assigned) -> None:
        await super().on_assigned(assigned)
        say("assigned", sorted(map(str, assigned.work_tasks)))

    async def on_revoked(self, reason: str) -> None:
        await super().on_revoked(reason)
        say("revoked", reason)

    def on_lease(self, deadline_s: float) -> None:
        super().on_lease(deadline_s)
        say("lease", deadline_s)


async def main(servers: str, group: str) -> None:
    stations.Station = Talking  # type: ignore[misc]  # a station that talks
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    async with stations.station("paused", stations.settings(servers, group)):
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
