# SPDX-License-Identifier: Apache-2.0
"""Java's log of commits."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage import java_log
from barnabas.errors import ProtocolError

MARKER = bytes(range(16))
BEGIN, END = ("BEGIN", ""), ("END", "")
MOVE = ("/tmp/a_tmp.avro", "/t/a+0+0+9.avro")
LATER = ("/tmp/b_tmp.avro", "/t/a+0+10+19.avro")


def text(value: str) -> bytes:
    data = value.encode()
    if len(data) <= 127:
        return bytes([len(data)]) + data
    size = (len(data).bit_length() + 7) // 8
    return struct.pack(">b", -112 - size) + len(data).to_bytes(size, "big") + data


def log(*entries: tuple[str, str], synced: bool = True) -> bytes:
    parts = [b"WAL\x00", MARKER]
    for key, value in entries:
        if synced:
            parts += [struct.pack(">i", -1), MARKER]
        pair = text(key) + text(value)
        parts += [struct.pack(">ii", len(pair), len(text(key))), pair]
    return b"".join(parts)


@given(st.lists(st.tuples(st.text(max_size=300), st.text(max_size=300))), st.booleans())
def test_entries_are_read_as_they_were_written(
    entries: list[tuple[str, str]], synced: bool
) -> None:
    assert java_log.read_entries(log(*entries, synced=synced)) == entries


@given(st.data())
def test_a_log_that_was_cut_off_gives_its_beginning(data: st.DataObject) -> None:
    content = log(BEGIN, MOVE, END)
    cut = data.draw(st.integers(0, len(content)))
    assert java_log.read_entries(content[:cut]) == [BEGIN, MOVE, END][: _whole(cut)]


def _whole(cut: int) -> int:
    return max(n for n in range(4) if n == 0 or len(log(*[BEGIN, MOVE, END][:n])) <= cut)


@pytest.mark.parametrize(
    "content",
    [
        b"PAR1" + MARKER + b"....",
        b"WAL\x00" + MARKER + struct.pack(">i", -7),
        b"WAL\x00" + MARKER + struct.pack(">i", -1) + bytes(16),
        b"WAL\x00" + MARKER + struct.pack(">ii", 1, 5) + b"x",
        b"WAL\x00" + MARKER + struct.pack(">ii", 3, 2) + b"\x09a\x00",
    ],
)
def test_damage_is_told(content: bytes) -> None:
    with pytest.raises(ProtocolError):
        java_log.read_entries(content)


def test_what_follows_the_last_end_was_not_promised() -> None:
    assert java_log.moves_to_finish([BEGIN, MOVE, END, BEGIN, LATER]) == [MOVE]


def test_a_new_beginning_forgets_what_was_not_ended() -> None:
    assert java_log.moves_to_finish([BEGIN, MOVE, BEGIN, LATER, END]) == [LATER]


@pytest.mark.mirrors("kafka-connect-hdfs FSWALTest")
def test_empty_groups_and_those_without_end_tell_no_offset() -> None:
    entries = [BEGIN, MOVE, END, BEGIN, END, BEGIN, LATER]
    assert java_log.last_complete_moves(entries) == [MOVE]
    assert java_log.last_complete_moves([MOVE, END]) == []
    assert java_log.last_complete_moves([BEGIN, MOVE]) == []
