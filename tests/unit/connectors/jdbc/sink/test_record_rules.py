# SPDX-License-Identifier: Apache-2.0
"""Which records a sink takes."""

from __future__ import annotations

import re
from typing import Any

import pytest

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.connectors.jdbc.sink.record_rules import record_check, where
from barnabas.errors import ConnectError

STRUCT = data.Schema.struct({"id": data.INT64})


def record(**changes: Any) -> SinkRecord:
    usual = {"topic": "t", "kafka_partition": 0, "kafka_offset": 1, "timestamp": 2}
    usual |= {"key": 1, "key_schema": data.INT64, "value": {"id": 1}, "value_schema": STRUCT}
    return SinkRecord(**(usual | changes))


def check(mode: str, each: SinkRecord, *, deletes: bool = False) -> None:
    record_check("shelf", PrimaryKeyMode(mode), delete_enabled=deletes)(each)


@pytest.mark.parametrize("mode", ["none", "kafka", "record_key", "record_value"])
def test_a_record_with_struct_and_key_is_always_fine(mode: str) -> None:
    check(mode, record())


@pytest.mark.parametrize("mode", ["none", "kafka", "record_value"])
def test_only_record_key_asks_for_a_key(mode: str) -> None:
    check(mode, record(key=None, key_schema=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"key": None},
        {"key_schema": None},
        {"key": [1], "key_schema": data.Schema.array(data.INT64)},
    ],
)
def test_record_key_needs_a_struct_or_primitive_with_schema(changes: dict[str, Any]) -> None:
    with pytest.raises(ConnectError, match="requires records with a non-null key and non-null"):
        check("record_key", record(**changes))


def test_a_text_is_a_value() -> None:
    check("record_key", record(value="a", value_schema=data.STRING))


@pytest.mark.parametrize(
    "changes",
    [
        {"value": None},
        {"value_schema": None},
        {"value": 1, "value_schema": data.INT64},
        {"value": None, "value_schema": None},
    ],
)
def test_a_value_must_be_a_struct_or_text_with_schema(changes: dict[str, Any]) -> None:
    with pytest.raises(ConnectError, match="non-null Struct or String schema, but found record at"):
        check("record_key", record(**changes))


def test_a_record_without_value_deletes_where_that_is_enabled() -> None:
    check("record_key", record(value=None, value_schema=None), deletes=True)


def test_the_message_names_the_settings_and_the_place_but_no_contents() -> None:
    expected = (
        "Sink connector 'shelf' is configured with 'delete.enabled=false' and 'pk.mode=none' and"
        " therefore requires records with a non-null Struct or String value and non-null Struct or"
        " String schema, but found record at (topic='t',partition=0,offset=1,timestamp=2) with a"
        " HashMap value and null value schema."
    )
    with pytest.raises(ConnectError, match=f"^{re.escape(expected)}$"):
        check("none", record(value={"secret": 1}, value_schema=None))


def test_a_record_without_timestamp_has_null_there() -> None:
    assert where(record(timestamp=None)).endswith("timestamp=null)")
