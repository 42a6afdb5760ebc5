# SPDX-License-Identifier: Apache-2.0
"""The translation of one client's settings while it is being written."""

from __future__ import annotations

from collections.abc import Mapping

from barnabas.errors import ConfigError
from barnabas.kafka.librdkafka_table import PROPERTIES

__all__ = ["Draft"]


class Draft:
    """What Java's settings say, and what librdkafka's will say.

    Attributes:
        kind: ``producer``, ``consumer`` or ``admin``.
        given: Java's settings, trimmed; settings without a value are left out.
        settings: librdkafka's settings so far.
        unsupported: Names that have no counterpart, as the user wrote them.
        notes: Sentences about values that had to be changed a little.
    """

    def __init__(
        self, given: Mapping[str, str | None], kind: str, origins: Mapping[str, str]
    ) -> None:
        self.kind = kind
        self.given = {key: value.strip() for key, value in given.items() if value is not None}
        self.settings: dict[str, str] = {}
        self.unsupported: list[str] = []
        self.notes: list[str] = []
        self._origins = origins

    def written(self, key: str) -> str:
        """The name of a setting as the user wrote it, with its prefix."""
        return self._origins.get(key, key)

    def text(self, key: str) -> str | None:
        """A value, or None when it is missing or empty."""
        return self.given.get(key) or None

    def wrong(self, key: str, mend: str, *, secret: bool = False) -> ConfigError:
        """Make the error for a value that cannot be used; a secret value is not shown."""
        value = "[hidden]" if secret else self.given.get(key)
        return ConfigError(f"Invalid value {value} for configuration {self.written(key)}: {mend}")

    def integer(self, key: str) -> int | None:
        """Read a whole number.

        Raises:
            ConfigError: It is none.
        """
        value = self.given.get(key)
        if value is None:
            return None
        try:
            return int(value)
        except ValueError:
            raise self.wrong(key, "Not a number; write a whole number such as 1000.") from None

    def boolean(self, key: str) -> bool | None:
        """Read a truth value.

        Raises:
            ConfigError: It is neither ``true`` nor ``false``.
        """
        value = self.given.get(key)
        if value is None:
            return None
        if value.lower() not in {"true", "false"}:
            raise self.wrong(key, "Expected value to be either true or false.")
        return value.lower() == "true"

    def put_number(self, target: str, number: int, key: str) -> None:
        """Set a number, brought into librdkafka's range with a note when it lies outside."""
        limits = PROPERTIES[target]
        fitted = number
        if limits.low is not None and limits.high is not None:
            fitted = min(max(number, limits.low), limits.high)
        if fitted != number:
            self.notes.append(
                f"{self.written(key)}={number} is outside the client's range "
                f"{limits.low}..{limits.high}; {fitted} is used."
            )
        self.settings[target] = str(fitted)
