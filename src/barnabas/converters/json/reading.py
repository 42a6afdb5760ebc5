# SPDX-License-Identifier: Apache-2.0
"""Functions that turn JSON into values, put together once for each schema.

A `Reader` knows two ways to the same values:

- ``one`` takes a decoded JSON value (a node) of any shape and follows Java's rules, which forgive a
  lot: a text where a number should be is 0, a number where a text should be is null.
- ``hint`` is a type for a msgspec decoder that accepts only the regular shape, and ``finish`` turns
  what it decodes, a whole column at once, into values. msgspec checks types, ranges and required
  members in C while it parses; Python touches only what needs another class: dates, decimals.

What the decoder refuses is read again the first way, so the fast way never has to forgive.

Source: reference page ``data-model``, section 7 (Apache Kafka ``JsonConverter``).
"""

from __future__ import annotations

import array
import binascii
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal, localcontext
from itertools import repeat
from typing import (
    Annotated,
    Any,
    Final,
    NamedTuple,
    NoReturn,
    NotRequired,
    Optional,
    TypedDict,
    cast,
)

import msgspec

from barnabas import data
from barnabas.converters.fitting import (
    convert_items,
    convert_members,
    dict_of,
    located,
)
from barnabas.converters.json.settings import Rules
from barnabas.converters.json.text import MISSING, kind_of
from barnabas.data import Schema, Type
from barnabas.data.logical import EXACT
from barnabas.errors import DataError

__all__ = ["Reader", "plain_value", "reader_for"]

_Column = list[Any]
_One = Callable[[Any], Any]
_Finish = Callable[[_Column], _Column]


class Reader(NamedTuple):
    """The two ways to read JSON as values of one schema; both raise DataError.

    ``finish`` may change the list it is given; None means that nothing is left to do.
    """

    one: _One
    hint: Any
    finish: _Finish | None


def reader_for(schema: Schema, rules: Rules) -> Reader:
    """Put together the functions for a schema."""
    plain = _plain_reader(schema, rules)
    replaces = schema.default is not None and rules.replace_null_with_default
    default = schema.default if replaces else None
    one_plain = plain.one

    def one(node: Any) -> Any:
        if node is not None:
            return one_plain(node)
        if schema.optional or replaces:
            return default
        message = f"Invalid null value for required {schema.type.name} field: {schema}"
        raise DataError(message)

    if not (schema.optional or replaces):
        return Reader(one, plain.hint, plain.finish)
    return Reader(one, Optional[plain.hint], _with_null(plain.finish, default))  # noqa: UP045 - built at run time


def _with_null(finish: _Finish | None, default: Any) -> _Finish | None:
    if finish is None and default is None:
        return None

    def finish_all(values: _Column) -> _Column:
        if None not in values:
            return values if finish is None else finish(values)
        present = [value for value in values if value is not None]
        rest = iter(present if finish is None else finish(present))
        return [default if value is None else next(rest) for value in values]

    return finish_all


def _plain_reader(schema: Schema, rules: Rules) -> Reader:
    logical = _LOGICAL.get(schema.name or "")
    if logical is not None:
        return logical(schema, rules)
    return _BY_TYPE[schema.type](schema, rules)


def whole_number(node: Any) -> int:
    """Cut a JSON number down to its whole part; anything else is 0."""
    if type(node) is int:
        return node
    # From 10**64 on the low 64 bits are 0, which is all a caller keeps of them.
    if type(node) is Decimal and node.adjusted() >= -1 and node.as_tuple().exponent < 64:  # type: ignore[operator] # finite
        return int(node)
    return 0


def real_number(node: Any) -> float:
    """Read a JSON number as a float, beyond the range infinite; anything else is 0."""
    if type(node) not in (int, Decimal):
        return 0.0
    try:
        return float(node)
    except OverflowError:
        return float("inf") if node > 0 else float("-inf")


def _integer_hint(bits: int) -> Any:
    return Annotated[int, msgspec.Meta(ge=-(1 << (bits - 1)), le=(1 << (bits - 1)) - 1)]


def _integer(schema: Schema, rules: Rules) -> Reader:
    bits = int(schema.type.value[3:])
    return Reader(
        lambda node: data.wrap_integer(whole_number(node), bits), _integer_hint(bits), None
    )


def _float64(schema: Schema, rules: Rules) -> Reader:
    return Reader(real_number, float, None)


def _float32(schema: Schema, rules: Rules) -> Reader:
    return Reader(
        lambda node: data.round_to_float32(real_number(node)),
        float,
        lambda values: array.array("f", values).tolist(),
    )


def _boolean(schema: Schema, rules: Rules) -> Reader:
    return Reader(lambda node: node is True, bool, None)


def _string(schema: Schema, rules: Rules) -> Reader:
    return Reader(lambda node: node if type(node) is str else None, str, None)


_BASE64: Final = re.compile(
    r"[\x00- ]*(?:[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]{2}|[A-Za-z0-9+/]=|==)[\x00- ]*)*"
)
_BASE64_UNIT: Final = re.compile(r"[^\x00- ]{4}")


def base64_bytes(content: str) -> bytes:
    """Decode Base64 as Jackson does: padded, white space between units of four only.

    Raises:
        ValueError: It is no Base64.
    """
    try:
        return binascii.a2b_base64(content, strict_mode=True)
    except ValueError:  # may still be what Jackson accepts
        pass
    if _BASE64.fullmatch(content) is None:
        message = "no Base64 text: needs the standard alphabet and padding"
        raise ValueError(message)
    return b"".join(map(binascii.a2b_base64, _BASE64_UNIT.findall(content)))


def _bytes(schema: Schema, rules: Rules) -> Reader:
    def one(node: Any) -> bytes | None:
        if type(node) is not str:
            return None
        try:
            return base64_bytes(node)
        except ValueError as error:
            message = f"Invalid bytes field: {error}"
            raise DataError(message) from None

    return Reader(one, bytes, None)


def _decimal(schema: Schema, rules: Rules) -> Reader:
    def from_base64(node: str) -> Decimal:
        try:
            return data.decode_decimal(schema, base64_bytes(node))
        except (ValueError, DataError) as error:
            message = f"Invalid bytes for Decimal field: {error}"
            raise DataError(message) from None

    def one(node: Any) -> Decimal:
        if type(node) is str:
            return from_base64(node)
        if type(node) is int:
            return Decimal(node)
        if type(node) is Decimal:
            return abs(node) if node.is_zero() else node
        _refuse_node("Decimal", "numeric or bytes", node)

    def finish(values: _Column) -> _Column:
        if "" not in values:
            try:
                return _decimals(values, data.decimal_from_unscaled(1, data.decimal_scale(schema)))
            except (TypeError, ValueError, DataError):  # not all are plain Base64
                pass
        return [one(value) for value in values]

    return Reader(one, Any, finish)


def _decimals(values: _Column, unit: Decimal) -> list[Decimal]:
    """Read numbers, given as their unscaled bytes; a product is made faster than a shifted copy."""
    decode, number = binascii.a2b_base64, int.from_bytes
    unscaled = [number(decode(value, strict_mode=True), "big", signed=True) for value in values]
    with localcontext(EXACT):
        return list(map(operator.mul, unscaled, repeat(unit)))


def _refuse_node(logical: str, wanted: str, node: Any) -> NoReturn:
    message = (
        f"Invalid type for {logical}, underlying representation should be {wanted} but was"
        f" {kind_of(node)}"
    )
    raise DataError(message)


def _is_int32(node: Any) -> bool:
    return type(node) is int and -(1 << 31) <= node < 1 << 31


def _date(schema: Schema, rules: Rules) -> Reader:
    def one(node: Any) -> Any:
        if _is_int32(node):
            return data.decode_date(node)
        _refuse_node("Date", "integer", node)

    return Reader(one, _integer_hint(32), _every(data.decode_date))


def _time(schema: Schema, rules: Rules) -> Reader:
    def one(node: Any) -> Any:
        if _is_int32(node):
            return data.decode_time(node)
        _refuse_node("Time", "integer", node)

    return Reader(one, _integer_hint(32), _every(data.decode_time))


def _timestamp(schema: Schema, rules: Rules) -> Reader:
    decode = data.decode_timestamp

    def one(node: Any) -> Any:
        if type(node) is int:
            return decode(data.wrap_integer(node, 64))
        _refuse_node("Timestamp", "integral", node)

    return Reader(one, _integer_hint(64), data.decode_timestamps)


def _every(decode: Callable[[Any], Any]) -> _Finish:
    return lambda values: [decode(value) for value in values]


def _array(schema: Schema, rules: Rules) -> Reader:
    items = _part_reader(schema.value_schema, rules)
    one_item, finish_items = items.one, items.finish

    def one(node: Any) -> list[Any]:
        # Jackson iterates over any node: an object gives its members, all else nothing.
        elements: Iterable[Any] = ()
        if type(node) is list:
            elements = node
        elif type(node) is dict:
            elements = node.values()
        return convert_items(one_item, elements)

    finish = None if finish_items is None else _every(finish_items)
    return Reader(one, list[items.hint], finish)  # type: ignore[name-defined] # built at run time


def _map(schema: Schema, rules: Rules) -> Reader:
    members = _part_reader(schema.value_schema, rules)
    if schema.key_schema is None or schema.key_schema.type is Type.STRING:
        return _object_map(members)
    return _pair_map(_part_reader(schema.key_schema, rules), members)


def _object_map(members: Reader) -> Reader:
    one_member, finish_members = members.one, members.finish

    def one(node: Any) -> dict[Any, Any]:
        if type(node) is not dict:
            message = (
                "Maps with string fields should be encoded as JSON objects, but found"
                f" {kind_of(node)}"
            )
            raise DataError(message)
        return convert_members(one_member, node)

    def finish(values: _Column) -> _Column:
        assert finish_members is not None
        return [
            dict(zip(value, finish_members(list(value.values())), strict=True)) for value in values
        ]

    hint = dict[str, members.hint]  # type: ignore[name-defined] # built at run time
    return Reader(one, hint, None if finish_members is None else finish)


def _pair_map(keys: Reader, members: Reader) -> Reader:
    one_key, one_member = keys.one, members.one
    finish_keys, finish_members = keys.finish, members.finish

    def one_pair(entry: Any) -> tuple[Any, Any]:
        key, member = _checked_pair(entry)
        return one_key(key), one_member(member)

    def one(node: Any) -> dict[Any, Any]:
        if type(node) is not list:
            message = (
                "Maps with non-string fields should be encoded as JSON array of tuples, but found"
                f" {kind_of(node)}"
            )
            raise DataError(message)
        return dict_of(convert_items(one_pair, node))

    def finish(values: _Column) -> _Column:
        finished = []
        for pairs in values:
            some_keys, some_members = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            finished.append(
                dict_of(
                    zip(
                        some_keys if finish_keys is None else finish_keys(some_keys),
                        some_members if finish_members is None else finish_members(some_members),
                        strict=True,
                    )
                )
            )
        return finished

    hint = list[tuple[keys.hint, members.hint]]  # type: ignore[name-defined] # built at run time
    return Reader(one, hint, finish)


def _checked_pair(entry: Any) -> list[Any]:
    if type(entry) is not list:
        message = f"Found invalid map entry instead of array tuple: {kind_of(entry)}"
        raise DataError(message)
    if len(entry) != 2:
        message = f"Found invalid map entry, expected length 2 but found: {len(entry)}"
        raise DataError(message)
    return entry


class _Member(NamedTuple):
    name: str
    schema: Schema
    reader: Reader


def _struct(schema: Schema, rules: Rules) -> Reader:
    members = [
        _Member(field.name, field.schema, reader_for(field.schema, rules))
        for field in schema.fields
    ]

    def one(node: Any) -> dict[str, Any]:
        if type(node) is not dict:
            message = f"Structs should be encoded as JSON objects, but found {kind_of(node)}"
            raise DataError(message)
        struct = {}
        for name, member_schema, reader in members:
            try:
                value = struct[name] = reader.one(node.get(name))
            except DataError as error:
                raise located(error, name) from error
            data.validate_value(member_schema, value, field=name)
        return struct

    hint = _struct_hint(members, rules)
    finish = _struct_finish(members, rules)
    if hint is None:
        return Reader(one, Any, _every(one))
    return Reader(one, hint, finish)


def _may_be_missing(schema: Schema, rules: Rules) -> bool:
    return schema.optional or (schema.default is not None and rules.replace_null_with_default)


def _struct_hint(members: list[_Member], rules: Rules) -> Any:
    """Make the class a decoder shall fill; None when it cannot be told."""
    if all(name.isascii() for name, _, _ in members):
        hints = {
            name: NotRequired[reader.hint] if _may_be_missing(schema, rules) else reader.hint
            for name, schema, reader in members
        }
        return cast(Any, TypedDict)("Row", hints)
    # msgspec (0.22) takes a member of a TypedDict whose name is not ASCII for an unknown one.
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for index, (_, schema, reader) in enumerate(members):
        attribute = f"f{index}"
        missing = _may_be_missing(schema, rules)
        fields.append((attribute, reader.hint, None) if missing else (attribute, reader.hint))
    rename = {f"f{index}": name for index, (name, _, _) in enumerate(members)}
    try:
        return msgspec.defstruct("Row", fields, rename=rename, kw_only=True, gc=False)
    except ValueError:  # a name that needs escapes
        return None


def _struct_finish(members: list[_Member], rules: Rules) -> _Finish | None:
    names = [name for name, _, _ in members]
    size = {len(members)}
    is_ascii = all(map(str.isascii, names))
    may_miss = [name for name, schema, _ in members if _may_be_missing(schema, rules)]
    finishing = [(name, reader.finish) for name, _, reader in members if reader.finish]
    if is_ascii and not may_miss and not finishing:
        return None

    def finish(rows: _Column) -> _Column:
        if not is_ascii:
            rows = [dict(zip(names, msgspec.structs.astuple(row), strict=True)) for row in rows]
        elif may_miss and set(map(len, rows)) != size:
            for row in rows:
                for name in may_miss:
                    row.setdefault(name, None)
        for name, finish_column in finishing:
            column = finish_column([row[name] for row in rows])
            for row, value in zip(rows, column, strict=True):
                row[name] = value
        return rows

    return finish


def plain_value(node: Any) -> Any:
    """Turn a node into a schemaless value.

    Whole numbers become INT64 and wrap around beyond it, as in Java; others become FLOAT64.
    """
    kind = type(node)
    if kind is dict:
        return {key: plain_value(member) for key, member in node.items()}
    if kind is list:
        return [plain_value(element) for element in node]
    if kind is int:
        return data.wrap_integer(node, 64)
    if kind is Decimal:
        return real_number(node)
    return None if node is MISSING else node


def _finish_plain(values: _Column) -> _Column:
    return [plain_value(value) for value in values]


_PLAIN: Final = Reader(plain_value, Any, _finish_plain)


def _part_reader(schema: Schema | None, rules: Rules) -> Reader:
    return _PLAIN if schema is None else reader_for(schema, rules)


_LOGICAL: Final[Mapping[str, Callable[[Schema, Rules], Reader]]] = {
    data.LOGICAL_DECIMAL: _decimal,
    data.LOGICAL_DATE: _date,
    data.LOGICAL_TIME: _time,
    data.LOGICAL_TIMESTAMP: _timestamp,
}

_BY_TYPE: Final[Mapping[Type, Callable[[Schema, Rules], Reader]]] = {
    Type.INT8: _integer,
    Type.INT16: _integer,
    Type.INT32: _integer,
    Type.INT64: _integer,
    Type.FLOAT32: _float32,
    Type.FLOAT64: _float64,
    Type.BOOLEAN: _boolean,
    Type.STRING: _string,
    Type.BYTES: _bytes,
    Type.ARRAY: _array,
    Type.MAP: _map,
    Type.STRUCT: _struct,
}
