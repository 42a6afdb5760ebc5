# SPDX-License-Identifier: Apache-2.0
"""Names of files that are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import TopicPartition
from barnabas.connectors._storage.names import committed_name
from barnabas.connectors._storage.reading.file_names import FileNames, StoredFile

NAMES = FileNames("+", ".json")
TOPICS = st.text("abz019._-", min_size=1).filter(lambda name: name not in (".", ".."))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("clicks+3+0000000100+0000000199.json", (3, 100)),
        ("clicks+3+0000000100.json", (3, 100)),
        ("clicks+3+100.gz.json", (3, 100)),
        ("clicks+3+100.json.gz", (3, 100)),
        ("clicks+3+100.keys.json.gz", None),
        ("clicks+3+100+199.avro", None),
        ("clicks+3+100+199", None),
        ("clicks+3+100.keys.json", None),
        ("clicks+3+100.headers.json", None),
        ("others+3+100+199.json", None),
        ("clicks+3+100+199+7.json", None),
        ("clicks-3-100-199.json", None),
        ("000001_tmp.json", None),
        ("_SUCCESS", None),
    ],
)
def test_names_tell_partition_and_start(name: str, found: tuple[int, int] | None) -> None:
    assert NAMES.parse("clicks", name) == found


@pytest.mark.parametrize(
    ("name", "is_padded"),
    [
        ("clicks+3+0000000100+0000000199.json", True),
        ("clicks+3+00.json", True),
        ("clicks+3+0.json", False),
        ("clicks+3+100.json", False),
        ("others+3+00.json", False),
    ],
)
def test_zeros_tell_that_names_sort_as_numbers(name: str, is_padded: bool) -> None:
    assert NAMES.is_padded("clicks", name) == is_padded


@given(st.integers(0, 10**6), st.integers(1, 10**12), st.integers(2, 12))
def test_later_files_sort_behind_one_that_is_padded(start: int, more: int, width: int) -> None:
    first, second = (f"t+0+{number:0{width}d}.json" for number in (start, start + more))
    assert not NAMES.is_padded("t", first) or first < second


def test_the_delimiter_may_be_in_the_name_of_the_topic() -> None:
    assert FileNames("-", ".txt").parse("a-1-b", "a-1-b-7-5-9.txt") == (7, 5)


def test_a_codec_may_stand_before_the_extension() -> None:
    assert FileNames("+", ".parquet").parse("a", "a+0+5.snappy.parquet") == (0, 5)


@given(TOPICS, st.integers(0, 10**6), st.integers(0, 10**18), st.integers(0, 12))
def test_names_that_the_sink_makes_are_read(topic: str, part: int, start: int, width: int) -> None:
    where = TopicPartition(topic, part)
    name = committed_name(where, start, start + 5, width=width, extension=".json")
    assert NAMES.parse(topic, name) == (part, start)


def test_files_are_ordered_by_offset_however_it_is_padded() -> None:
    early, late = StoredFile(9, "a+0+9.json", 1), StoredFile(10, "a+0+10.json", 1)
    assert early.key < late.key
