# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.transforms.filter import Filter
from tests.unit.transforms.records import configured, sink


def test_every_record_is_dropped() -> None:
    dropping = configured(Filter)
    assert dropping.apply(sink("x")) is None
    assert dropping.apply_batch([sink("x"), sink()]) == [None, None]
