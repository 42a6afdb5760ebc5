# SPDX-License-Identifier: Apache-2.0
"""Which tables of a database are copied.

``table.whitelist`` and ``table.blacklist`` hold names, compared with a table's full name, its
quoted full name and its bare name. ``table.include.list`` and ``table.exclude.list`` hold Java
regular expressions, which must match the whole unquoted full name. Either pair, not both.

Source:
    Reference page *jdbc*, section 2.2.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from barnabas import config
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.errors import ConfigError

__all__ = ["TableFilter", "check_distinct_names", "column_of_mapping", "parse_column_mapping"]


@dataclasses.dataclass(frozen=True, slots=True)
class TableFilter:
    """Says which tables pass; with nothing configured all do."""

    whitelist: tuple[str, ...] = ()
    blacklist: tuple[str, ...] = ()
    includes: tuple[re.Pattern[str], ...] = ()
    excludes: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def of(
        cls,
        whitelist: Iterable[str] = (),
        blacklist: Iterable[str] = (),
        includes: Iterable[str] = (),
        excludes: Iterable[str] = (),
    ) -> Self:
        """Compile the lists as they are written in the settings.

        Raises:
            ConfigError: A regular expression is not valid, or old and new lists are mixed.
        """
        made = cls(
            tuple(name.strip() for name in whitelist if name.strip()),
            tuple(name.strip() for name in blacklist if name.strip()),
            tuple(config.java_regex(text.strip()) for text in includes if text.strip()),
            tuple(config.java_regex(text.strip()) for text in excludes if text.strip()),
        )
        if (made.whitelist or made.blacklist) and (made.includes or made.excludes):
            message = (
                "table.whitelist and table.blacklist cannot be mixed with table.include.list and"
                " table.exclude.list; use one pair only"
            )
            raise ConfigError(message)
        if made.excludes and not made.includes:
            message = "table.exclude.list takes tables from table.include.list, which is not set"
            raise ConfigError(message)
        return made

    @property
    def is_empty(self) -> bool:
        """Whether nothing is configured."""
        return not (self.whitelist or self.blacklist or self.includes)

    def chosen(self, tables: Iterable[TableId], quoted: Callable[[TableId], str]) -> list[TableId]:
        """Pick the tables that pass, in their order and each once.

        Args:
            tables: What the database has.
            quoted: Writes a table's full name with the quotes of the database.
        """
        return [each for each in dict.fromkeys(tables) if self._passes(each, quoted)]

    def _passes(self, table: TableId, quoted: Callable[[TableId], str]) -> bool:
        if self.includes:
            return _any_matches(self.includes, table) and not _any_matches(self.excludes, table)
        names = {table.fqn, quoted(table), table.table}
        if self.whitelist:
            return not names.isdisjoint(self.whitelist)
        return names.isdisjoint(self.blacklist)


def _any_matches(patterns: Sequence[re.Pattern[str]], table: TableId) -> bool:
    return any(pattern.fullmatch(table.fqn) for pattern in patterns)


def check_distinct_names(tables: Sequence[TableId]) -> None:
    """Refuse tables of one name in different schemas: they would share a topic.

    Raises:
        ConfigError: Names them.
    """
    counts = Counter(table.table for table in tables)
    duplicates = [table.fqn for table in tables if counts[table.table] > 1]
    if duplicates:
        message = (
            "The connector uses the unqualified table name as the topic name and has detected"
            " duplicate unqualified table names. This could lead to mixed data types in the topic"
            " and downstream processing errors. To prevent such processing errors, the JDBC source"
            " connector fails to start when it detects duplicate table name configurations. Name"
            " the wanted ones with table.whitelist, table.include.list or schema.pattern. Found: "
            + ", ".join(duplicates)
        )
        raise ConfigError(message)


# -- columns by table ------------------------------------------------------------------------------

ColumnMapping = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
"""Regular expressions of full table names with the columns each stands for."""


def parse_column_mapping(
    name: str, entries: Iterable[str], *, many: bool
) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    r"""Read ``timestamp.columns.mapping`` or ``incrementing.column.mapping``.

    Args:
        name: The setting.
        entries: ``regex:column``, or with several columns ``regex:[first\|second]``.
        many: Whether several columns may be given.

    Raises:
        ConfigError: An entry is not of that form.
    """
    found: list[tuple[re.Pattern[str], tuple[str, ...]]] = []
    for entry in entries:
        regex, colon, text = entry.rpartition(":")
        columns = tuple(
            part.strip()
            for part in text.strip()
            .removeprefix("[")
            .removesuffix("]")
            .replace("\\|", "|")
            .split("|")
        )
        if not colon or not regex.strip() or not all(columns) or (len(columns) > 1 and not many):
            form = "<regex>:[<column>|<column>...]" if many else "<regex>:<column>"
            raise config.invalid_value(name, entry, f"expected {form}")
        found.append((config.java_regex(regex.strip()), columns))
    return tuple(found)


def column_of_mapping(name: str, mapping: ColumnMapping, table: TableId) -> tuple[str, ...] | None:
    """Find the columns of a table; None when no entry is for it.

    Raises:
        ConfigError: Several entries are.
    """
    matching = [columns for regex, columns in mapping if regex.fullmatch(table.fqn)]
    if len(matching) > 1:
        message = (
            f"Configuration {name}: {len(matching)} regular expressions match the table"
            f" {table.fqn}, but only one may"
        )
        raise ConfigError(message)
    return matching[0] if matching else None
