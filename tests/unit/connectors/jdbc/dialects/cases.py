# SPDX-License-Identifier: Apache-2.0
"""The table Java's dialect tests use, in each dialect's words.

Source: reference page ``connector-tests``, section 1 (BaseDialectTest: the columns c1 to c8).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from barnabas import data
from barnabas.connectors.jdbc.dialects import Dialect, SinkField, Statement
from barnabas.connectors.jdbc.identifiers import TableId
from barnabas.data import Schema, Type

TABLE = TableId(None, None, "myTable")
DAY = datetime.date(2001, 3, 15)
MIDNIGHT = datetime.datetime(2001, 3, 15, tzinfo=datetime.UTC)
FIELDS = (
    SinkField("c1", data.INT32, is_key=True),
    SinkField("c2", data.INT64),
    SinkField("c3", data.STRING),
    SinkField("c4", data.OPTIONAL_STRING),
    SinkField("c5", data.OPTIONAL_DATE.with_attributes(default=DAY)),
    SinkField("c6", data.OPTIONAL_TIME.with_attributes(default=datetime.time(0))),
    SinkField("c7", data.OPTIONAL_TIMESTAMP.with_attributes(default=MIDNIGHT)),
    SinkField("c8", data.decimal_schema(4, optional=True)),
)
NEW = (
    SinkField("newcol1", data.OPTIONAL_INT32),
    SinkField("newcol2", data.INT32.with_attributes(default=42)),
)
WIDE = Statement(TABLE, ("id1", "id2"), ("columnA", "columnB"))
NARROW = Statement(TABLE, ("id1",))

_KINDS: Mapping[str, Schema] = {
    "INT8": data.INT8,
    "INT16": data.INT16,
    "INT32": data.INT32,
    "INT64": data.INT64,
    "FLOAT32": data.FLOAT32,
    "FLOAT64": data.FLOAT64,
    "BOOLEAN": data.BOOLEAN,
    "STRING": data.STRING,
    "BYTES": data.BYTES,
    "Decimal": data.decimal_schema(2),
    "Date": data.DATE,
    "Time": data.TIME,
    "Timestamp": data.TIMESTAMP,
}
STRUCT = Schema(Type.MAP, key_schema=data.STRING, value_schema=data.STRING)


def types_of(dialect: Dialect) -> list[str]:
    """Name the column types, in the order of the reference's table: INT8 … Timestamp."""
    return [dialect.column_type(SinkField(name, schema)) for name, schema in _KINDS.items()]


def key_type(dialect: Dialect) -> str:
    """Name the type of a text in a primary key."""
    return dialect.column_type(SinkField("k", data.STRING, is_key=True))


def listed_type(dialect: Dialect, digits: int) -> str:
    """Name the type of a field in ``timestamp.fields.list``."""
    return dialect.column_type(SinkField("f", data.INT64, timestamp_digits=digits))
