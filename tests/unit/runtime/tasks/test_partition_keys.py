# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import DataError
from barnabas.runtime.tasks.partition_keys import PartitionKeys
from tests.unit.runtime.tasks.doubles import records


def test_the_last_offset_of_each_partition_counts() -> None:
    a, b = {"file": "a"}, {"file": "b"}
    batch = [*records("1", "2", partition=a), *records("3", partition=b, start=7)]
    assert PartitionKeys("c").last_offsets(batch) == {
        b'["c",{"file":"a"}]': {"n": 1},
        b'["c",{"file":"b"}]': {"n": 7},
    }


@pytest.mark.parametrize(("first", "second"), [(1, True), (1, 1.0)])
def test_values_that_are_equal_here_but_not_in_json_have_keys_of_their_own(first, second) -> None:
    keys = PartitionKeys("c")
    (one,) = keys.last_offsets(records("x", partition={"n": first}))
    (other,) = keys.last_offsets(records("x", partition={"n": second}))
    assert one != other


def test_partitions_hold_primitive_values_only() -> None:
    with pytest.raises(DataError, match="primitive"):
        PartitionKeys("c").last_offsets(records("x", partition={"n": []}))
