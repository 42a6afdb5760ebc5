# SPDX-License-Identifier: Apache-2.0
"""Keys of records (``key.mode``): a struct of some columns, taken from the value.

Differs:
    Java's connectors leave keys null; so does this one unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from barnabas.connectors.jdbc.columns import TableDefinition
from barnabas.connectors.jdbc.source.choices import KeyMode
from barnabas.data import Schema
from barnabas.errors import ConfigError

__all__ = ["Keys", "key_columns"]


def key_columns(
    mode: KeyMode, configured: Sequence[str], definition: TableDefinition | None
) -> tuple[str, ...]:
    """Name the columns keys are made of; none without keys.

    Args:
        mode: ``key.mode``.
        configured: ``key.columns``.
        definition: The table; None for a query.

    Raises:
        ConfigError: The mode needs what is not there.
    """
    if mode is KeyMode.NONE:
        return ()
    if mode is KeyMode.COLUMNS:
        columns = tuple(name.strip() for name in configured if name.strip())
        if not columns:
            message = "key.mode=columns needs the names of columns in key.columns, which is empty"
            raise ConfigError(message)
        return columns
    if definition is None:
        message = (
            "key.mode=primary_key needs a table, but a query is configured; use key.mode=columns"
            " and name the columns in key.columns"
        )
        raise ConfigError(message)
    if not definition.primary_key:
        message = (
            f"key.mode=primary_key: the {definition.kind.lower()} {definition.table} has no"
            " primary key; use key.mode=columns and name its columns in key.columns"
        )
        raise ConfigError(message)
    return definition.primary_key


class Keys:
    """Makes keys from the values of one schema.

    Args:
        schema: Schema of the values.
        columns: Columns of the key; found by exact name, else without regard to case.

    Raises:
        ConfigError: The values have no such field.
    """

    def __init__(self, schema: Schema, columns: Sequence[str]) -> None:
        names = [_field_name(schema, column) for column in columns]
        fields = [(name, _schema(schema, name)) for name in names]
        self.schema = Schema.struct(fields, name=schema.name and f"{schema.name}.Key")
        self.of_values: Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]
        """Makes the keys of many values."""
        if len(names) == 1:
            (only,) = names
            self.of_values = lambda values: [{only: value[only]} for value in values]
        else:
            self.of_values = lambda values: [
                {name: value[name] for name in names} for value in values
            ]


def _schema(schema: Schema, name: str) -> Schema:
    field = schema.field(name)
    assert field is not None
    return field.schema


def _field_name(schema: Schema, column: str) -> str:
    names = [field.name for field in schema.fields]
    if column in names:
        return column
    similar = [name for name in names if name.lower() == column.lower()]
    if len(similar) == 1:
        return similar[0]
    message = (
        f"The key column {column} is not among the fields of the records, which are:"
        f" {', '.join(names)}"
    )
    raise ConfigError(message)
