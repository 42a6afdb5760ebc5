# SPDX-License-Identifier: Apache-2.0
"""Checks of a setting's value, with Java's sentences.

A `Validator` is called with the name and the parsed value and raises `ConfigError`; its text says
what is valid and goes into reference pages. Unless a check says otherwise it lets None pass.

Source:
    Apache Kafka ConfigDef: Range, ValidString, ValidList, NonEmptyString and their siblings.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from barnabas.config.java_regex import java_regex
from barnabas.config.types import invalid_value, java_text
from barnabas.errors import ConfigError

__all__ = [
    "Check",
    "Validator",
    "at_least",
    "case_insensitive_valid_string",
    "composite",
    "list_size",
    "non_empty",
    "non_empty_no_control",
    "non_null",
    "range_between",
    "unique_list",
    "valid_list",
    "valid_regex",
    "valid_string",
    "validator",
]

Check: TypeAlias = Callable[[str, object], None]
"""Called with the setting's name and its parsed value; raises `ConfigError` when it is wrong."""


@dataclass(frozen=True, slots=True)
class Validator:
    """A check together with the words that describe it."""

    check: Check
    description: str

    def __call__(self, name: str, value: object) -> None:
        """Raise `ConfigError` unless the value of the setting is valid."""
        self.check(name, value)

    def __str__(self) -> str:
        return self.description


def validator(check: Check, description: str) -> Validator:
    """Make a validator of any function."""
    return Validator(check, description)


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def range_between(minimum: float | None, maximum: float | None) -> Validator:
    """Numbers from minimum to maximum, both included; None means no limit. Refuses None."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, int | float):
            raise invalid_value(name, value, "Value must be non-null")
        if minimum is not None and value < minimum:
            raise invalid_value(name, value, f"Value must be at least {java_text(minimum)}")
        if maximum is not None and value > maximum:
            raise invalid_value(name, value, f"Value must be no more than {java_text(maximum)}")

    low = "" if minimum is None else java_text(minimum) + ","
    high = "" if maximum is None else "," + java_text(maximum)
    return Validator(check, f"[{low}...{high}]")


def at_least(minimum: float) -> Validator:
    """Numbers from minimum on. Refuses None."""
    return range_between(minimum, None)


def valid_string(*values: str) -> Validator:
    """One of these texts. Refuses None unless it is among them."""

    def check(name: str, value: object) -> None:
        if value not in values:
            raise invalid_value(name, value, f"String must be one of: {', '.join(values)}")

    return Validator(check, f"[{', '.join(values)}]")


def case_insensitive_valid_string(*values: str) -> Validator:
    """One of these texts in any case. Refuses None."""
    known = tuple(text.upper() for text in values)

    def check(name: str, value: object) -> None:
        if not isinstance(value, str) or value.upper() not in known:
            message = f"String must be one of (case insensitive): {', '.join(known)}"
            raise invalid_value(name, value, message)

    return Validator(check, f"(case insensitive) [{', '.join(known)}]")


def valid_list(*values: str) -> Validator:
    """A list whose items are among these texts; the same item may come again."""
    item = valid_string(*values)

    def check(name: str, value: object) -> None:
        for entry in _items(value):
            item(name, entry)

    return Validator(check, f"[{', '.join(values)}]")


def unique_list(what: str = "value", *, allow_empty: bool = True) -> Validator:
    """A list in which nothing is blank and nothing comes twice.

    Args:
        what: What an item is, for the message.
        allow_empty: Whether the list may have no item at all.
    """

    def check(name: str, value: object) -> None:
        items = _items(value)
        if len(items) != len(set(map(str, items))):
            raise invalid_value(name, value, f"Duplicate {what} provided.")
        if not all(items) or not (items or allow_empty):
            raise invalid_value(name, value, f"Empty {what} provided.")

    return Validator(check, f"list without duplicate or empty {what}s")


def non_empty() -> Validator:
    """A text of at least one character."""

    def check(name: str, value: object) -> None:
        if value == "":
            raise invalid_value(name, value, "String must be non-empty")

    return Validator(check, "non-empty string")


def non_empty_no_control() -> Validator:
    """A text of at least one character and no ISO control characters (below 32, 127 to 159)."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, str):
            return
        if not value:
            raise invalid_value(name, value, "String may not be empty")
        found = [str(ord(c)) for c in value if ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F]
        if found:
            message = (
                "String may not contain control sequences but had the following ASCII chars: "
                + ", ".join(found)
            )
            raise invalid_value(name, value, message)

    return Validator(check, "non-empty string without ISO control characters")


def list_size(maximum: int) -> Validator:
    """A list of at most so many items."""

    def check(name: str, value: object) -> None:
        if len(_items(value)) > maximum:
            raise invalid_value(name, value, f"exceeds maximum list size of [{maximum}].")

    return Validator(check, f"List containing maximum of {maximum} elements")


def non_null() -> Validator:
    """Anything but None."""

    def check(name: str, value: object) -> None:
        if value is None:
            raise invalid_value(name, None, "entry must be non null")

    return Validator(check, "non-null string")


def composite(*checks: Validator) -> Validator:
    """All of these, in order; the first that fails speaks."""

    def check(name: str, value: object) -> None:
        for each in checks:
            each(name, value)

    return Validator(check, ", ".join(map(str, checks)))


def valid_regex() -> Validator:
    """A regular expression; see `java_regex`. Refuses None."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, str):
            raise invalid_value(name, value, "Invalid regex: there is none")
        try:
            java_regex(value)
        except ConfigError as error:
            raise invalid_value(name, value, error.message) from error

    return Validator(check, "valid regex")
