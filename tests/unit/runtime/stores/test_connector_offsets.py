# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from barnabas.errors import ConnectError, PrivilegedWriteError
from barnabas.runtime.stores import MemoryOffsetStore
from barnabas.runtime.stores.connector_offsets import (
    ConnectorOffsetStore,
    TransactionalOffsetStore,
)

A, B = b'["c",{"file":"a"}]', b'["c",{"file":"b"}]'


class Store(MemoryOffsetStore):
    """Notes the order of writes across stores; may refuse."""

    def __init__(self, name: str, order: list[tuple[str, dict[bytes, bytes | None]]]) -> None:
        super().__init__()
        self.name = name
        self.order = order
        self.error: ConnectError | None = None

    async def set(self, values: Mapping[bytes, bytes | None]) -> None:
        if self.error is not None:
            raise self.error
        self.order.append((self.name, dict(values)))
        await super().set(values)


class Bench:
    def __init__(self) -> None:
        self.order: list[tuple[str, dict[bytes, bytes | None]]] = []
        self.own, self.shared = Store("own", self.order), Store("shared", self.order)
        self.store = ConnectorOffsetStore(self.own, self.shared)


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_connectors_own_offset_wins_and_the_workers_fills_gaps(bench) -> None:
    await bench.own.set({A: b"1"})
    await bench.shared.set({A: b"9", B: b"2"})
    assert await bench.store.get([A, B, b"?"]) == {A: b"1", B: b"2", b"?": None}
    assert dict(await bench.store.items()) == {A: b"1", B: b"2"}


async def test_an_offset_removed_from_the_connectors_topic_is_looked_up_in_the_workers(bench):
    await bench.own.set({A: None})
    await bench.shared.set({A: b"9"})
    assert await bench.store.get([A]) == {A: b"9"}


async def test_offsets_are_stored_in_the_connectors_topic_first_and_then_copied(bench) -> None:
    await bench.store.set({A: b"1"})
    await settle()
    assert bench.order == [("own", {A: b"1"}), ("shared", {A: b"1"})]


async def test_what_is_removed_is_removed_from_the_workers_topic_first(bench) -> None:
    await bench.store.set({A: None, B: b"1"})
    await settle()
    assert bench.order == [
        ("shared", {A: None}),
        ("own", {A: None, B: b"1"}),
        ("shared", {B: b"1"}),
    ]


async def test_what_cannot_be_removed_from_the_workers_topic_is_not_removed(bench) -> None:
    bench.shared.error = ConnectError("refused")
    with pytest.raises(ConnectError, match="refused"):
        await bench.store.set({A: None})
    assert bench.order == []


async def test_a_failed_copy_is_only_warned_of(bench, caplog) -> None:
    bench.shared.error = ConnectError("refused")
    await bench.store.set({A: b"1"})
    await settle()
    assert "refused" in caplog.text
    assert bench.order == [("own", {A: b"1"})]


async def test_keys_are_those_of_the_connectors_topic(bench) -> None:
    await bench.own.set({b'["c",{"b":1,"a":2}]': b"1"})
    assert bench.store.stored_keys([b'["c",{"a":2,"b":1}]']) == [b'["c",{"b":1,"a":2}]']


class Writer:
    """Notes what is done; may lose its right."""

    def __init__(self) -> None:
        self.done: list[object] = []
        self.error: ConnectError | None = None

    async def claim(self, timeout_s: float) -> None:
        self.done.append("claim")

    async def write(self, items, timeout_s: float) -> dict[int, int]:
        if self.error is not None:
            raise self.error
        self.done.append(items)
        return {}

    async def stop(self) -> None:
        self.done.append("stop")


async def test_a_change_is_one_transaction_of_an_id_that_was_claimed() -> None:
    store, writer = MemoryOffsetStore(), Writer()
    await store.set({A: b"1"})
    transactional = TransactionalOffsetStore(store, writer)
    await transactional.set({A: None, B: b"2"})
    assert writer.done == ["claim", [(A, None), (B, b"2")], "stop"]
    assert await transactional.get([A]) == {A: b"1"}
    assert await transactional.items() == [(A, b"1")]


async def test_the_id_is_let_go_when_the_change_fails() -> None:
    writer = Writer()
    writer.error = PrivilegedWriteError("fenced")
    with pytest.raises(PrivilegedWriteError):
        await TransactionalOffsetStore(MemoryOffsetStore(), writer).set({A: b"1"})
    assert writer.done == ["claim", "stop"]


async def test_without_a_change_no_id_is_claimed() -> None:
    writer = Writer()
    await TransactionalOffsetStore(MemoryOffsetStore(), writer).set({})
    assert writer.done == []
