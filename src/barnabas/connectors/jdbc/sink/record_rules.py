# SPDX-License-Identifier: Apache-2.0
"""Which records a sink takes, by ``pk.mode`` and ``delete.enabled``. Pure.

Source: reference page ``jdbc``, section 6.1 (``sink/RecordValidator``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.errors import ConnectError

__all__ = ["Check", "record_check", "where"]

Check = Callable[[SinkRecord], None]

_VALUE_TYPES: Final = frozenset({data.Type.STRUCT, data.Type.STRING})


def record_check(connector: str, pk_mode: PrimaryKeyMode, *, delete_enabled: bool) -> Check:
    """Make the check for records.

    The check needs to be done once per pair of schemas and kind of record (with a value or
    without): all such records are alike to it.

    Args:
        connector: Name of the connector, for the message.
        pk_mode: Where keys come from.
        delete_enabled: Whether records without value delete.

    Returns:
        A function that raises ConnectError for a record that cannot be taken. The message names
        topic, partition, offset and timestamp, never contents.
    """
    settings = (
        f"Sink connector '{connector}' is configured with"
        f" 'delete.enabled={str(delete_enabled).lower()}' and 'pk.mode={pk_mode.value}'"
    )
    needs_key = pk_mode is PrimaryKeyMode.RECORD_KEY

    def check(record: SinkRecord) -> None:
        if needs_key:
            _check_key(record, settings)
        if record.value is not None or not delete_enabled:
            _check_value(record, settings)

    return check


def where(record: SinkRecord) -> str:
    """Say which record it is, without its contents."""
    timestamp = "null" if record.timestamp is None else record.timestamp
    return (
        f"(topic='{record.topic}',partition={record.kafka_partition},"
        f"offset={record.kafka_offset},timestamp={timestamp})"
    )


def _check_key(record: SinkRecord, settings: str) -> None:
    schema = record.key_schema
    is_known = schema is not None and (schema.type is data.Type.STRUCT or schema.type.is_primitive)
    if record.key is None or not is_known:
        message = (
            f"{settings} and therefore requires records with a non-null key and non-null Struct or"
            f" primitive key schema, but found record at {where(record)} with a"
            f" {_kind(record.key, record.key_schema)} key and {_schema(schema)} key schema."
        )
        raise ConnectError(message)


def _check_value(record: SinkRecord, settings: str) -> None:
    schema = record.value_schema
    if record.value is None or schema is None or schema.type not in _VALUE_TYPES:
        message = (
            f"{settings} and therefore requires records with a non-null Struct or String value and"
            f" non-null Struct or String schema, but found record at {where(record)} with a"
            f" {_kind(record.value, schema)} value and {_schema(schema)} value schema."
        )
        raise ConnectError(message)


_JAVA_NAMES: Final = (
    (bool, "Boolean"),
    (str, "String"),
    (bytes | bytearray | memoryview, "ByteBuffer"),
    (dict, "HashMap"),
    (list | tuple, "ArrayList"),
    (float, "Double"),
    (int, "Integer"),
)


def _kind(value: object, schema: data.Schema | None) -> str:
    if value is None:
        return "null"
    if schema is not None:
        return schema.type.value.capitalize()
    return next(
        (name for kind, name in _JAVA_NAMES if isinstance(value, kind)), type(value).__name__
    )


def _schema(schema: data.Schema | None) -> str:
    return "null" if schema is None else schema.type.value
