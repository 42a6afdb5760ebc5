# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.runtime.stores.offsets import MemoryOffsetStore


async def test_the_newest_offset_is_given():
    store = MemoryOffsetStore()
    await store.start()
    await store.set({b"k": b"1"})
    await store.set({b"k": b"2", b"l": b"3"})
    assert await store.get([b"k"]) == {b"k": b"2"}
    await store.stop()


async def test_a_reset_offset_stays_an_entry():
    store = MemoryOffsetStore()
    await store.set({b"k": b"1"})
    await store.set({b"k": None})
    assert await store.items() == [(b"k", None)]
