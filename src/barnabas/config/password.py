# SPDX-License-Identifier: Apache-2.0
"""A secret text that never prints."""

from __future__ import annotations

from typing import Final, final

__all__ = ["HIDDEN", "Password"]

HIDDEN: Final = "[hidden]"
"""What stands in the place of a secret, in logs and in REST answers."""


@final
class Password:
    """A secret: equal to another of the same text, shown as ``[hidden]``.

    Take the text with `value`, as late as possible, and never log it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    @property
    def value(self) -> str:
        """The secret itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Password) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Password, self._value))

    def __repr__(self) -> str:
        return HIDDEN

    def __bool__(self) -> bool:
        return bool(self._value)
