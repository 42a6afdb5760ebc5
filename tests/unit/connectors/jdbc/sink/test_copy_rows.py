# SPDX-License-Identifier: Apache-2.0
"""Rows as COPY reads them."""

from __future__ import annotations

import csv
import datetime
import io
import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.connectors.jdbc.sink.copy_rows import CopyRows, CopyRules, copy_rows_of
from barnabas.connectors.jdbc.sink.fields import FieldRules, fields_of
from barnabas.connectors.jdbc.sink.moments import MomentRules
from barnabas.connectors.jdbc.time_zones import TimeZone

BERLIN = TimeZone.of("Europe/Berlin")
NOON = datetime.datetime(2026, 7, 1, 12, tzinfo=datetime.UTC)


def made(
    columns: dict[str, tuple[data.Schema, str]],
    keys: tuple[str, ...] = (),
    moments: MomentRules | None = None,
) -> CopyRows | None:
    schema = data.Schema.struct({name: pair[0] for name, pair in columns.items()})
    mode = PrimaryKeyMode.RECORD_VALUE if keys else PrimaryKeyMode.NONE
    rules = CopyRules(PostgreSqlDialect(), moments or MomentRules(), unique_keys=bool(keys))
    types = {name: pair[1] for name, pair in columns.items()}
    return copy_rows_of(
        fields_of("t", FieldRules(mode, keys), None, schema),
        rules,
        lambda name: Column(name, name, JdbcType.OTHER, types[name]),
    )


def encoded(rows: CopyRows | None, *values: dict[str, Any]) -> bytes | None:
    assert rows is not None
    return rows.encode(
        [SinkRecord(topic="t", kafka_partition=0, kafka_offset=0, value=value) for value in values]
    )


def one(schema: data.Schema, type_name: str, *values: Any, **more: Any) -> bytes | None:
    rows = made({"a": (schema, type_name)}, **more)
    return encoded(rows, *({"a": value} for value in values))


@pytest.mark.parametrize(
    ("schema", "type_name", "value", "expected"),
    [
        (data.INT64, "int8", -5, b"-5"),
        (data.INT8, "numeric", 5, b"5"),
        (data.FLOAT64, "float8", 0.1, b"0.1"),
        (data.FLOAT64, "float8", math.nan, b'"NaN"'),
        (data.FLOAT32, "float4", -math.inf, b'"-Infinity"'),
        (data.BOOLEAN, "bool", True, b"true"),
        (data.STRING, "text", "a,b", b'"a,b"'),
        (data.STRING, "uuid", "null", b'"null"'),
        (data.STRING, "text", "", b'""'),
        (data.OPTIONAL_STRING, "text", None, b"null"),
        (data.BYTES, "bytea", b"\x00\xff", b'"\\\\x00ff"'),
        (data.decimal_schema(2), "numeric", Decimal("1.20"), b'"1.20"'),
        (data.DATE, "date", datetime.date(2026, 1, 2), b'"2026-01-02"'),
        (data.TIME, "time", datetime.time(1, 2, 3), b'"01:02:03"'),
        (data.TIMESTAMP, "timestamp", NOON, b'"2026-07-01T12:00:00+00:00"'),
        (data.TIMESTAMP, "timestamptz", NOON, b'"2026-07-01T12:00:00+00:00"'),
    ],
)
def test_values_are_written(
    schema: data.Schema, type_name: str, value: Any, expected: bytes
) -> None:
    assert one(schema, type_name, value) == expected + b"\n"


def test_a_timestamp_without_zone_is_told_in_the_zone_of_the_database() -> None:
    rules = MomentRules(BERLIN, BERLIN)
    assert one(data.TIMESTAMP, "timestamp", NOON, moments=rules) == b'"2026-07-01T14:00:00"\n'
    assert one(data.TIMESTAMP, "timestamptz", NOON, moments=rules) == (
        b'"2026-07-01T12:00:00+00:00"\n'
    )


def test_old_days_are_converted() -> None:
    assert one(data.DATE, "date", datetime.date(1582, 10, 14)) == b'"1582-10-04"\n'
    old = datetime.datetime(1582, 10, 14, tzinfo=datetime.UTC)
    assert one(data.TIMESTAMP, "timestamp", NOON, old) == (
        b'"2026-07-01T12:00:00"\n"1582-10-04T00:00:00"\n'
    )


@pytest.mark.parametrize(
    ("schema", "type_name"),
    [
        (data.INT64, "text"),
        (data.STRING, "int8"),
        (data.FLOAT64, "numeric"),
        (data.FLOAT64, "float4"),
        (data.BOOLEAN, "int4"),
        (data.BYTES, "text"),
        (data.TIMESTAMP, "date"),
        (data.STRING, "some_domain"),
        (data.Schema.array(data.INT64), "_int8"),
    ],
)
def test_columns_for_which_text_might_mean_another_value_are_not_copied(
    schema: data.Schema, type_name: str
) -> None:
    assert made({"a": (schema, type_name)}) is None


@pytest.mark.parametrize(
    ("schema", "type_name", "value"),
    [
        (data.INT64, "int8", True),
        (data.INT64, "int8", 2**64),
        (data.BOOLEAN, "bool", 1),
        (data.STRING, "text", {"a": 1}),
        (data.STRING, "text", "\ud800"),
        (data.TIME, "time", 86_400_000.0),
        (data.FLOAT64, "float8", True),
    ],
)
def test_values_of_another_class_are_left_to_statements(
    schema: data.Schema, type_name: str, value: Any
) -> None:
    try:
        result = one(schema, type_name, value)
    except Exception:
        result = None
    assert result is None


def test_the_last_record_of_a_key_is_written() -> None:
    rows = made({"a": (data.INT64, "int8"), "b": (data.STRING, "text")}, ("a",))
    values = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 1, "b": "z"}]
    assert encoded(rows, *values) == b'1,"z"\n2,"y"\n'


def test_keys_of_several_columns_count_together() -> None:
    rows = made({"a": (data.INT64, "int8"), "b": (data.INT64, "int8")}, ("a", "b"))
    values = [{"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1}]
    assert encoded(rows, *values) == b"1,1\n1,2\n"


def test_a_key_that_is_null_is_left_to_statements() -> None:
    assert one(data.OPTIONAL_INT64, "int8", 1, None, keys=("a",)) is None


_texts = st.lists(
    st.tuples(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")) | st.none(),
        st.integers(-(2**63), 2**63 - 1) | st.none(),
        st.sampled_from(['],["', "\\.", '"', "\\", "\n", "null", ",", "\r\n", "\\n", "],[", "]]"]),
    ),
    min_size=1,
)


@given(_texts)
def test_what_is_written_reads_back(rows: list[tuple[str | None, int | None, str]]) -> None:
    copied = made(
        {
            "a": (data.OPTIONAL_STRING, "text"),
            "b": (data.OPTIONAL_INT64, "int8"),
            "c": (data.STRING, "text"),
        }
    )
    written = encoded(copied, *({"a": a, "b": b, "c": c} for a, b, c in rows))
    assert written is not None
    assert _read(written) == [(a, None if b is None else str(b), c) for a, b, c in rows]


def _read(written: bytes) -> list[tuple[str | None, ...]]:
    """Read CSV as COPY is told to: an unquoted null is null, a backslash escapes."""
    marked = io.StringIO(written.decode().replace('"', '"').replace("\r", "\ue000"), newline="")
    lines = csv.reader(marked, quotechar='"', escapechar="\\", doublequote=False, strict=True)
    quoted = _nulls(written.decode())
    return [
        tuple(
            None if is_null else item.replace("\ue000", "\r")
            for item, is_null in zip(line, nulls, strict=True)
        )
        for line, nulls in zip(lines, quoted, strict=True)
    ]


def _nulls(text: str) -> list[list[bool]]:
    """Say of each field whether it is the unquoted null."""
    rows: list[list[bool]] = [[]]
    field, is_inside, is_escaped = "", False, False
    for character in text:
        if is_inside:
            is_inside = is_escaped or character != '"'
            is_escaped = not is_escaped and character == "\\"
            continue
        if character in ",\n":
            rows[-1].append(field == "null")
            field = ""
            if character == "\n":
                rows.append([])
        else:
            is_inside = character == '"'
            field += character
    return rows[:-1]
