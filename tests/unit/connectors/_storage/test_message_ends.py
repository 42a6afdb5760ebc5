# SPDX-License-Identifier: Apache-2.0
"""What was made of one message stays together."""

from __future__ import annotations

from typing import Any

import pytest

from barnabas import data
from barnabas.connectors._storage.message_ends import check_schemas_of_messages, end_of_message
from barnabas.connectors._storage.record_batches import Batch
from barnabas.connectors._storage.rotation import RotationRules
from barnabas.errors import ConnectError
from tests.unit.connectors._storage.sink_harness import record

RULES = RotationRules(3)
STRICT = RotationRules(3, ends_on_partition_change=True)


def batch(offsets: list[int], encoded: str, schemas: Any = None) -> Batch:
    records = [
        record(offset, value_schema=schema)
        for offset, schema in zip(offsets, schemas or [None] * len(offsets), strict=True)
    ]
    return Batch(records, [each.value for each in records], list(encoded), None)


@pytest.mark.parametrize(("cut", "end"), [(1, 1), (2, 4), (3, 4), (4, 4), (5, 5)])
def test_a_cut_is_moved_behind_the_message(cut: int, end: int) -> None:
    assert end_of_message(batch([0, 1, 1, 1, 2], "aabba"), cut, RULES) == end


def test_a_message_in_directories_one_after_the_other_is_refused() -> None:
    with pytest.raises(ConnectError, match=r"different directories.* at offset 1"):
        end_of_message(batch([0, 1, 1, 1, 2], "aabba"), 2, STRICT)
    assert end_of_message(batch([0, 1, 1, 2], "aaab"), 2, STRICT) == 3


def test_a_message_of_several_schemas_is_refused() -> None:
    int_, text = data.INT64, data.STRING
    check_schemas_of_messages(batch([0, 1, 1, 2], "aaaa", [int_, text, text, int_]))
    check_schemas_of_messages(batch([0], "a", [int_]))
    with pytest.raises(ConnectError, match=r"different schemas.* at offset 1\. .*the same schema"):
        check_schemas_of_messages(batch([0, 1, 1], "aaa", [int_, int_, text]))
