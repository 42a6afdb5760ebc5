# SPDX-License-Identifier: Apache-2.0
"""Time zones, beside the standard library's."""

from __future__ import annotations

import datetime
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas.connectors._storage.zones import floor_local, offset_ms, zone_of
from barnabas.errors import ConfigError

HOUR_MS, DAY_MS = 3_600_000, 86_400_000
ZONES = ["UTC", "America/Santiago", "Asia/Beirut", "Europe/Berlin", "Asia/Kolkata", "+05:30"]
TIMES = st.integers(DAY_MS, 4_000_000_000_000)


def local(zone: str, ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(ms / 1000, zone_of(zone)).replace(tzinfo=None)


@given(st.sampled_from(ZONES), TIMES)
def test_an_hour_begins_when_clocks_show_a_full_hour(zone: str, ms: int) -> None:
    begin = floor_local(zone_of(zone), ms, HOUR_MS)
    assert local(zone, begin).minute == local(zone, begin).second == 0
    assert local(zone, begin).replace(tzinfo=None) <= local(zone, ms)


@given(st.sampled_from(ZONES), TIMES)
def test_a_day_begins_on_the_day_itself_even_where_clocks_skip_midnight(zone: str, ms: int) -> None:
    begin = local(zone, floor_local(zone_of(zone), ms, DAY_MS))
    assert begin.date() == local(zone, ms).date()
    assert begin.hour in (0, 1)


def test_times_before_the_epoch_are_rounded_towards_it() -> None:
    assert floor_local(datetime.UTC, -1, HOUR_MS) == 0
    assert floor_local(datetime.UTC, -HOUR_MS - 1, HOUR_MS) == -HOUR_MS


@pytest.mark.parametrize(
    ("name", "hours"), [("+01:00", 1), ("-0830", -8.5), ("+5", 5), ("UTC", 0), ("Asia/Tokyo", 9)]
)
def test_zones_have_ids_or_offsets(name: str, hours: float) -> None:
    assert offset_ms(zone_of(name), 1_700_000_000_000) == hours * HOUR_MS


@pytest.mark.parametrize("name", ["Mars/Olympus", "+25:00", "../etc/passwd", "europe berlin"])
def test_an_unknown_zone_is_refused_by_name(name: str) -> None:
    with pytest.raises(ConfigError, match=r"configuration timezone: no time zone"):
        zone_of(name)


def test_times_python_cannot_hold_have_an_offset_too() -> None:
    zone = zoneinfo.ZoneInfo("Asia/Tokyo")
    assert offset_ms(zone, 1 << 62) == 9 * HOUR_MS
    assert offset_ms(zone, -(1 << 62)) > 0
