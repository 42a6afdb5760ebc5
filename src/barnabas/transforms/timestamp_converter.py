# SPDX-License-Identifier: Apache-2.0
"""TimestampConverter: points in time from one form to another.

The forms: ``string`` by a pattern of Java's SimpleDateFormat, ``unix`` as a number since the epoch,
and Connect's ``Date``, ``Time`` and ``Timestamp``. On the way every form is ms since the epoch.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, Final

from barnabas import config
from barnabas.data import (
    DATE,
    INT64,
    LOGICAL_DATE,
    LOGICAL_TIME,
    LOGICAL_TIMESTAMP,
    STRING,
    TIME,
    TIMESTAMP,
    FarTimestamp,
    Int64,
    Schema,
    Type,
    decode_date,
    decode_time,
    decode_timestamp,
    encode_date,
    encode_time,
)
from barnabas.data.coercion import is_temporal, point_ms
from barnabas.data.types import DAY_MS
from barnabas.errors import ConfigError, ConnectError, DataError
from barnabas.transforms import options
from barnabas.transforms.java_date_format import JavaDateFormat
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import in_field, require_map, require_struct
from barnabas.transforms.structs import StructReader, build_struct

__all__ = ["TimestampConverter", "TimestampConverterKey", "TimestampConverterValue"]

_PURPOSE = "converting timestamp formats"
_LONG_MIN, _LONG_MAX = -(1 << 63), (1 << 63) - 1

_TARGETS: Final[dict[str, Schema]] = {
    "string": STRING,
    "unix": INT64,
    "Date": DATE,
    "Time": TIME,
    "Timestamp": TIMESTAMP,
}
_LOGICAL_FORMS: Final = {
    LOGICAL_DATE: "Date",
    LOGICAL_TIME: "Time",
    LOGICAL_TIMESTAMP: "Timestamp",
}
_PER_MS: Final[dict[str, tuple[int, int]]] = {
    "nanoseconds": (1_000_000, 1),
    "microseconds": (1_000, 1),
    "milliseconds": (1, 1),
    "seconds": (1, 1_000),
}
"""By what ms are multiplied and divided to get to a precision."""


class TimestampConverterConfig(config.Config):
    """Settings of `TimestampConverter`."""

    field = config.Option(
        "field",
        str,
        "",
        "The field that holds the point in time; empty when the whole key or value is one.",
        importance=config.Importance.HIGH,
    )
    target_type = config.Option(
        "target.type",
        str,
        config.NO_DEFAULT,
        "The form to convert to: string, unix, Date, Time or Timestamp.",
        importance=config.Importance.HIGH,
        validator=config.valid_string(*_TARGETS),
    )
    format = config.Option(
        "format",
        str,
        "",
        "The pattern by which strings are written and read, as for Java's SimpleDateFormat; in"
        " UTC. Required when `target.type` is string or strings come in.",
    )
    unix_precision = config.Option(
        "unix.precision",
        str,
        "milliseconds",
        "What `unix` numbers count, on both sides.",
        importance=config.Importance.LOW,
        validator=config.valid_string(*_PER_MS),
    )
    replace_null_with_default = options.replace_null_with_default()


class TimestampConverter(Planned):
    """Converts a field, or the whole key or value, between forms of points in time.

    The converted field may be null if it could before, and has no default. What is finer than a
    millisecond is lost.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.TimestampConverter`` (KIP-808,
        KIP-1040).
    """

    config_class = TimestampConverterConfig
    passes_null = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = TimestampConverterConfig(configs)
        self._field = settings.field
        self._target = settings.target_type
        self._precision = _PER_MS[settings.unix_precision]
        self._fills_defaults = settings.replace_null_with_default
        if self._target == "string" and not settings.format:
            message = (
                "TimestampConverter requires format option to be specified when using string"
                " timestamps"
            )
            raise ConfigError(message)
        self._format = JavaDateFormat(settings.format) if settings.format else None

    def plan(self, schema: Schema) -> Plan:
        """Choose the conversion; see `Planned.plan`."""
        if not self._field:
            form = _form_of_schema(schema)
            new = _TARGETS[self._target].with_attributes(optional=schema.optional)
            return Plan(new, lambda value: self._convert(form, schema, value))
        if schema.type is not Type.STRUCT:
            return Plan(schema, lambda value: require_struct(schema, value, _PURPOSE))
        return self._plan_field(schema)

    def _plan_field(self, schema: Schema) -> Plan:
        name = self._field
        source = schema.field(name)
        fields = [(field.name, field.schema) for field in schema.fields]
        if source is not None:
            target = _TARGETS[self._target].with_attributes(optional=source.schema.optional)
            fields[source.index] = (name, target)
        reader = StructReader(schema, fills_defaults=self._fills_defaults)

        def change(value: Any) -> dict[str, Any] | None:
            if value is None:
                return None
            struct = require_struct(schema, value, _PURPOSE)
            if source is None:
                return reader.copy(struct)
            result = reader.copy(struct)
            try:
                form = _form_of_schema(source.schema)
                result[name] = self._convert(form, source.schema, result[name])
            except ConnectError as error:
                raise in_field(error, name) from error
            return result

        def change_many(values: list[Any]) -> list[Any]:
            if source is None or None in values:
                return [change(value) for value in values]
            form = _form_of_schema(source.schema)
            results = reader.copy_many(
                [require_struct(schema, value, _PURPOSE) for value in values]
            )
            last, converted = None, None  # neighbours often share the object
            for struct in results:
                point = struct[name]
                if point is not last:
                    last, converted = point, self._convert(form, source.schema, point)
                struct[name] = converted
            return results

        default = change(schema.default)
        new = build_struct(schema, fields, optional=schema.optional, default=default)
        return Plan(new, change, change_many)

    def change_schemaless(self, value: Any) -> Any:
        """Convert a value, or a member of a map, whose class says its form."""
        if value is None or not self._field:
            return self._convert(_form_of_class(value), None, value)
        members = dict(require_map(value, _PURPOSE))
        member = members.get(self._field)
        try:
            members[self._field] = self._convert(_form_of_class(member), None, member)
        except ConnectError as error:
            raise in_field(error, self._field) from error
        return members

    def _convert(self, form: str, schema: Schema | None, value: Any) -> Any:
        if value is None:
            return None
        ms = self._parsed(value) if form == "string" else self._ms_of(form, schema, value)
        if self._target == "string":
            assert self._format is not None
            return self._format.format(ms)
        if self._target == "unix":
            factor, divisor = self._precision
            return _saturated(_truncated(ms * factor, divisor))
        point = _MAKERS[self._target](ms)
        is_far = schema is None and type(point) is int
        return FarTimestamp(ms - ms % DAY_MS if self._target == "Date" else ms) if is_far else point

    def _parsed(self, text: str) -> int:
        if self._format is None:
            message = (
                f"Could not parse timestamp: value ({text}) is a string, and there is no pattern"
                " for it; set `format`"
            )
            raise DataError(message)
        ms = self._format.parse(text)
        if ms is None:
            message = (
                f"Could not parse timestamp: value ({text}) does not match pattern"
                f" ({self._format.pattern})"
            )
            raise DataError(message)
        return ms

    def _ms_of(self, form: str, schema: Schema | None, value: Any) -> int:
        if form == "unix":
            factor, divisor = self._precision
            return _saturated(_truncated(value * divisor, factor))
        if form == "Date":
            return encode_date(value) * DAY_MS
        if form == "Time":
            return encode_time(value)
        ms = point_ms(schema, value)
        assert ms is not None
        return ms


class TimestampConverterKey(OnKey, TimestampConverter):
    """`TimestampConverter` in the key."""


class TimestampConverterValue(OnValue, TimestampConverter):
    """`TimestampConverter` in the value."""


_MAKERS: Final[dict[str, Callable[[int], datetime.date | datetime.time | int]]] = {
    "Date": lambda ms: decode_date(ms // DAY_MS),
    "Time": lambda ms: decode_time(ms % DAY_MS),
    "Timestamp": decode_timestamp,
}


def _form_of_schema(schema: Schema) -> str:
    form = _LOGICAL_FORMS.get(schema.name or "")
    if form is not None:
        return form
    if schema.type is Type.STRING:
        return "string"
    if schema.type is Type.INT64:
        return "unix"
    message = f"Schema {schema} does not correspond to a known timestamp type format"
    raise ConnectError(message)


def _form_of_class(value: Any) -> str:
    if value is None or is_temporal(value) or type(value) is FarTimestamp:
        return "Timestamp"
    if type(value) in (int, Int64) and INT64.matches(value):
        return "unix"
    if isinstance(value, str):
        return "string"
    message = f"TimestampConverter does not support {type(value).__name__} objects as timestamps"
    raise DataError(message)


def _truncated(value: int, divisor: int) -> int:
    """Divide towards zero."""
    return value // divisor if value >= 0 else -(-value // divisor)


def _saturated(value: int) -> int:
    return max(_LONG_MIN, min(_LONG_MAX, value))
