# SPDX-License-Identifier: Apache-2.0
"""Names of the ways in which members of a consumer group deal out partitions. Pure.

Eager ones take all partitions from all members first; the cooperative one takes only those that
move. librdkafka refuses a list that has both kinds.

Source:
    KIP-429; librdkafka 2.16 ``CONFIGURATION.md``.
"""

from __future__ import annotations

from typing import Final

__all__ = ["ASSIGNORS", "COOPERATIVE", "by_kind"]

COOPERATIVE: Final = "cooperative-sticky"
"""The cooperative one, in librdkafka's words."""
ASSIGNORS: Final = {
    "rangeassignor": "range",
    "roundrobinassignor": "roundrobin",
    "cooperativestickyassignor": COOPERATIVE,
    "range": "range",
    "roundrobin": "roundrobin",
    COOPERATIVE: COOPERATIVE,
}
"""librdkafka's names, by Java's classes and by themselves, in small letters."""


def by_kind(text: str) -> tuple[str, ...]:
    """Divide the value of ``partition.assignment.strategy`` into lists of one kind each.

    Returns:
        In librdkafka's names, the list whose kind is named first, then the other one if there is
        one; names nobody knows stay in the first. Empty when the text names none.
    """
    lists: dict[bool, list[str]] = {}
    unknown = []
    for name in filter(None, map(str.strip, text.split(","))):
        known = ASSIGNORS.get(name.rpartition(".")[2].lower())
        if known is None:
            unknown.append(name)
        else:
            lists.setdefault(known == COOPERATIVE, []).append(known)
    found = list(lists.values()) or ([[]] if unknown else [])
    if found:
        found[0] = unknown + found[0]
    return tuple(",".join(dict.fromkeys(names)) for names in found)
