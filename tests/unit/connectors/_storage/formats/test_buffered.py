# SPDX-License-Identifier: Apache-2.0
"""Records that wait until there are enough for the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from barnabas.connectors._storage.formats.buffered import BufferedWriter
from tests.unit.connectors._storage.formats.memory_store import Memory


class Plain(BufferedWriter):
    def _encode(self, values: Sequence[Any]) -> bytes:
        return b"".join(values)


def test_the_store_gets_large_pieces() -> None:
    target = Memory()
    writer = Plain(target, b"head")
    for _ in range(600):
        writer.write([b"x" * 999, b"\n"])
    assert writer.bytes_written == 600_004
    writer.close()
    assert target.is_closed
    assert len(target.pieces) == 3
    assert target.data == b"head" + (b"x" * 999 + b"\n") * 600


def test_spilling_frees_memory() -> None:
    target = Memory()
    writer = Plain(target)
    writer.write([b"abc"])
    assert (writer.bytes_buffered, writer.bytes_written, target.data) == (3, 3, b"")
    writer.spill()
    assert (writer.bytes_buffered, writer.bytes_written, target.data) == (0, 3, b"abc")


def test_an_abort_writes_nothing_more() -> None:
    target = Memory()
    writer = Plain(target)
    writer.write([b"abc"])
    writer.abort()
    assert (writer.bytes_buffered, target.data, target.is_aborted) == (0, b"", True)
