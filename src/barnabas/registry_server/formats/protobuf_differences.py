# SPDX-License-Identifier: Apache-2.0
"""When a Protobuf reader cannot read what a writer with another file wrote. Pure.

Messages are compared by their names, fields by their numbers. Refused are: another package, a
message that is gone, a field whose kind is read from other bytes, another message or enum as the
type of a field, a number that is repeated no more or only now, a required field that comes or goes,
a field that leaves its oneof, and fields that enter one together or one that was there.

Everything else is allowed: fields, messages, enums and constants that come, fields and enums that
go, other names, and kinds that share their bytes (int32 uint32 int64 uint64 bool enum; sint32
sint64; string bytes; fixed32 sfixed32; fixed64 sfixed64).

Source:
    Confluent ``protobuf/diff/SchemaDiff`` (Apache-2.0), its list of compatible changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

__all__ = ["protobuf_differences"]

_REPEATED: Final = 3
_REQUIRED: Final = 2
_NAMED: Final = 0
"""Stands for the type of a field that has only a name so far."""
_MESSAGE: Final = (_NAMED, 10, 11)
"""Named, group, message."""
_ENUM: Final = 14
_SHARED: Final = {
    **dict.fromkeys((3, 4, 5, 8, 13, _ENUM), "varint"),
    **dict.fromkeys((17, 18), "zigzag"),
    **dict.fromkeys((9, 12), "bytes"),
    **dict.fromkeys((7, 15), "32 bits"),
    **dict.fromkeys((6, 16), "64 bits"),
}
"""Kinds of fields, as ``FieldDescriptorProto.Type`` numbers them, that are read alike."""


def protobuf_differences(original: Any, update: Any) -> list[str]:
    """Return why a reader with ``update`` cannot read what was written with ``original``.

    Args:
        original: A ``FileDescriptorProto``.
        update: Another one.
    """
    found = []
    if original.package != update.package:
        found.append(_told("PACKAGE_CHANGED", "#/", f"{original.package} -> {update.package}"))
    enums = {*_enums(original), *_enums(update)}
    return [*found, *_messages(original.message_type, update.message_type, "#", enums)]


def _messages(original: Any, update: Any, path: str, enums: set[str]) -> Iterator[str]:
    after = {one.name: one for one in update}
    for before in original:
        where = f"{path}/{before.name}"
        if before.name in after:
            yield from _message(before, after[before.name], where, enums)
        elif not before.options.map_entry:
            yield _told("MESSAGE_REMOVED", where, before.name)


def _message(original: Any, update: Any, path: str, enums: set[str]) -> Iterator[str]:
    before = {one.number: one for one in original.field}
    after = {one.number: one for one in update.field}
    for number, field in before.items():
        where = f"{path}/{number}"
        if number in after:
            yield from _field(field, after[number], where, enums)
        elif field.label == _REQUIRED:
            yield _told("REQUIRED_FIELD_REMOVED", where, field.name)
        elif _oneof(original, field) in _oneofs(update):
            yield _told("ONEOF_FIELD_REMOVED", where, field.name)
    for number, field in after.items():
        if number not in before and field.label == _REQUIRED:
            yield _told("REQUIRED_FIELD_ADDED", f"{path}/{number}", field.name)
    yield from _moved(original, update, path)
    yield from _messages(original.nested_type, update.nested_type, path, enums)


def _field(before: Any, after: Any, path: str, enums: set[str]) -> Iterator[str]:
    kinds = _kind(before, enums), _kind(after, enums)
    named = [_type(one) in _MESSAGE and _last(one) not in enums for one in (before, after)]
    if all(named):
        if _last(before) != _last(after):
            change = f"{before.type_name} -> {after.type_name}"
            yield _told("FIELD_NAMED_TYPE_CHANGED", path, change)
    elif any(named):
        yield _told("FIELD_KIND_CHANGED", path, before.name)
    elif kinds[0] != kinds[1]:
        yield _told("FIELD_SCALAR_KIND_CHANGED", path, before.name)
    if before.label != after.label and not any(named):
        if _REQUIRED in (before.label, after.label):
            added = after.label == _REQUIRED
            yield _told(f"REQUIRED_FIELD_{'ADDED' if added else 'REMOVED'}", path, before.name)
        elif kinds[0] != "bytes":
            yield _told("FIELD_NUMERIC_LABEL_CHANGED", path, before.name)


def _moved(original: Any, update: Any, path: str) -> Iterator[str]:
    """Tell of fields that entered a oneof."""
    before = {one.number: _oneof(original, one) for one in original.field}
    entered: dict[str, list[str]] = {}
    for field in update.field:
        target = _oneof(update, field)
        if target and field.number in before and not before[field.number]:
            entered.setdefault(target, []).append(field.name)
    for target, fields in entered.items():
        if target in _oneofs(original):
            yield _told("FIELD_MOVED_TO_EXISTING_ONEOF", f"{path}/{target}", ", ".join(fields))
        elif len(fields) > 1:
            yield _told("MULTIPLE_FIELDS_MOVED_TO_ONEOF", f"{path}/{target}", ", ".join(fields))


def _oneofs(message: Any) -> set[str]:
    return {name for field in message.field if (name := _oneof(message, field))}


def _oneof(message: Any, field: Any) -> str:
    """Return the name of a field's oneof; empty without one, or for the sake of ``optional``."""
    if not field.HasField("oneof_index") or field.proto3_optional:
        return ""
    return str(message.oneof_decl[field.oneof_index].name)


def _kind(field: Any, enums: set[str]) -> object:
    number = _type(field)
    if number == _NAMED and _last(field) in enums:
        return _SHARED[_ENUM]
    return _SHARED.get(number, number)


def _type(field: Any) -> int:
    return int(field.type) if field.HasField("type") else _NAMED


def _last(field: Any) -> str:
    return str(field.type_name).rpartition(".")[2]


def _enums(scope: Any) -> Iterator[str]:
    """Yield the simple names of all enums of a file or a message."""
    yield from (one.name for one in scope.enum_type)
    inner = scope.nested_type if hasattr(scope, "nested_type") else scope.message_type
    for message in inner:
        yield from _enums(message)


def _told(kind: str, path: str, detail: str) -> str:
    return (
        f'{{errorType:"{kind}", description:"The change at path \'{path}\' makes what was written '
        f'unreadable", additionalInfo:"{detail}"}}'
    )
