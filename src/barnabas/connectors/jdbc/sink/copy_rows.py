# SPDX-License-Identifier: Apache-2.0
r"""Rows as PostgreSQL's COPY reads them, made a batch at a time. Pure.

Rows become JSON by a fast library, and JSON's arrays are CSV but for little: brackets are cut off,
and control characters, which JSON escapes and CSV does not, are put back. ``"`` and ``\`` stay
escaped with ``\``, which COPY can be told (`OPTIONS`).

A batch with a value of an odd class is refused, so that nothing is written here that a statement
would write otherwise.
"""

from __future__ import annotations

import dataclasses
import datetime
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.columns import Column
from barnabas.connectors.jdbc.dialects import Dialect, SinkField
from barnabas.connectors.jdbc.sink.binding import Convert, Rows, compile_rows, converter, sources_of
from barnabas.connectors.jdbc.sink.fields import Fields
from barnabas.connectors.jdbc.sink.moments import MomentRules
from barnabas.data import Type

__all__ = ["OPTIONS", "CopyRows", "CopyRules", "copy_rows_of"]

OPTIONS: Final = "FORMAT csv, NULL 'null', QUOTE '\"', ESCAPE E'\\\\', ENCODING 'UTF8'"
"""What COPY has to be told about the bytes."""

_INTEGERS: Final = frozenset({"int2", "int4", "int8", "numeric"})
_TEXTS: Final = frozenset({"text", "varchar", "bpchar", "uuid", "json", "jsonb", "citext"})
_MOMENTS: Final = frozenset({"timestamp", "timestamptz"})
_TARGETS: Final[dict[Type | str, frozenset[str]]] = {
    Type.INT8: _INTEGERS,
    Type.INT16: _INTEGERS,
    Type.INT32: _INTEGERS,
    Type.INT64: _INTEGERS,
    Type.FLOAT32: frozenset({"float4", "float8"}),
    Type.FLOAT64: frozenset({"float8"}),
    Type.BOOLEAN: frozenset({"bool"}),
    Type.STRING: _TEXTS,
    Type.BYTES: frozenset({"bytea"}),
    data.LOGICAL_DECIMAL: frozenset({"numeric"}),
    data.LOGICAL_DATE: frozenset({"date"}),
    data.LOGICAL_TIME: frozenset({"time"}),
    data.LOGICAL_TIMESTAMP: _MOMENTS,
}
"""Types of columns for which the text of a value means what the value bound to INSERT means."""

_NONE: Final = type(None)
_WHOLE: Final[frozenset[type]] = frozenset(
    {int, data.Int8, data.Int16, data.Int32, data.Int64, _NONE}
)
_NUMBER: Final[frozenset[type]] = frozenset({float, data.Float32, data.Float64, _NONE})
_TEXT: Final[frozenset[type]] = frozenset({str, _NONE})
_CLASSES: Final[dict[Type | str, frozenset[type]]] = {
    Type.INT8: _WHOLE,
    Type.INT16: _WHOLE,
    Type.INT32: _WHOLE,
    Type.INT64: _WHOLE,
    Type.FLOAT32: _NUMBER,
    Type.FLOAT64: _NUMBER,
    Type.BOOLEAN: frozenset({bool, _NONE}),
    Type.STRING: _TEXT,
    Type.BYTES: _TEXT,  # as hexadecimal digits by then
    data.LOGICAL_DECIMAL: _TEXT,  # likewise written out
    data.LOGICAL_DATE: frozenset({datetime.date, _NONE}),
    data.LOGICAL_TIME: frozenset({datetime.time, _NONE}),
    data.LOGICAL_TIMESTAMP: frozenset({datetime.datetime, _NONE}),
}
"""Classes of values that are written as they are."""

_ESCAPE: Final = re.compile(rb'\\(?:u00([0-9a-f]{2})|([bfnrt])|["\\])')
_CONTROL: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_GREGORIAN_DATE: Final = datetime.date(1583, 1, 1)
_GREGORIAN_MOMENT: Final = datetime.datetime(1583, 1, 2, tzinfo=datetime.UTC)

_Column = tuple[Any, ...]
_IsPlain = Callable[[_Column], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class CopyRules:
    """What decides how values are converted."""

    dialect: Dialect
    moments: MomentRules
    replace_null: bool = True
    unique_keys: bool = False
    """Whether only the last record of each key is to be written."""


class CopyRows:
    """Turns records into the bytes of COPY.

    Args:
        quick: Makes rows in which the usual values need no conversion.
        careful: Makes rows in which any value is converted.
        classes: Per column the classes of values that may be written.
        plain: Checks of columns that hold for the usual values only.
        key_count: How many columns, the first ones, are the key by which records are unique; 0
            when all records are to be written.
    """

    def __init__(
        self,
        quick: Rows,
        careful: Rows,
        classes: Sequence[frozenset[type]],
        plain: Sequence[tuple[int, _IsPlain]],
        key_count: int,
    ) -> None:
        self._quick = quick
        self._careful = careful
        self._classes = classes
        self._plain = plain
        self._key_count = key_count

    def encode(self, records: Sequence[SinkRecord]) -> bytes | None:
        """Make the bytes for records, of which there is at least one.

        Returns:
            None when a value is of another class than its schema says, or a key is null.

        Raises:
            Exception: What converters raise for values that do not fit.
        """
        rows, columns = self._checked(self._quick(records))
        if rows is None:
            rows, columns = self._checked(self._careful(records), plain=())
        if rows is None:
            return None
        if self._key_count:
            rows = self._last_ones(rows, columns)
        return None if rows is None else _csv(rows)

    def _checked(
        self, rows: list[_Column], plain: Sequence[tuple[int, _IsPlain]] | None = None
    ) -> tuple[list[_Column] | None, list[_Column]]:
        columns = list(zip(*rows, strict=True))
        for column, classes in zip(columns, self._classes, strict=True):
            if not classes.issuperset(map(type, column)):
                return None, columns
        for place, is_plain in self._plain if plain is None else plain:
            if not is_plain(columns[place]):
                return None, columns
        return rows, columns

    def _last_ones(self, rows: list[_Column], columns: list[_Column]) -> list[_Column] | None:
        keys = columns[: self._key_count]
        if any(
            None in set(map(type, column)) or _NONE in set(map(type, column)) for column in keys
        ):
            return None  # rows whose key is null are never the same row
        names = keys[0] if len(keys) == 1 else zip(*keys, strict=True)
        last = dict(zip(names, rows, strict=True))
        return rows if len(last) == len(rows) else list(last.values())


def copy_rows_of(
    fields: Fields, rules: CopyRules, column_of: Callable[[str], Column | None]
) -> CopyRows | None:
    """Make what turns records into bytes for COPY.

    Args:
        fields: The columns.
        rules: What decides about conversion.
        column_of: Finds the column of the database.

    Returns:
        None when there is a column for which COPY might not do what INSERT does.
    """
    chosen = [(fields.by_name[name], column_of(name)) for name in fields.columns]
    if not all(_is_copied(field, column) for field, column in chosen):
        return None
    columns = {field.name: column for field, column in chosen}

    def careful(field: SinkField) -> Convert | None:
        return _careful(field, columns[field.name], rules)

    def quick(field: SinkField) -> Convert | None:
        return careful(field) if _plain_check(field, rules) is None else None

    def rows(convert: Callable[[SinkField], Convert | None]) -> Rows:
        names = fields.columns
        return compile_rows(sources_of(fields, names, convert, replace_null=rules.replace_null))

    checks = ((place, _plain_check(field, rules)) for place, (field, _) in enumerate(chosen))
    return CopyRows(
        rows(quick),
        rows(careful),
        [_classes(field) for field, _ in chosen],
        [(place, check) for place, check in checks if check is not None],
        len(fields.keys) if rules.unique_keys else 0,
    )


def _kind(field: SinkField) -> Type | str:
    if field.timestamp_digits is not None:
        return data.LOGICAL_TIMESTAMP
    name = field.schema.name
    return name if name in data.LOGICAL_NAMES else field.schema.type


def _is_copied(field: SinkField, column: Column | None) -> bool:
    return column is not None and column.type_name.lower() in _TARGETS.get(_kind(field), ())


def _classes(field: SinkField) -> frozenset[type]:
    kind = _kind(field)
    if kind in {Type.FLOAT32, Type.FLOAT64}:
        return _NUMBER | _TEXT  # NaN and infinity are written out
    return _CLASSES[kind]


def _plain_check(field: SinkField, rules: CopyRules) -> _IsPlain | None:
    """Return what says whether a column holds values only that need no conversion."""
    kind = _kind(field)
    if kind in {Type.FLOAT32, Type.FLOAT64}:
        return _is_finite
    if field.timestamp_digits is None and rules.moments.zone.is_utc:
        if kind == data.LOGICAL_TIMESTAMP:
            return _is_modern_moment
        if kind == data.LOGICAL_DATE and rules.moments.date_zone.is_utc:
            return _is_modern_date
    return None


def _is_finite(column: _Column) -> bool:
    return all(map(math.isfinite, filter(None, column)))


def _is_modern_moment(column: _Column) -> bool:
    zones = {moment.tzinfo for moment in column if moment is not None}
    if not zones <= {datetime.UTC}:
        return False
    return min(filter(None, column), default=_GREGORIAN_MOMENT) >= _GREGORIAN_MOMENT


def _is_modern_date(column: _Column) -> bool:
    return min(filter(None, column), default=_GREGORIAN_DATE) >= _GREGORIAN_DATE


def _careful(field: SinkField, column: Column | None, rules: CopyRules) -> Convert | None:
    kind = _kind(field)
    if kind in {Type.FLOAT32, Type.FLOAT64}:
        return _float_text
    if kind == data.LOGICAL_DECIMAL:
        return Decimal.__str__
    if kind == Type.BYTES:
        return _bytes_text
    first = converter(field, rules.dialect, column, rules.moments)
    if kind == data.LOGICAL_TIMESTAMP and column is not None and "tz" in column.type_name:
        return _in_utc if first is None else lambda value: _in_utc(first(value))
    return first


def _float_text(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _bytes_text(value: bytes | bytearray | memoryview) -> str:
    return "\\x" + value.hex()


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    return value.astimezone(datetime.UTC)


def _csv(rows: Sequence[_Column]) -> bytes | None:
    dumps = orjson.dumps
    try:  # one call for each row is faster than one for all, whose text has to be cut afterwards
        lines = [dumps(row)[1:-1] for row in rows]
    except orjson.JSONEncodeError:  # an integer of more than 64 bits, half a character
        return None
    lines.append(b"")
    body = b"\n".join(lines)
    if b"\\" in body and b"\\" in body.replace(b"\\\\", b"").replace(b'\\"', b""):
        body = _ESCAPE.sub(_unescaped, body)
    return body


def _unescaped(found: re.Match[bytes]) -> bytes:
    code, letter = found.groups()
    if code is not None:
        return bytes([int(code, 16)])
    return _CONTROL[letter] if letter is not None else found[0]
