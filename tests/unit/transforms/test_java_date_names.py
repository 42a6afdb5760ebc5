# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import calendar

from barnabas.transforms.java_date_names import DAYS, MONTHS, ZONE_MINUTES


def test_names_are_those_of_the_calendar_from_sunday_on() -> None:
    assert list(MONTHS) == list(calendar.month_name)[1:]
    assert [*DAYS[1:], DAYS[0]] == list(calendar.day_name)


def test_no_zone_is_further_away_than_zones_are() -> None:
    assert all(-12 * 60 <= minutes <= 14 * 60 for minutes in ZONE_MINUTES.values())
