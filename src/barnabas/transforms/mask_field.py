# SPDX-License-Identifier: Apache-2.0
"""MaskField: values of fields made unrecognizable."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from barnabas import config
from barnabas.data import (
    LOGICAL_DATE,
    LOGICAL_TIME,
    Float32,
    Float64,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    Struct,
    Type,
    convert_to_float32,
    convert_to_float64,
    convert_to_int8,
    convert_to_int16,
    convert_to_int32,
    convert_to_int64,
)
from barnabas.data.coercion import parse_decimal, point_ms
from barnabas.errors import ConnectError, DataError
from barnabas.transforms import options
from barnabas.transforms.key_or_value import OnKey, OnValue, Plan, Planned
from barnabas.transforms.requirements import in_field, require_map, require_struct
from barnabas.transforms.structs import StructReader

__all__ = ["MaskField", "MaskFieldKey", "MaskFieldValue"]

_PURPOSE = "mask fields"
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class MaskFieldConfig(config.Config):
    """Settings of `MaskField`."""

    fields = config.Option(
        "fields",
        list,
        config.NO_DEFAULT,
        "The fields to mask.",
        importance=config.Importance.HIGH,
        validator=options.non_empty_list,
    )
    replacement = config.Option(
        "replacement",
        str,
        None,
        "What stands in the place of numbers and strings; without it 0, false or nothing.",
        importance=config.Importance.LOW,
        validator=config.non_empty(),
    )
    replace_null_with_default = options.replace_null_with_default()


class MaskField(Planned):
    """Puts a meaningless value of the same type into fields; null fields stay null.

    A schemaless map gets the fields it does not have as null.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.MaskField`` (KIP-437, KIP-1040).
    """

    config_class = MaskFieldConfig
    passes_null = False

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = MaskFieldConfig(configs)
        self._names = list(dict.fromkeys(settings.fields))
        self._replacement = settings.replacement
        self._fills_defaults = settings.replace_null_with_default

    def plan(self, schema: Schema) -> Plan:
        """List the fields to mask; see `Planned.plan`."""
        reader = StructReader(schema, fills_defaults=self._fills_defaults)
        masked = [(f.name, f.schema) for f in schema.fields if f.name in self._names]

        def change(value: Any) -> dict[str, Any]:
            result = reader.copy(require_struct(schema, value, _PURPOSE))
            name = ""
            try:
                for name, inner in masked:
                    result[name] = self._mask(inner, result[name])
            except ConnectError as error:
                raise in_field(error, name) from error
            return result

        return Plan(schema, change)

    def change_schemaless(self, value: Any) -> dict[Any, Any]:
        """Mask members of a map."""
        members = dict(require_map(value, _PURPOSE))
        name = ""
        try:
            for name in self._names:
                members[name] = self._mask(None, members.get(name))
        except ConnectError as error:
            raise in_field(error, name) from error
        return members

    def _mask(self, schema: Schema | None, value: Any) -> Any:
        if value is None:
            return None
        if self._replacement is None:
            return _nothing_of(schema, value)
        return _replaced(schema, value, self._replacement)


class MaskFieldKey(OnKey, MaskField):
    """`MaskField` in the key."""


class MaskFieldValue(OnValue, MaskField):
    """`MaskField` in the value."""


def _nothing_of(schema: Schema | None, value: Any) -> Any:
    """Return the zero of a value's class."""
    if point_ms(schema, value) is not None:
        return _epoch_of(schema, value)
    if isinstance(value, dict):
        is_struct = isinstance(value, Struct) or (schema is not None and schema.type is Type.STRUCT)
        return _refuse(value) if is_struct else {}
    if isinstance(value, list | tuple):
        return []
    if isinstance(value, str | bool | int | float | Decimal):
        return type(value)()
    return _refuse(value)


def _epoch_of(schema: Schema | None, value: Any) -> Any:
    name = None if schema is None else schema.name
    if name == LOGICAL_DATE or (type(value) is datetime.date and schema is None):
        return _EPOCH.date()
    if name == LOGICAL_TIME or (isinstance(value, datetime.time) and schema is None):
        return _EPOCH.time()
    return _EPOCH


_CONVERSIONS: Final[dict[type, Callable[[Schema | None, Any], Any]]] = {
    Int8: convert_to_int8,
    Int16: convert_to_int16,
    Int32: convert_to_int32,
    Int64: lambda schema, text: Int64(convert_to_int64(schema, text) or 0),
    Float32: convert_to_float32,
    Float64: lambda schema, text: Float64(convert_to_float64(schema, text) or 0.0),
    int: convert_to_int64,
    float: convert_to_float64,
    str: lambda _, text: text,
    Decimal: lambda _, text: _decimal(text),
}
"""Makes of the replacement a value of a class."""

_CLASSES: Final[dict[Type, type]] = {
    Type.INT8: Int8,
    Type.INT16: Int16,
    Type.INT32: Int32,
    Type.FLOAT32: Float32,
}
"""Classes of numbers that do not say their own width, by their schemas' types."""


def _replaced(schema: Schema | None, value: Any, replacement: str) -> Any:
    kind = type(value)
    is_plain = kind in (int, float) and schema is not None
    if is_plain:
        assert schema is not None
        kind = _CLASSES.get(schema.type, kind)
    convert = _CONVERSIONS.get(kind)
    if convert is None or point_ms(schema, value) is not None:
        message = f"Cannot mask value of type {kind.__name__} with custom replacement."
        raise DataError(message)
    result = convert(None, replacement)
    return type(value)(result) if is_plain else result


def _decimal(text: str) -> Decimal:
    number = parse_decimal(text)
    if number is None:
        message = f"Unable to convert {text} (class str) to a number"
        raise DataError(message)
    return number


def _refuse(value: Any) -> NoReturn:
    message = f"Cannot mask value of type: {type(value).__name__}"
    raise DataError(message)
