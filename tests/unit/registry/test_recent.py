# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.registry.recent import Recent


def test_thing_unused_for_longest_goes_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c"), len(recent)) == (1, None, 3, 2)


def test_things_go_when_their_time_is_over() -> None:
    time = [0.0]
    recent: Recent[str, int] = Recent(2, 10, lambda: time[0])
    recent.put("a", 1)
    time[0] = 9.9
    assert recent.get("a") == 1
    time[0] = 10
    assert recent.get("a") is None
    assert len(recent) == 0


def test_nothing_is_kept_without_room_or_time() -> None:
    for recent in (Recent[str, int](0), Recent[str, int](9, 0)):
        recent.put("a", 1)
        assert recent.get("a") is None


def test_everything_can_be_dropped() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.clear()
    assert recent.get("a") is None
