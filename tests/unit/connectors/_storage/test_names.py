# SPDX-License-Identifier: Apache-2.0
"""Names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.api import TopicPartition
from barnabas.connectors._storage import names

TOPICS = st.text("abcZ09._-", min_size=1)
OFFSETS = st.integers(0, 2**63 - 1)


@given(TOPICS, st.integers(0, 9999), OFFSETS, OFFSETS, st.integers(0, 20))
def test_a_committed_name_is_read_as_it_was_made(
    topic: str, partition: int, start: int, end: int, width: int
) -> None:
    where = TopicPartition(topic, partition)
    name = names.committed_name(where, start, end, width=width, extension=".avro")
    assert names.parse_committed_name(name) == (topic, partition, start, end, ".avro")


def test_offsets_are_filled_up_with_zeros() -> None:
    where = TopicPartition("clicks", 3)
    name = names.committed_name(where, 100, 199, width=10, extension=".avro")
    assert name == "clicks+3+0000000100+0000000199.avro"


@pytest.mark.mirrors("kafka-connect-hdfs CommittedFileFilterTest")
@pytest.mark.parametrize(
    "name",
    [
        "log",
        "log.1",
        "1+2+3",
        "a_b_c_d",
        "tmp",
        "a.b",
        "topic_234_56_78.ghi",
        "t+1+2+3.",
        "t+1+2+3.a.b",
    ],
)
def test_other_names_are_not_committed(name: str) -> None:
    assert names.parse_committed_name(name) is None


def test_a_committed_name_needs_no_extension() -> None:
    assert names.parse_committed_name("name.space+1+2+3") == ("name.space", 1, 2, 3, "")


@given(st.none() | OFFSETS)
def test_a_claim_is_read_as_it_was_made(offset: int | None) -> None:
    claim = names.Claim("0af3", offset)
    assert names.parse_claim(claim.name) == claim


def test_temporary_files_of_java_are_known() -> None:
    assert names.is_java_temporary("0b6dc1a7-ab0f-4ab8-9e49-0e5b7a1a7a4e_tmp.avro")
    assert not names.is_java_temporary("000001_tmp.avro")


def test_places_follow_the_directories() -> None:
    places = names.Places(TopicPartition("clicks", 3), "/data/topics", "logs")
    assert places.committed == "data/topics/clicks"
    assert places.work == "data/topics/+tmp/clicks/+3"
    assert places.java_logs == ("logs/clicks/3/log", "logs/clicks/3/log.1")
