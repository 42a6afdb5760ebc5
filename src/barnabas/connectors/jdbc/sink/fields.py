# SPDX-License-Identifier: Apache-2.0
"""Which columns the records of one pair of schemas need. Pure.

Source: reference page ``jdbc``, section 6.2 (``sink/metadata/FieldsMetadata``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Final

from barnabas import data
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.sink.config import DEFAULT_KAFKA_KEYS, PrimaryKeyMode
from barnabas.errors import ConnectError

__all__ = ["FieldRules", "Fields", "Place", "fields_of"]

_KAFKA_SCHEMAS: Final = (data.STRING, data.INT32, data.INT64)
_TIMESTAMP_TYPES: Final = frozenset({data.Type.INT64, data.Type.STRING})


class Place:
    """Where in a record the value of a column is found."""

    TOPIC: Final = "topic"
    PARTITION: Final = "kafka_partition"
    OFFSET: Final = "kafka_offset"
    KEY: Final = "key"
    """The whole key."""
    KEY_FIELD: Final = "key field"
    VALUE: Final = "value"
    """The whole value."""
    VALUE_FIELD: Final = "value field"


@dataclasses.dataclass(frozen=True, slots=True)
class FieldRules:
    """What the settings say about columns."""

    pk_mode: PrimaryKeyMode = PrimaryKeyMode.NONE
    pk_fields: tuple[str, ...] = ()
    whitelist: frozenset[str] = frozenset()
    timestamp_fields: frozenset[str] = frozenset()
    timestamp_digits: int = 6
    string_column: str = "record_value"


@dataclasses.dataclass(frozen=True, slots=True)
class Fields:
    """The columns for one pair of schemas."""

    keys: tuple[str, ...]
    """Columns of the primary key, in the order of parameters."""
    values: tuple[str, ...]
    """The other columns, likewise."""
    by_name: Mapping[str, SinkField]
    """All of them in the order of CREATE TABLE."""
    places: Mapping[str, str]
    """Column to its `Place`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Keys, then the others."""
        return (*self.keys, *self.values)


def fields_of(
    table: str,
    rules: FieldRules,
    key_schema: data.Schema | None,
    value_schema: data.Schema | None,
) -> Fields:
    """Say which columns records of these schemas need.

    Args:
        table: The table, for messages.
        rules: The settings.
        key_schema: Schema of the keys.
        value_schema: Schema of the values; None when there are only records to delete.

    Raises:
        ConnectError: The key the settings name cannot be found in the schemas, or no column is
            left.
    """
    _check_value_schema(value_schema)
    found = _Found(rules)
    _KEY_RULES[rules.pk_mode](found, table, key_schema, value_schema)
    keys = tuple(found.schemas)
    _add_values(found, keys, value_schema)
    if not found.schemas:
        message = f"No fields found using key and value schemas for table: {table}"
        raise ConnectError(message)
    in_struct = (field.name for field in value_schema.fields) if value_schema else ()
    return Fields(
        keys,
        tuple(name for name in found.schemas if name not in keys),
        {name: found.field(name, is_key=name in keys) for name in _ordered(found, in_struct)},
        found.places,
    )


class _Found:
    """Columns found so far, keys first."""

    def __init__(self, rules: FieldRules) -> None:
        self.rules = rules
        self.schemas: dict[str, data.Schema] = {}
        self.places: dict[str, str] = {}

    def add(self, name: str, schema: data.Schema, place: str) -> None:
        self.schemas[name] = schema
        self.places[name] = place

    def field(self, name: str, *, is_key: bool) -> SinkField:
        schema, rules = self.schemas[name], self.rules
        is_timestamp = (
            name in rules.timestamp_fields
            and schema.type in _TIMESTAMP_TYPES
            and schema.name not in data.LOGICAL_NAMES
        )
        return SinkField(name, schema, is_key, rules.timestamp_digits if is_timestamp else None)


def _check_value_schema(schema: data.Schema | None) -> None:
    if schema is not None and schema.type not in (data.Type.STRUCT, data.Type.STRING):
        message = (
            f"Value schema must be of type Struct or String, but is of type: {schema.type.name}"
        )
        raise ConnectError(message)


def _no_keys(found: _Found, table: str, key: data.Schema | None, value: data.Schema | None) -> None:
    del found, table, key, value


def _kafka_keys(
    found: _Found, table: str, key: data.Schema | None, value: data.Schema | None
) -> None:
    del key, value
    names = found.rules.pk_fields or DEFAULT_KAFKA_KEYS
    if len(set(names)) != 3 or len(names) != 3:
        message = (
            f"PK mode for table '{table}' is KAFKA so there should either be no field names defined"
            f" for defaults {_listed(DEFAULT_KAFKA_KEYS)} to be applicable, or exactly 3, defined"
            f" fields are: {_listed(names)}"
        )
        raise ConnectError(message)
    places = (Place.TOPIC, Place.PARTITION, Place.OFFSET)
    for name, schema, place in zip(names, _KAFKA_SCHEMAS, places, strict=True):
        found.add(name, schema, place)


def _record_keys(
    found: _Found, table: str, key: data.Schema | None, value: data.Schema | None
) -> None:
    del value
    names = found.rules.pk_fields
    if key is None:
        message = f"PK mode for table '{table}' is RECORD_KEY, but record key schema is missing"
        raise ConnectError(message)
    if key.type is data.Type.STRUCT:
        _struct_keys(found, table, key, "key", Place.KEY_FIELD)
    elif not key.type.is_primitive:
        message = f"Key schema must be primitive type or Struct, but is of type: {key.type.name}"
        raise ConnectError(message)
    elif len(names) != 1:
        message = (
            "Need exactly one PK column defined since the key schema for records is a primitive"
            f" type, defined columns are: {_listed(names)}"
        )
        raise ConnectError(message)
    else:
        found.add(names[0], key, Place.KEY)


def _value_keys(
    found: _Found, table: str, key: data.Schema | None, value: data.Schema | None
) -> None:
    del key
    if value is None:
        message = f"PK mode for table '{table}' is RECORD_VALUE, but record value schema is missing"
        raise ConnectError(message)
    if value.type is not data.Type.STRUCT:
        message = (
            f"PK mode for table '{table}' is RECORD_VALUE, but record value schema is of type"
            f" {value.type.name}, which has no fields"
        )
        raise ConnectError(message)
    _struct_keys(found, table, value, "value", Place.VALUE_FIELD)


_KEY_RULES: Final = {
    PrimaryKeyMode.NONE: _no_keys,
    PrimaryKeyMode.KAFKA: _kafka_keys,
    PrimaryKeyMode.RECORD_KEY: _record_keys,
    PrimaryKeyMode.RECORD_VALUE: _value_keys,
}


def _struct_keys(found: _Found, table: str, schema: data.Schema, what: str, place: str) -> None:
    names = found.rules.pk_fields
    for name in names or [field.name for field in schema.fields]:
        field = schema.field(name)
        if field is None:
            message = (
                f"PK mode for table '{table}' is {found.rules.pk_mode.name} with configured PK"
                f" fields {_listed(names)}, but record {what} schema does not contain field: {name}"
            )
            raise ConnectError(message)
        found.add(name, field.schema, place)


def _add_values(found: _Found, keys: tuple[str, ...], schema: data.Schema | None) -> None:
    if schema is None:
        return
    if schema.type is data.Type.STRING:
        if found.rules.string_column not in keys:
            found.add(found.rules.string_column, schema, Place.VALUE)
        return
    whitelist = found.rules.whitelist
    for field in schema.fields:
        if field.name not in keys and (not whitelist or field.name in whitelist):
            found.add(field.name, field.schema, Place.VALUE_FIELD)


def _ordered(found: _Found, in_struct: Iterable[str]) -> list[str]:
    """Order columns as Java does: Kafka's, those of the value as they come, the rest by name."""
    wanted = [*DEFAULT_KAFKA_KEYS, *in_struct, *sorted(found.schemas)]
    return list(dict.fromkeys(name for name in wanted if name in found.schemas))


def _listed(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"
