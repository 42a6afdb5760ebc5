# SPDX-License-Identifier: Apache-2.0
"""Protobuf as Confluent's ``ProtobufData`` writes and reads it.

``protobuf_recorded.json`` was recorded from the schema-registry repository at commit 794611bd (8.5)
with protobuf-java 4.34 and wire 6.4.5. ``written``: a record in JsonConverter's envelope, the text
that is registered for its schema, the message's bytes and path, and the record as it is read again.
``read``: a text and bytes, and what they are read as.

Left out of ``read`` in the envelope: the version, which is the registry's.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from barnabas.converters.json import JsonConverter
from barnabas.converters.protobuf import ProtobufConverter
from barnabas.registry import SchemaDefinition
from barnabas.registry.framing import write_message_indexes
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.model import PROTOBUF

RECORDED = json.loads((Path(__file__).parent / "protobuf_recorded.json").read_text())
SCOPES = itertools.count()


def envelope():
    converter = JsonConverter()
    converter.configure({"replace.null.with.default": "false"}, is_key=False)
    return converter


def converter_with(settings):
    scope = f"protobuf-recorded-{next(SCOPES)}"
    converter = ProtobufConverter()
    converter.configure({"schema.registry.url": f"mock://{scope}", **settings}, is_key=False)
    return converter, MemoryRegistry(scope)


def shown(converter, data):
    """Read bytes and show them as the recording does."""
    read = converter.to_connect_data("t", None, data)
    told = json.loads(envelope().from_connect_data("t", None, read.schema, read.value))
    assert told["schema"].pop("version") == 1
    return told


def unversioned(told):
    schema = {name: part for name, part in told["schema"].items() if name != "version"}
    return {"schema": schema, "payload": told["payload"]}


@pytest.mark.parametrize("case", RECORDED["written"], ids=lambda case: case["name"])
def test_records_are_written_as_java_writes_them_and_read_again(case):
    converter, registry = converter_with(case["settings"])
    record = envelope().to_connect_data("t", None, json.dumps(case["record"]).encode())
    data = converter.from_connect_data("t", None, record.schema, record.value)
    assert registry.latest("t-value").definition.text == case["text"]
    assert data.hex() == "0000000001" + write_message_indexes(case["path"]).hex() + case["bytes"]
    assert shown(converter, data) == unversioned(case["read"])


@pytest.mark.parametrize("case", RECORDED["read"])
def test_bytes_are_read_as_java_reads_them(case):
    converter, registry = converter_with(case["settings"])
    registry.register("t-value", SchemaDefinition(case["text"], PROTOBUF))
    prefix = b"\0\0\0\0\1" + write_message_indexes(case["path"])
    assert shown(converter, prefix + bytes.fromhex(case["bytes"])) == unversioned(case["read"])
