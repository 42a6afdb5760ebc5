# SPDX-License-Identifier: Apache-2.0
"""The orders in which Java puts texts, and gives back the keys of a ``HashMap``.

What comes out of a hash map in Java has an order that looks like chance but is the same every
time. Where such an order shows, in lists of answers of the REST API and in who of a group gets
what, it is computed here.

Source:
    java.util.HashMap: a table of a power of two buckets, doubled when three quarters full.
    java.lang.String: ``compareTo`` and ``hashCode`` go by UTF-16 units.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["hash_order", "string_hash", "text_order"]


def string_hash(text: str) -> int:
    """Java's ``String.hashCode`` as an unsigned number, over UTF-16 code units."""
    result = 0
    units = text.encode("utf-16-be", "surrogatepass")
    for high, low in zip(units[::2], units[1::2], strict=True):
        result = (31 * result + (high << 8 | low)) & 0xFFFFFFFF
    return result


def hash_order(keys: Iterable[str]) -> list[str]:
    """Put keys, given in the order they were added, into the order of a hash map."""
    added = list(keys)
    size = 16
    while len(added) > size * 3 // 4:
        size *= 2

    def bucket(key: str) -> int:
        value = string_hash(key)
        return (value ^ value >> 16) & (size - 1)

    return sorted(added, key=bucket)


def text_order(text: str) -> bytes:
    """Return the key that sorts texts as Java does.

    Python's own order differs where characters beyond the first 65,536 are involved.
    """
    return text.encode("utf-16-be", "surrogatepass")
