# SPDX-License-Identifier: Apache-2.0
"""Versions of plugins and ranges of them, in Maven's syntax (KIP-891). Pure.

``[1.0,2.0)`` from 1.0, below 2.0 · ``[1.0]`` exactly · ``(,1.0]`` up to · ``[1,2),[3,)`` either ·
``1.0`` exactly, too · ``latest`` or nothing: the newest.

Differs:
    ``dev`` counts as older than everything, as in Python's own versions; Maven knows no ``dev``.

Source:
    Maven ``ComparableVersion`` and ``VersionRange``; Apache Kafka ``PluginUtils``.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable
from itertools import zip_longest

from barnabas.errors import ConfigError

__all__ = ["Version", "VersionRange", "parse_range"]

_QUALIFIERS = ("dev", "alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_SAME_AS = {"a": "alpha", "b": "beta", "m": "milestone", "cr": "rc", "c": "rc"}
_RELEASE = frozenset({"ga", "final", "release"})
_PART = re.compile(r"\d+|[a-z]+")
_INTERVAL = re.compile(r"\s*([\[(])([^\[\](),]*)(,?)([^\[\](),]*)([\])])\s*(?:,(?=\s*[\[(])|$)")
_NOTHING: tuple[int, int, str] = (1, _QUALIFIERS.index(""), "")


@functools.total_ordering
class Version:
    """A version, ordered as Maven orders them."""

    def __init__(self, text: str) -> None:
        self.text = text
        parts = [_ranked(part) for part in _PART.findall(text.lower().partition("+")[0])]
        while parts and parts[-1] in {_NOTHING, (2, 0, "")}:
            parts.pop()
        self._parts = tuple(parts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self._parts == other._parts

    def __lt__(self, other: Version) -> bool:
        for mine, theirs in zip_longest(self._parts, other._parts):
            left, right = _against(mine, theirs), _against(theirs, mine)
            if left != right:
                return left < right
        return False

    def __hash__(self) -> int:
        return hash(self._parts)

    def __repr__(self) -> str:
        return f"Version({self.text!r})"


def _ranked(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return 2, int(part), ""
    name = _SAME_AS.get(part, part)
    if name in _RELEASE:
        return _NOTHING
    if name in _QUALIFIERS:
        return 1, _QUALIFIERS.index(name), ""
    return 1, len(_QUALIFIERS), name


def _against(
    part: tuple[int, int, str] | None, other: tuple[int, int, str] | None
) -> tuple[int, int, str]:
    """What a missing part counts as: zero against a number, the release against a word."""
    if part is not None:
        return part
    return (2, 0, "") if other is not None and other[0] == 2 else _NOTHING


@dataclasses.dataclass(frozen=True, slots=True)
class _Interval:
    low: Version | None
    high: Version | None
    with_low: bool
    with_high: bool

    def __contains__(self, version: Version) -> bool:
        above = self.low is None or self.low < version or (self.with_low and self.low == version)
        below = (
            self.high is None or version < self.high or (self.with_high and self.high == version)
        )
        return above and below


@dataclasses.dataclass(frozen=True, slots=True)
class VersionRange:
    """The versions somebody will take."""

    text: str
    """The range in Maven's form; a bare version reads ``[version]`` here."""
    _intervals: tuple[_Interval, ...]

    def __contains__(self, version: str) -> bool:
        candidate = Version(version)
        return any(candidate in interval for interval in self._intervals)

    def newest(self, versions: Iterable[str]) -> str | None:
        """Choose the newest version within the range; None when there is none."""
        return max((text for text in versions if text in self), key=Version, default=None)


def parse_range(text: str | None) -> VersionRange | None:
    """Read a version requirement.

    Returns:
        The range; None for the newest version (nothing, empty or ``latest``).

    Raises:
        ConfigError: It is no range.
    """
    stripped = (text or "").strip()
    if not stripped or stripped.lower() == "latest":
        return None
    if not any(mark in stripped for mark in "[](),"):
        exact = Version(stripped)
        interval = _Interval(exact, exact, with_low=True, with_high=True)
        return VersionRange(f"[{stripped}]", (interval,))
    intervals: list[_Interval] = []
    position = 0
    while position < len(stripped):
        match = _INTERVAL.match(stripped, position)
        interval_or_none = _interval(match) if match is not None else None
        if match is None or interval_or_none is None:
            message = (
                f"Invalid version specification: {stripped}; write a version, or a range such as "
                "[1.0,2.0)."
            )
            raise ConfigError(message)
        intervals.append(interval_or_none)
        position = match.end()
    return VersionRange(stripped, tuple(intervals))


def _interval(match: re.Match[str]) -> _Interval | None:
    opening, low, comma, high, closing = match.groups()
    with_low, with_high = opening == "[", closing == "]"
    if not comma:
        if not low.strip() or not (with_low and with_high):
            return None
        exact = Version(low.strip())
        return _Interval(exact, exact, with_low=True, with_high=True)
    start = Version(low.strip()) if low.strip() else None
    end = Version(high.strip()) if high.strip() else None
    if start is not None and end is not None and not start < end:
        return None
    return _Interval(start, end, with_low, with_high)
