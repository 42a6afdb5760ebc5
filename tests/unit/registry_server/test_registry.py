# SPDX-License-Identifier: Apache-2.0
import asyncio
from collections.abc import Sequence

import pytest

from barnabas.errors import ConnectError, RetriableError
from barnabas.registry_server.changes import WantedSchema
from barnabas.registry_server.logs import MemoryLog
from barnabas.registry_server.model import Definition
from barnabas.registry_server.problems import RefusalError
from barnabas.registry_server.records import Raw
from barnabas.registry_server.registry import Registry


class BrokenLog(MemoryLog):
    """Fails with an error from the moment one is set."""

    error: ConnectError | None = None

    async def catch_up(self) -> None:
        await asyncio.sleep(0)
        if self.error is not None:
            raise self.error

    async def add(self, records: Sequence[Raw]) -> None:
        await asyncio.sleep(0)
        await super().add(records)


def wanted(text: str) -> WantedSchema:
    return WantedSchema("s", Definition(text))


async def started(log: MemoryLog) -> Registry:
    registry = Registry(log)
    await registry.start()
    await registry.set_config(None, {"compatibility": "NONE"})
    return registry


async def test_schemas_registered_at_once_get_ids_of_their_own() -> None:
    registry = await started(BrokenLog())
    texts = [f'{{"type":"fixed","name":"F","size":{size}}}' for size in range(20)]

    versions = await asyncio.gather(*(registry.register(wanted(text)) for text in texts * 2))

    assert sorted({one.schema_id for one in versions}) == list(range(1, 21))
    assert len(registry.state.versions("s")) == 20


async def test_known_schema_is_found_without_the_log() -> None:
    log = BrokenLog()
    registry = await started(log)
    version = await registry.register(wanted('"string"'))
    log.error = RetriableError("down")

    assert await registry.register(wanted('"string"')) == version


@pytest.mark.parametrize(
    ("error", "code"), [(RetriableError("down"), 50002), (ConnectError("refused"), 50001)]
)
async def test_failure_of_the_log_is_told(error: ConnectError, code: int) -> None:
    log = BrokenLog()
    registry = await started(log)
    log.error = error

    with pytest.raises(RefusalError, match=error.message) as refused:
        await registry.register(wanted('"string"'))
    assert refused.value.error_code == code


async def test_record_that_cannot_be_read_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    log = MemoryLog()
    registry = await started(log)

    await log.add([(b"x", b"y")])

    assert "A record is left out" in caplog.text
    assert registry.state.subjects() == []
