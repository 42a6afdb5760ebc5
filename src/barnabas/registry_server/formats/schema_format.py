# SPDX-License-Identifier: Apache-2.0
"""What the registry asks of a kind of schema."""

from __future__ import annotations

import dataclasses
from typing import Protocol

__all__ = ["SchemaFormat", "Source"]


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """The text of a schema with the texts it refers to."""

    text: str
    references: tuple[tuple[str, str], ...] = ()
    """Name and text of each, what is referred to before what refers to it."""


class SchemaFormat(Protocol):
    """One kind of schema."""

    def canonical(self, source: Source, *, normalize: bool = False) -> str:
        """Return the text the registry keeps; the same text means the same schema.

        Args:
            source: The schema.
            normalize: Whether schemas that differ in form only become the same text.

        Raises:
            ValueError: It is no schema of this kind; the message says why.
        """

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Return why a reader with one schema cannot read what was written with another one.

        Args:
            reader: The schema of the reader.
            writer: The schema of the writer; both are valid.
            old: Which of them is the older one, for messages: ``reader`` or ``writer``.

        Returns:
            One text for each reason; none when it can.
        """
