# SPDX-License-Identifier: Apache-2.0
"""Lines and positions cut from blocks of bytes."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors.file.lines import LineCutter

PIECES = st.lists(st.sampled_from([b"\n", b"\r", b"\r\n", b"a", b"xyz", "é€🎈".encode(), b"\xff"]))


def cut_all(blocks: list[bytes], position: int = 0) -> tuple[list[str], list[int]]:
    cutter, lines, positions = LineCutter(position), [], []
    for block in blocks:
        new_lines, new_positions = cutter.cut(block)
        lines += new_lines
        positions += new_positions
    return lines, positions


@pytest.mark.mirrors("connect/file FileStreamSourceTaskTest#testNormalLifecycle")
def test_lines_end_with_newline_return_or_both() -> None:
    assert cut_all([b"a\nbc\r\n\rd\r.\n"]) == (["a", "bc", "", "d", "."], [2, 6, 7, 9, 11])


def test_line_without_an_end_is_held_back_and_joined() -> None:
    assert cut_all([b"first\nsec"]) == (["first"], [6])
    assert cut_all([b"first\nsec", b"o", b"nd\n"]) == (["first", "second"], [6, 13])


def test_return_at_the_end_waits_for_the_next_byte() -> None:
    assert cut_all([b"x\r"]) == ([], [])
    assert cut_all([b"x\r", b"\n"]) == (["x"], [3])
    assert cut_all([b"x\r", b"y"]) == (["x"], [2])
    assert cut_all([b"x\r", b"y\n"]) == (["x", "y"], [2, 4])


def test_positions_are_bytes_and_begin_where_told() -> None:
    assert cut_all(["hé\r\n🎈\n".encode()], position=100) == (["hé", "🎈"], [105, 110])


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    assert cut_all([b"a\xffb\n"]) == (["a\ufffdb"], [4])


@given(pieces=PIECES, cuts=st.lists(st.integers(0, 40)))
def test_cutting_does_not_depend_on_blocks(pieces: list[bytes], cuts: list[int]) -> None:
    data = b"".join(pieces)
    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    blocks = [data[start:end] for start, end in itertools.pairwise(places)]
    whole = cut_all([data]) if data else ([], [])
    assert cut_all(blocks) == whole


@given(pieces=PIECES)
def test_going_on_at_any_position_gives_the_remaining_lines(pieces: list[bytes]) -> None:
    data = b"".join(pieces) + b"\n."
    lines, positions = cut_all([data])
    for done, position in enumerate(positions, start=1):
        rest = data[position:]
        assert cut_all([rest], position) == (lines[done:], positions[done:])
