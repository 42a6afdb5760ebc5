# SPDX-License-Identifier: Apache-2.0
"""Find the name a user probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["is_one_slip", "nearest_name", "nearest_names"]


def nearest_names(name: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Known names that look like this one, the nearest first; case does not count."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=limit, cutoff=0.75)
    return [by_lower[match] for match in found]


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like this one, if any does."""
    return next(iter(nearest_names(name, known, 1)), None)


def is_one_slip(name: str, meant: str) -> bool:
    """Whether one sign too many, too few, wrong, or two that changed places, part two names."""
    if name == meant or abs(len(name) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(name), len(meant)) and name[start] == meant[start]:
        start += 1
    rest, wanted = name[start:], meant[start:]
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] == wanted or rest == wanted[1:] or rest[1:] == wanted[1:] or swapped == wanted
