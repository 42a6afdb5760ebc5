# SPDX-License-Identifier: Apache-2.0
import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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


TEXTS = ['"string"', '"long"', '"int"', '{"type":"fixed","name":"F","size":1}']
SUBJECTS = ["a", "b", ":.c:a"]
OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("register"), st.sampled_from(SUBJECTS), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(SUBJECTS), st.booleans()),
        st.tuples(st.just("delete version"), st.sampled_from(SUBJECTS), st.booleans()),
        st.tuples(st.just("config"), st.sampled_from(SUBJECTS), st.sampled_from(["NONE", "FULL"])),
        st.tuples(st.just("mode"), st.sampled_from(SUBJECTS), st.sampled_from(["READONLY", ""])),
    ),
    max_size=25,
)


class KeptLog(MemoryLog):
    """Remembers what was added."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[Raw] = []

    async def add(self, records: Sequence[Raw]) -> None:
        self.kept.extend(records)
        await super().add(records)


async def carry_out(registry: Registry, what: str, subject: str, how: Any) -> None:
    if what == "register":
        await registry.register(WantedSchema(subject, Definition(how)))
    elif what == "delete":
        await registry.delete_subject(subject, permanent=how)
    elif what == "delete version":
        await registry.delete_version(subject, 1, permanent=how)
    elif what == "config":
        await registry.set_config(subject, {"compatibility": how})
    elif how:
        await registry.set_mode(subject, how, force=False)
    else:
        await registry.delete_mode(subject, recursive=False)


async def kept_after(operations: Sequence[tuple[str, str, Any]]) -> tuple[Registry, list[Raw]]:
    log = KeptLog()
    registry = await started(log)
    for operation in operations:
        with contextlib.suppress(RefusalError):
            await carry_out(registry, *operation)
    return registry, log.kept


def seen(registry: Registry) -> object:
    state = registry.state
    return (
        list(state.all_versions(deleted=True)),
        [(one.subject, state.places(".", one.schema_id)) for one in state.all_versions()],
        state.contexts,
        [(state.config(one), state.mode(one)) for one in (None, *SUBJECTS)],
    )


@settings(max_examples=40, deadline=None)
@given(OPERATIONS)
def test_compacted_topic_tells_a_new_registry_everything(
    operations: Sequence[tuple[str, str, Any]],
) -> None:
    async def check() -> None:
        registry, kept = await kept_after(operations)
        last = {key: position for position, (key, _) in enumerate(kept)}
        compacted = [
            (key, value)
            for position, (key, value) in enumerate(kept)
            if last[key] == position and value is not None
        ]
        whole, rest = KeptLog(), KeptLog()
        again, from_rest = Registry(whole), Registry(rest)
        await again.start()
        await from_rest.start()
        await whole.add(kept)
        await rest.add(compacted)
        assert seen(again) == seen(registry)
        assert seen(from_rest) == seen(registry)

    asyncio.run(check())
