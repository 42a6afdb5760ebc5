# SPDX-License-Identifier: Apache-2.0
"""Cuts that go through no family."""

from __future__ import annotations

import pytest

from barnabas.runtime.tasks.families import end_of_family, start_of_family
from tests.unit.runtime.tasks.doubles import records

A, B, C = records("a", "b", "c")
BATCH = [A, B, B, B, C]


@pytest.mark.parametrize(("cut", "end"), [(1, 1), (2, 4), (3, 4), (4, 4), (5, 5), (9, 5)])
def test_a_cut_is_moved_behind_the_family(cut: int, end: int) -> None:
    assert end_of_family(BATCH, cut) == end


@pytest.mark.parametrize(("cut", "start"), [(0, 0), (1, 1), (2, 1), (3, 1), (4, 4), (5, 5)])
def test_a_cut_is_moved_before_the_family(cut: int, start: int) -> None:
    assert start_of_family(BATCH, cut) == start
