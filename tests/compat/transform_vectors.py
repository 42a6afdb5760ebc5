# SPDX-License-Identifier: Apache-2.0
"""Answers vectors about transformations and predicates, and about plugins' settings."""

from __future__ import annotations

from typing import Any

from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.config import NO_DEFAULT, ConfigKey
from tests.compat import plugin_lookup
from tests.compat.configdef_vectors import encode_setting
from tests.compat.vector_notation import (
    Json,
    decode_headers,
    decode_schema,
    decode_value,
    encode_headers,
    encode_schema,
    encode_value,
)


def smt(vector: Json) -> Json | None:
    plugin = plugin_lookup.find_plugin(vector["class"])
    if plugin is None:
        return None
    transform = plugin()
    transform.configure(vector["config"])
    changed = transform.apply(decode_record(vector["record"]))
    return {"dropped": True} if changed is None else {"record": encode_record(changed)}


def predicate(vector: Json) -> Json | None:
    plugin = plugin_lookup.find_plugin(vector["class"])
    if plugin is None:
        return None
    test = plugin()
    test.configure(vector["config"])
    return {"result": test.test(decode_record(vector["record"]))}


def plugin_config(vector: Json) -> Json | None:
    plugin = plugin_lookup.find_plugin(vector["class"])
    if plugin is None:
        return None
    keys = plugin.config_class.definition().keys.values()
    # Internal are settings that Java learned after the recordings were made.
    return {"keys": [_encode_key(key) for key in keys if not key.internal]}


def _encode_key(key: ConfigKey) -> Json:
    required = key.default is NO_DEFAULT
    return {
        "name": key.name,
        "type": key.type.name,
        "required": required,
        "default": None if required else encode_setting(key.default, key.type),
        "importance": key.importance.name,
    }


def decode_record(record: Json) -> SinkRecord | SourceRecord:
    key_schema = decode_schema(record["key_schema"])
    value_schema = decode_schema(record["value_schema"])
    shared: dict[str, Any] = {
        "topic": record["topic"],
        "kafka_partition": record["partition"],
        "key_schema": key_schema,
        "key": decode_value(record["key"], key_schema),
        "value_schema": value_schema,
        "value": decode_value(record["value"], value_schema),
        "timestamp": record["timestamp"],
        "headers": decode_headers(record["headers"]),
    }
    if record.get("kind", "sink") == "source":
        return SourceRecord(source_partition={}, source_offset={}, **shared)
    return SinkRecord(kafka_offset=record["offset"], **shared)


def encode_record(record: SinkRecord | SourceRecord) -> Json:
    is_sink = isinstance(record, SinkRecord)
    result: Json = {
        "kind": "sink" if is_sink else "source",
        "topic": record.topic,
        "partition": record.kafka_partition,
        "key_schema": encode_schema(record.key_schema),
        "key": encode_value(record.key, record.key_schema),
        "value_schema": encode_schema(record.value_schema),
        "value": encode_value(record.value, record.value_schema),
        "timestamp": record.timestamp,
        "headers": encode_headers(record.headers),
    }
    if isinstance(record, SinkRecord):
        result["offset"] = record.kafka_offset
    return result
