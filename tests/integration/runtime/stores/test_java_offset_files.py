# SPDX-License-Identifier: Apache-2.0
"""Offset files go from Java to Barnabas and back, with Java's own reading and writing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from barnabas.runtime.stores import FileOffsetStore

PROGRAM = Path(__file__).with_name("OffsetFile.java")


def java(*arguments: str | Path) -> list[str]:
    """Run the Java program; returns the lines it printed."""
    done = subprocess.run(
        ["java", PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.splitlines()


def expected(count: int) -> dict[bytes, bytes | None]:
    return {b'["c",{"f":%d}]' % n: None if n % 3 == 0 else b'{"p":%d}' % n for n in range(count)}


@pytest.mark.parametrize("count", [0, 1, 12, 13, 500])
async def test_what_java_wrote_is_read_and_what_we_write_java_reads(tmp_path: Path, count: int):
    path = tmp_path / "connect.offsets"
    java("write", path, str(count))
    store = FileOffsetStore(path)
    await store.start()
    assert dict(await store.items()) == expected(count)

    await store.set({b'["c",{"f":0}]': b'{"p":7}', b'["new",null]': None})
    lines = java("read", path)
    changed = {**expected(count), b'["c",{"f":0}]': b'{"p":7}', b'["new",null]': None}
    assert lines == sorted(
        f"{key.decode()}={'null' if value is None else value.decode()}"
        for key, value in changed.items()
    )
