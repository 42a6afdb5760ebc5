# SPDX-License-Identifier: Apache-2.0
"""Which columns tell new rows of a table: found, and checked to be fit for it.

Source:
    Reference page *jdbc*, sections 2.4 (autodetection) and 2.6 (existence and nullability).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from barnabas.connectors.jdbc.columns import Column, TableDefinition
from barnabas.connectors.jdbc.source.choices import Mode
from barnabas.errors import ConfigError

__all__ = ["ModeColumns", "check_columns", "check_not_null", "chosen_columns"]


@dataclasses.dataclass(frozen=True, slots=True)
class ModeColumns:
    """The columns a mode looks at, as the database writes them."""

    incrementing: str | None
    """None when the mode has none, or none was found by itself."""
    timestamps: tuple[str, ...]
    first_timestamp: Column | None
    """What is known of the first timestamp column; None for a query or without one."""


def chosen_columns(
    columns: Sequence[Column], incrementing: str | None, timestamps: Sequence[str]
) -> ModeColumns:
    """Settle on the columns.

    Args:
        columns: Those of the table, or of the query's result.
        incrementing: The configured one; empty to look for one that numbers itself, None without.
        timestamps: The configured ones.
    """
    found = incrementing
    if incrementing == "":
        found = next((column.name for column in columns if column.auto_increment), None)
    elif incrementing is not None:
        found = _spelled(columns, incrementing)
    known = {column.label: column for column in columns}
    spelled = tuple(_spelled(columns, name) for name in timestamps)
    return ModeColumns(found, spelled, known.get(spelled[0]) if spelled else None)


def _spelled(columns: Sequence[Column], name: str) -> str:
    """Write a column as the database does when only the case differs."""
    labels = [column.label for column in columns]
    if name in labels:
        return name
    similar = [label for label in labels if label.lower() == name.lower()]
    return similar[0] if len(similar) == 1 else name


def check_columns(
    definition: TableDefinition, incrementing: str | None, timestamps: Sequence[str]
) -> None:
    """Check that the configured columns are there.

    Raises:
        ConfigError: One is not.
    """
    names = {column.name.lower() for column in definition.columns}
    offered = ", ".join(column.name for column in definition.columns)
    if incrementing and incrementing.lower() not in names:
        message = (
            f"Incrementing column: {incrementing} does not exist in table"
            f" '{definition.table.fqn}', whose columns are: {offered}"
        )
        raise ConfigError(message)
    missing = [name for name in timestamps if name.lower() not in names]
    if missing:
        message = (
            f"Timestamp columns: {', '.join(missing)} do not exist in table"
            f" '{definition.table.fqn}', whose columns are: {offered}"
        )
        raise ConfigError(message)


def check_not_null(
    definition: TableDefinition, mode: Mode, incrementing: str | None, timestamps: Sequence[str]
) -> None:
    """Check that rows cannot hide from the query by being null (``validate.non.null``).

    Columns of the primary key count as never null.

    Raises:
        ConfigError: They can.
    """
    optional = {
        column.name.lower()
        for column in definition.columns
        if column.is_optional and not column.primary_key
    }
    table = definition.table.fqn
    if mode.has_incrementing and incrementing and incrementing.lower() in optional:
        message = (
            f"Cannot make incremental queries using incrementing column {incrementing} on {table}"
            " because this column is nullable."
        )
        raise ConfigError(message)
    if mode.has_timestamp and all(name.lower() in optional for name in timestamps):
        message = (
            f"Cannot make incremental queries using timestamp columns {','.join(timestamps)} on"
            f" {table} because all of these columns are nullable."
        )
        raise ConfigError(message)
