# SPDX-License-Identifier: Apache-2.0
from barnabas.registry_server.logs import MemoryLog
from barnabas.registry_server.records import Raw


async def test_memory_applies_what_is_added() -> None:
    log, applied = MemoryLog(), list[Raw]()
    await log.start(applied.append)

    await log.add([(b"k", b"v"), (b"l", None)])
    await log.catch_up()
    await log.stop()

    assert applied == [(b"k", b"v"), (b"l", None)]


def test_memory_says_that_it_forgets() -> None:
    assert "gone" in str(MemoryLog())
