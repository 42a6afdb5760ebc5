# SPDX-License-Identifier: Apache-2.0
"""Recommenders: which values to offer for a setting, and whether to show it at all.

They are asked while a configuration is validated, with everything parsed so far, and their answer
goes into the ``recommended_values`` and ``visible`` of REST answers. They refuse nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Recommender", "offer", "visible_when"]

Parsed: TypeAlias = Mapping[str, object]


def _nothing(_name: str, _parsed: Parsed) -> list[object]:
    return []


def _always(_name: str, _parsed: Parsed) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Recommender:
    """Two functions of a setting's name and of all values parsed so far.

    Both may raise `ConfigError`: its text becomes an error of the setting.
    """

    valid_values: Callable[[str, Parsed], Iterable[object]] = _nothing
    visible: Callable[[str, Parsed], bool] = _always


def offer(*values: object) -> Recommender:
    """Offer these values."""
    return Recommender(valid_values=lambda _name, _parsed: list(values))


def visible_when(key: str, *values: object) -> Recommender:
    """Show the setting only while another setting has one of these values."""
    return Recommender(visible=lambda _name, parsed: parsed.get(key) in values)
