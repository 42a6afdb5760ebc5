# SPDX-License-Identifier: Apache-2.0
"""Source partitions and source offsets."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas.connectors._storage.reading.file_names import FileNames
from barnabas.connectors._storage.reading.positions import (
    Place,
    Position,
    check_offset,
    check_partition,
    position_of,
)
from barnabas.errors import ConnectError

NAMES = FileNames("+", ".json")
PLACE = Place("topics/clicks/partition=0", "clicks", 0)


def test_a_place_is_named_by_directory_and_partition() -> None:
    assert PLACE.source_partition == {"directory": "topics/clicks/partition=0", "partition": 0}


def test_an_offset_tells_the_file_and_how_many_records_were_read() -> None:
    offset = {"file": "clicks+0+7+9.json", "records": 2, "complete": False, "size": 50}
    assert position_of(PLACE, offset, NAMES) == Position((7, offset["file"]), 2, False, 50)


def test_no_offset_is_no_position() -> None:
    assert position_of(PLACE, None, NAMES) is None


def test_a_file_name_alone_stands_before_its_first_record() -> None:
    assert position_of(PLACE, {"file": "clicks+0+7.json"}, NAMES) == Position(
        (7, "clicks+0+7.json"), 0, False, None
    )


@pytest.mark.parametrize("name", ["clicks+1+7.json", "clicks+0+7.avro", "other+0+7.json"])
def test_an_offset_of_another_place_or_format_is_refused(name: str) -> None:
    with pytest.raises(ConnectError, match=r"reset the connector"):
        position_of(PLACE, {"file": name}, NAMES)


@pytest.mark.parametrize(
    "offset",
    [
        {},
        {"file": 7},
        {"file": "a", "records": -1},
        {"file": "a", "records": True},
        {"file": "a", "complete": "yes"},
        {"file": "a", "size": "5"},
    ],
    ids=str,
)
def test_offsets_that_make_no_sense_are_refused(offset: dict[str, Any]) -> None:
    with pytest.raises(ConnectError, match="A source offset is"):
        check_offset(offset)


@pytest.mark.parametrize(
    "partition", [{}, {"directory": "a"}, {"directory": "a", "partition": "0"}], ids=str
)
def test_partitions_that_make_no_sense_are_refused(partition: dict[str, Any]) -> None:
    with pytest.raises(ConnectError, match="A source partition is"):
        check_partition(partition)
