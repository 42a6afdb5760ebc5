# SPDX-License-Identifier: Apache-2.0
"""Functions that make values ready for the JSON encoder, put together once for each schema.

A `Writer` has two: ``one`` for a value and ``many`` for a column of values. Both check the values
against the schema and give the same results. ``many`` looks at whole columns where it can: that all
values are of one class is a question to a set, that all numbers fit one to ``min`` and ``max``, and
only what is unusual is looked at one by one. A column of structs becomes one column for each
field, and these become rows again, without a line of Python run for a single record.

Ready are: None, bool, int, float, str, bytes (the encoder writes Base64), msgspec.Raw, lists,
dicts with text keys and row objects of the struct's fields in order.

Source: reference page ``data-model``, section 7 (Apache Kafka ``JsonConverter``).
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from itertools import starmap
from operator import itemgetter
from typing import Any, Final, NamedTuple

import msgspec

from barnabas import data
from barnabas.converters.decimals import decimal_column, decimal_value
from barnabas.converters.fitting import check_struct, located, located_item, refusal
from barnabas.converters.json import text
from barnabas.converters.json.schemaless import (
    has_text_keys,
    ready_schemaless,
    ready_schemaless_column,
)
from barnabas.converters.json.settings import Rules
from barnabas.data import Schema, Type
from barnabas.data.types import DAY_MS
from barnabas.errors import DataError

__all__ = ["Writer", "writer_for"]

_Kinds = set[type]
_NONE: Final = type(None)


class Writer(NamedTuple):
    """What makes values of one schema ready; both raise DataError for a value that does not fit."""

    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any]], Sequence[Any]]


class _Plain(NamedTuple):
    """The same for values that are not null; ``many`` is told the classes it will meet."""

    one: Callable[[Any], Any]
    many: Callable[[Sequence[Any], _Kinds], Sequence[Any]]


def writer_for(schema: Schema | None, rules: Rules) -> Writer:
    """Put together the functions for a schema; None is for schemaless values.

    Raises:
        DataError: The schema itself is not valid.
    """
    if schema is None:
        return Writer(ready_schemaless, ready_schemaless_column)
    return _with_null(schema, _plain_writer(schema, rules), rules)


def _with_null(schema: Schema, plain: _Plain, rules: Rules) -> Writer:
    one_plain, many_plain = plain

    def null() -> Any:
        if schema.default is not None and rules.replace_null_with_default:
            return one_plain(schema.default)
        if schema.optional:
            return None
        message = (
            "Conversion error: null value for field that is required and has no default value:"
            f" {schema}"
        )
        raise DataError(message)

    def one(value: Any) -> Any:
        return null() if value is None else one_plain(value)

    def many(values: Sequence[Any]) -> Sequence[Any]:
        kinds = set(map(type, values))
        if _NONE not in kinds:
            return many_plain(values, kinds)
        kinds.discard(_NONE)
        filler = null()
        present = iter(many_plain([value for value in values if value is not None], kinds))
        return [filler if value is None else next(present) for value in values]

    return Writer(one, many)


def _plain_writer(schema: Schema, rules: Rules) -> _Plain:
    logical = _LOGICAL.get(schema.name or "")
    if logical is not None:
        return logical(schema, rules)
    return _BY_TYPE[schema.type](schema, rules)


def _integer(schema: Schema, rules: Rules) -> _Plain:
    bits = int(schema.type.value[3:])
    high = (1 << (bits - 1)) - 1
    low = -high - 1
    matches = schema.matches

    def one(value: Any) -> Any:
        if type(value) is int and low <= value <= high:
            return value
        if matches(value):
            return int(value)
        raise refusal(schema, value)

    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        if kinds == {int} and low <= min(values) and max(values) <= high:
            return values
        return [one(value) for value in values]

    return _Plain(one, many)


def _float64(schema: Schema, rules: Rules) -> _Plain:
    matches = schema.matches
    ready = text.ready_float

    def one(value: Any) -> Any:
        if matches(value):
            return ready(float(value))
        raise refusal(schema, value)

    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        if kinds == {float}:
            return [value if 1e-3 <= value < 1e7 else ready(value) for value in values]
        return [one(value) for value in values]

    return _Plain(one, many)


def _float32(schema: Schema, rules: Rules) -> _Plain:
    matches = schema.matches

    def one(value: Any) -> Any:
        if matches(value):
            return text.ready_float32(value)
        raise refusal(schema, value)

    return _each(one)


def _of_class(wanted: type, convert: Callable[[Any], Any]) -> Callable[[Schema, Rules], _Plain]:
    def make(schema: Schema, rules: Rules) -> _Plain:
        matches = schema.matches

        def one(value: Any) -> Any:
            if type(value) is wanted:
                return value
            if matches(value):
                return convert(value)
            raise refusal(schema, value)

        def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
            return values if kinds == {wanted} else [one(value) for value in values]

        return _Plain(one, many)

    return make


def _each(one: Callable[[Any], Any]) -> _Plain:
    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        return [one(value) for value in values]

    return _Plain(one, many)


def _decimal(schema: Schema, rules: Rules) -> _Plain:
    if rules.decimals_are_numbers:
        return _each(lambda value: _decimal_number(schema, value))
    one = decimal_value(schema)
    return _Plain(one, decimal_column(schema, one))


def _decimal_number(schema: Schema, value: Any) -> msgspec.Raw:
    if not schema.matches(value):
        raise refusal(schema, value)
    return msgspec.Raw(str(abs(value) if value.is_zero() else value).encode())


_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL: Final = _EPOCH.toordinal()


def _timestamp(schema: Schema, rules: Rules) -> _Plain:
    one = _checked(schema, data.encode_timestamp)

    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        if kinds == {datetime.datetime}:
            try:
                return [
                    (past := value - _EPOCH).days * DAY_MS
                    + past.seconds * 1000
                    + past.microseconds // 1000
                    for value in values
                ]
            except TypeError:  # a value without zone: one by one, for the message
                pass
        return [one(value) for value in values]

    return _Plain(one, many)


def _date(schema: Schema, rules: Rules) -> _Plain:
    one = _checked(schema, data.encode_date)

    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        if kinds == {datetime.date}:
            return [value.toordinal() - _EPOCH_ORDINAL for value in values]
        return [one(value) for value in values]

    return _Plain(one, many)


def _time(schema: Schema, rules: Rules) -> _Plain:
    return _each(_checked(schema, data.encode_time))


def _checked(schema: Schema, encode: Callable[[Any], int]) -> Callable[[Any], int]:
    matches = schema.matches

    def one(value: Any) -> int:
        if matches(value):
            return encode(value)
        raise refusal(schema, value)

    return one


def _array(schema: Schema, rules: Rules) -> _Plain:
    one_item, items = writer_for(schema.value_schema, rules)
    matches = schema.matches

    def one(value: Any) -> Any:
        if not matches(value):
            raise refusal(schema, value)
        try:
            return items(value)
        except DataError as error:
            raise located_item(error, one_item, enumerate(value)) from error

    return _each(one)


def _map(schema: Schema, rules: Rules) -> _Plain:
    keys = writer_for(schema.key_schema, rules).many
    one_member, members = writer_for(schema.value_schema, rules)
    matches = schema.matches
    as_object = schema.key_schema is not None and schema.key_schema.type is Type.STRING

    def one(value: Any) -> Any:
        if not matches(value):
            raise refusal(schema, value)
        try:
            ready = members(list(value.values()))
        except DataError as error:
            raise located_item(error, one_member, value.items()) from error
        if as_object or (schema.key_schema is None and has_text_keys(value)):
            texts = ["null" if key is None else key for key in keys(list(value))]
            return dict(zip(texts, ready, strict=True))
        return list(zip(keys(list(value)), ready, strict=True))

    return _each(one)


def _struct(schema: Schema, rules: Rules) -> _Plain:
    names = [field.name for field in schema.fields]
    writers = [writer_for(field.schema, rules) for field in schema.fields]
    ones = [(name, writer.one) for name, writer in zip(names, writers, strict=True)]
    row = _row_class(names)
    columns_of = _columns_function(schema, names)

    def one(value: Any) -> Any:
        check_struct(schema, value)
        get, ready, name = value.get, [], ""
        try:
            for name, write in ones:
                ready.append(write(get(name)))
        except DataError as error:
            raise located(error, name) from error
        return row(*ready)

    def many(values: Sequence[Any], kinds: _Kinds) -> Sequence[Any]:
        if not names:
            return [one(value) for value in values]
        columns = columns_of(values, kinds)
        ready: list[Sequence[Any]] = []
        try:
            for writer, column in zip(writers, columns, strict=True):
                ready.append(writer.many(column))
        except DataError as error:
            raise located(error, names[len(ready)]) from error
        return list(starmap(row, zip(*ready, strict=True)))

    return _Plain(one, many)


def _row_class(names: list[str]) -> Callable[..., Any]:
    """Make a class of objects the encoder writes with these members, in this order."""
    attributes = [f"f{index}" for index in range(len(names))]
    rename = dict(zip(attributes, names, strict=True))
    try:
        return msgspec.defstruct(
            "Row", [(attribute, Any) for attribute in attributes], rename=rename, gc=False
        )
    except ValueError:  # a name that needs escapes
        return lambda *values: dict(zip(names, values, strict=True))


_Columns = Callable[[Sequence[Any], _Kinds], Sequence[Sequence[Any]]]


def _columns_function(schema: Schema, names: list[str]) -> _Columns:
    pick = itemgetter(*names) if len(names) > 1 else None
    size = {len(names)}

    def columns(values: Sequence[Any], kinds: _Kinds) -> Sequence[Sequence[Any]]:
        # As many members as fields, and no field missing: then there is no unknown member.
        if pick is not None and kinds == {dict} and set(map(len, values)) == size:
            try:
                return list(zip(*map(pick, values), strict=True))
            except KeyError:
                pass
        for value in values:
            check_struct(schema, value)
        return [[value.get(name) for value in values] for name in names]

    return columns


_LOGICAL: Final[Mapping[str, Callable[[Schema, Rules], _Plain]]] = {
    data.LOGICAL_DECIMAL: _decimal,
    data.LOGICAL_DATE: _date,
    data.LOGICAL_TIME: _time,
    data.LOGICAL_TIMESTAMP: _timestamp,
}

_BY_TYPE: Final[Mapping[Type, Callable[[Schema, Rules], _Plain]]] = {
    Type.INT8: _integer,
    Type.INT16: _integer,
    Type.INT32: _integer,
    Type.INT64: _integer,
    Type.FLOAT32: _float32,
    Type.FLOAT64: _float64,
    Type.BOOLEAN: _of_class(bool, bool),
    Type.STRING: _of_class(str, str.__str__),
    Type.BYTES: _of_class(bytes, bytes),
    Type.ARRAY: _array,
    Type.MAP: _map,
    Type.STRUCT: _struct,
}
