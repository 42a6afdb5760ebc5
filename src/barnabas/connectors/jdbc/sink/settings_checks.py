# SPDX-License-Identifier: Apache-2.0
"""Checks of the sink's settings that no other connector has."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence

from barnabas import config

__all__ = ["check_table_mapping", "enumerator", "table_mapping"]


def enumerator(kind: type[enum.Enum]) -> config.Validator:
    """Texts of an enumeration, all in lower or all in upper case."""
    lower = [str(member.value) for member in kind]
    valid = {*lower, *map(str.upper, lower)}

    def check(name: str, value: object) -> None:
        if value not in valid:
            raise config.invalid_value(name, value, "Invalid enumerator")

    return config.validator(check, f"[{', '.join(lower)}]")


def check_table_mapping() -> config.Validator:
    """A list of ``topic:table``."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, list):
            return
        for item in value:
            topic, colon, table = str(item).partition(":")
            if not topic or not colon or not table:
                message = f"Invalid topics to tables mapping: '{item}' is not topic:table"
                raise config.invalid_value(name, value, message)

    return config.validator(check, "list of topic:table")


def table_mapping(items: Sequence[str] | None) -> Mapping[str, str]:
    """Read a list of ``topic:table`` that was checked."""
    pairs = (item.partition(":") for item in items or ())
    return {topic: table for topic, _, table in pairs}
