# SPDX-License-Identifier: Apache-2.0
"""English names in dates, in the order Java's calendar counts them; a short form has 3 letters."""

from __future__ import annotations

from typing import Final

__all__ = ["DAYS", "ERAS", "HALVES", "MONTHS", "ZONE_MINUTES"]

ERAS: Final = ("BC", "AD")
HALVES: Final = ("AM", "PM")
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

ZONE_MINUTES: Final = {
    "UTC": 0,
    "Coordinated Universal Time": 0,
    "GMT": 0,
    "Greenwich Mean Time": 0,
    "WET": 0,
    "WEST": 60,
    "BST": 60,
    "British Summer Time": 60,
    "CET": 60,
    "Central European Standard Time": 60,
    "CEST": 120,
    "Central European Summer Time": 120,
    "EET": 120,
    "EEST": 180,
    "MSK": 180,
    "IST": 120,
    "JST": 540,
    "KST": 540,
    "HST": -600,
    "AKST": -540,
    "AKDT": -480,
    "PST": -480,
    "Pacific Standard Time": -480,
    "PDT": -420,
    "Pacific Daylight Time": -420,
    "MST": -420,
    "Mountain Standard Time": -420,
    "MDT": -360,
    "Mountain Daylight Time": -360,
    "CST": -360,
    "Central Standard Time": -360,
    "CDT": -300,
    "Central Daylight Time": -300,
    "EST": -300,
    "Eastern Standard Time": -300,
    "EDT": -240,
    "Eastern Daylight Time": -240,
}
"""Minutes ahead of UTC, of the zone names that are known."""
