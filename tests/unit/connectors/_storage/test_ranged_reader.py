# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.ranged_reader import RangedReader

CONTENT = bytes(range(100))


def reader(most: int = 100) -> RangedReader:
    """Open a file of which no more than some bytes are given at once."""
    return RangedReader(lambda start, count: CONTENT[start:][: min(count, most)], len(CONTENT))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 120)),
        st.tuples(st.just("seek"), st.integers(0, 120)),
        st.tuples(st.just("seek from end"), st.integers(-100, 20)),
        st.tuples(st.just("seek from here"), st.integers(0, 20)),
    )
)
WHENCE = {"seek": io.SEEK_SET, "seek from end": io.SEEK_END, "seek from here": io.SEEK_CUR}


@given(steps=STEPS, most=st.integers(1, 50))
def test_it_reads_as_a_file_in_memory_does(steps: list[tuple[str, int]], most: int) -> None:
    ranged, known = io.BufferedReader(reader(most), 16), io.BytesIO(CONTENT)
    for step, number in steps:
        if step == "read":
            assert ranged.read(number) == known.read(number)
        else:
            assert ranged.seek(number, WHENCE[step]) == known.seek(number, WHENCE[step])
        assert ranged.tell() == known.tell()


def test_no_range_is_asked_for_behind_the_end() -> None:
    asked: list[tuple[int, int]] = []

    def fetch(start: int, count: int) -> bytes:
        asked.append((start, count))
        return b"x" * count

    ranged = RangedReader(fetch, 10)
    ranged.seek(8)
    assert ranged.read(100) == b"xx"
    assert ranged.read(100) == b""
    assert asked == [(8, 2)]


def test_what_the_store_raises_is_raised() -> None:
    def fetch(start: int, count: int) -> bytes:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        RangedReader(fetch, 10).read(1)
