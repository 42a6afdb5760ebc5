# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: ASYNC240 - small files of a test may block its loop
from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from barnabas.errors import ConfigError, RetriableError
from barnabas.runtime.stores import file_offsets
from barnabas.runtime.stores.file_offsets import FileOffsetStore
from barnabas.runtime.stores.java_serialization import dump_byte_map, load_byte_map


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "connect.offsets"


async def started(path: Path) -> FileOffsetStore:
    store = FileOffsetStore(path)
    await store.start()
    return store


async def test_offsets_survive_a_new_start(path: Path):
    await (await started(path)).set({b"k": b"v", b"gone": None})
    store = await started(path)
    assert await store.get([b"k", b"gone", b"new"]) == {b"k": b"v", b"gone": None, b"new": None}


async def test_an_empty_file_holds_no_offsets(path: Path):
    path.touch()
    assert await (await started(path)).items() == []


async def test_a_file_written_by_java_is_read(path: Path):
    path.write_bytes(dump_byte_map({b'["c",{"f":1}]': b'{"p":1}'}))
    assert await (await started(path)).items() == [(b'["c",{"f":1}]', b'{"p":1}')]


async def test_an_entry_with_other_member_order_is_found_and_replaced(path: Path):
    java = b'["c",{"b":1,"a":2}]'
    ours = b'["c",{"a":2,"b":1}]'
    path.write_bytes(dump_byte_map({java: b"{}"}))
    store = await started(path)
    assert await store.get([ours]) == {ours: b"{}"}
    await store.set({ours: b'{"p":1}'})
    assert load_byte_map(path.read_bytes()) == {java: b'{"p":1}'}


@pytest.mark.parametrize("damage", [b"junk", dump_byte_map({b"k": b"v"})[:-3]])
async def test_a_damaged_file_stops_the_start(path: Path, damage: bytes):
    path.write_bytes(damage)
    with pytest.raises(ConfigError, match=r"connect\.offsets is damaged"):
        await started(path)


async def test_a_directory_stops_the_start(tmp_path: Path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        await started(tmp_path)


async def test_a_missing_directory_stops_the_start(tmp_path: Path):
    with pytest.raises(ConfigError, match="there is no directory"):
        await started(tmp_path / "missing" / "offsets")


async def test_a_directory_that_is_not_writable_stops_the_start(path: Path, monkeypatch):
    monkeypatch.setattr(file_offsets.os, "access", lambda *_: False)
    with pytest.raises(ConfigError, match="not writable"):
        await started(path)


async def test_concurrent_changes_are_all_written(path: Path):
    store = await started(path)
    changes = [{f"k{n}".encode(): b"v"} for n in range(50)]
    await asyncio.gather(*(store.set(change) for change in changes))
    assert len(load_byte_map(path.read_bytes())) == 50


async def test_a_full_disk_changes_nothing_and_a_later_try_succeeds(path: Path, monkeypatch):
    store = await started(path)
    await store.set({b"k": b"old"})

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(file_offsets.os, "fsync", full)
        with pytest.raises(RetriableError, match="No space left on device"):
            await store.set({b"k": b"new"})
    assert await store.get([b"k"]) == {b"k": b"old"}
    assert load_byte_map(path.read_bytes()) == {b"k": b"old"}
    assert os.listdir(path.parent) == [path.name]
    await store.set({b"k": b"new"})
    assert load_byte_map(path.read_bytes()) == {b"k": b"new"}


async def test_the_mode_of_the_file_is_kept(path: Path):
    path.touch(mode=0o600)
    await (await started(path)).set({b"k": b"v"})
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_symbolic_link_stays_one(path: Path, tmp_path: Path):
    link = tmp_path / "link"
    link.symlink_to(path)
    await (await started(link)).set({b"k": b"v"})
    assert link.is_symlink()
    assert load_byte_map(path.read_bytes()) == {b"k": b"v"}


async def test_dev_null_forgets():
    store = await started(Path(os.devnull))
    await store.set({b"k": b"v"})
    assert await (await started(Path(os.devnull))).items() == []
