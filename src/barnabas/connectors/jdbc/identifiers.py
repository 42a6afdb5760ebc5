# SPDX-License-Identifier: Apache-2.0
"""Names of tables and columns, quoted and unquoted."""

from __future__ import annotations

import dataclasses

from barnabas.errors import ConfigError

__all__ = ["IdentifierRules", "TableId"]


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class TableId:
    """The name of a table, with catalog and schema where the database has them."""

    catalog: str | None
    schema: str | None
    table: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are there, outermost first; an empty one is not there."""
        return tuple(part for part in (self.catalog, self.schema, self.table) if part)

    @property
    def fqn(self) -> str:
        """The unquoted name that stands in source offsets: parts joined with a point.

        Source: reference page ``jdbc``, section 3.
        """
        return ".".join(self.parts)

    def __str__(self) -> str:
        return self.fqn


@dataclasses.dataclass(frozen=True, slots=True)
class IdentifierRules:
    """How a database quotes and joins the parts of a name.

    Differs: a quote character inside of a name is doubled, where Java writes it as it is.
    """

    opening: str = '"'
    closing: str = '"'
    separator: str = "."
    quoting: bool = True
    """False for ``quote.sql.identifiers=never``: names are written as they are."""

    def quote(self, name: str) -> str:
        """Write one part of a name."""
        if not self.quoting:
            return name
        return f"{self.opening}{name.replace(self.closing, self.closing * 2)}{self.closing}"

    def quoted(self, table: TableId) -> str:
        """Write the full name of a table."""
        return self.separator.join(self.quote(part) for part in table.parts)

    def column(self, name: str, table: TableId | None = None) -> str:
        """Write a column's name, with its table's in front when that is given."""
        prefix = "" if table is None else self.quoted(table) + self.separator
        return prefix + self.quote(name)

    def parse(self, text: str) -> TableId:
        """Read a table's name of one to three parts, quoted or not.

        Two parts are schema and table; a dialect may see that otherwise
        (`Dialect.parse_table`).

        Raises:
            ConfigError: A quote is not closed, or there is not one to three parts.
        """
        parts = self.split(text)
        if not 1 <= len(parts) <= 3 or not parts[-1]:
            message = (
                f"'{text}' is no name of a table: expected a table, or schema{self.separator}table,"
                f" or catalog{self.separator}schema{self.separator}table, but it has"
                f" {len(parts)} parts"
            )
            raise ConfigError(message)
        catalog, schema, table = [None] * (3 - len(parts)) + list(parts)
        return TableId(catalog or None, schema or None, table or "")

    def split(self, text: str) -> list[str]:
        """Read the parts of a name, whose quotes are removed.

        Raises:
            ConfigError: A quote is not closed.
        """
        parts: list[str] = []
        rest = text
        while True:
            part, rest = self._first_part(rest, text)
            parts.append(part)
            if not rest:
                return parts
            rest = rest.removeprefix(self.separator)

    def _first_part(self, rest: str, text: str) -> tuple[str, str]:
        if not rest.startswith(self.opening):
            part, found, _ = rest.partition(self.separator)
            return part, rest[len(part) :] if found else ""
        start, size = len(self.opening), len(self.closing)
        part = ""
        while True:
            end = rest.find(self.closing, start)
            if end < 0:
                message = f"The name {text} lacks its closing quote {self.closing}"
                raise ConfigError(message)
            part += rest[start:end]
            start = end + size
            if not rest.startswith(self.closing, start):
                break
            part += self.closing
            start += size
        return part, self._after_quotes(rest[start:], text)

    def _after_quotes(self, rest: str, text: str) -> str:
        if rest and not rest.startswith(self.separator):
            message = f"The name {text} goes on after a closing quote without {self.separator}"
            raise ConfigError(message)
        return rest
