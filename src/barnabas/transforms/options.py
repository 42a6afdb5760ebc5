# SPDX-License-Identifier: Apache-2.0
"""Settings and checks that several transformations share."""

from __future__ import annotations

from typing import Final

from barnabas import config

__all__ = ["non_empty_list", "parse_mapping", "replace_null_with_default"]


def replace_null_with_default() -> config.Option[bool]:
    """The setting of KIP-1040."""
    return config.Option(
        "replace.null.with.default",
        bool,
        True,
        "Whether a field that is null and has a default value gives that default.",
    )


def _check_non_empty(name: str, value: object) -> None:
    if not value:
        raise config.invalid_value(name, value, "Empty list")


non_empty_list: Final = config.validator(_check_non_empty, "non-empty list")
"""A list of at least one item. Refuses None."""


def parse_mapping(item: str) -> list[str]:
    """Split ``from:to`` at the colons; empty parts at the end do not count."""
    parts = item.split(":")
    while parts and not parts[-1]:
        parts.pop()
    return parts
