# SPDX-License-Identifier: Apache-2.0
"""Files as text, spelt as Confluent's serialiser spells them.

A registry compares schemas by their text, so text of ours must be, to the byte, what the Java
converter registers for the same Connect schema: two blanks of indentation (also on empty lines
inside a message), sections in a fixed order with an empty line between them, messages before enums,
and types of fields written as they were given.

Source:
    Behaviour of Confluent's ``ProtobufSchema.canonicalString`` for schemas built from descriptors.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from barnabas.converters.protobuf.descriptor_classes import FieldDescriptorProto, meta_of

__all__ = ["file_text"]

_FILE_OPTIONS: Final = (
    "java_package",
    "java_outer_classname",
    "java_multiple_files",
    "java_generate_equals_and_hash",
    "java_string_check_utf8",
    "optimize_for",
    "go_package",
    "cc_generic_services",
    "java_generic_services",
    "py_generic_services",
    "deprecated",
    "cc_enable_arenas",
    "objc_class_prefix",
    "csharp_namespace",
    "swift_prefix",
    "php_class_prefix",
    "php_namespace",
    "php_metadata_namespace",
    "ruby_package",
)
_MESSAGE_OPTIONS: Final = ("no_standard_descriptor_accessor", "deprecated", "map_entry")
_FIELD_OPTIONS: Final = ("ctype", "packed", "jstype", "deprecated", "debug_redact", "retention")
_ENUM_OPTIONS: Final = ("allow_alias", "deprecated")
_VALUE_OPTIONS: Final = ("deprecated", "debug_redact")
_ESCAPES: Final = str.maketrans(
    {
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
        "\\": "\\\\",
        "'": "\\'",
        '"': '\\"',
    }
)
_VALUE_FIRST: Final = frozenset({"precision", "scale"})

_Meta: TypeAlias = str | list["_Meta"] | dict[str, "_Meta"]


def file_text(file: Any) -> str:
    """Write a file as text.

    Services, extensions and options of others are left out: schemas of Connect have none.

    Args:
        file: A ``FileDescriptorProto`` of `descriptor_classes`.
    """
    lines = []
    if file.syntax:
        lines.append(f'syntax = "{file.syntax}";')
    if file.package:
        lines.append(f"package {file.package};")
    for section in (_imports(file), _statements(_file_options(file))):
        if section:
            lines += ["", *section]
    is_proto3 = file.syntax == "proto3"
    types = [line for each in file.message_type for line in _message(each, is_proto3=is_proto3)]
    types += [line for each in file.enum_type for line in _enum(each)]
    if types:
        lines += ["", *types]
    return "".join(f"{line}\n" for line in lines)


def _imports(file: Any) -> list[str]:
    public = set(file.public_dependency)
    weak = set(file.weak_dependency)
    names = list(enumerate(file.dependency))
    return [
        *(f'import "{name}";' for at, name in names if at not in public and at not in weak),
        *(f'import public "{name}";' for at, name in names if at in public),
    ]


def _file_options(file: Any) -> list[str]:
    return _options(file.options, _FILE_OPTIONS, "confluent.file_meta")


def _statements(options: Iterable[str]) -> list[str]:
    return [line for option in options for line in f"option {option};".split("\n")]


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _block(head: str, sections: Iterable[Sequence[str]]) -> list[str]:
    filled = [section for section in sections if section]
    if not filled:
        return [f"{head} {{}}"]
    lines = [f"{head} {{"]
    for number, section in enumerate(filled):
        if number:
            lines.append("")
        lines += _indented(section)
    return [*lines, "}"]


def _message(message: Any, *, is_proto3: bool) -> list[str]:
    plain, oneofs = [], [_block_of_oneof(oneof) for oneof in message.oneof_decl]
    for field in message.field:
        lines = _field(field, is_proto3=is_proto3)
        if field.HasField("oneof_index") and not field.proto3_optional:
            oneofs[field.oneof_index][1].extend(lines)
        else:
            plain += lines
    nested = [line for each in message.nested_type for line in _message(each, is_proto3=is_proto3)]
    nested += [line for each in message.enum_type for line in _enum(each)]
    options = _options(message.options, _MESSAGE_OPTIONS, "confluent.message_meta")
    return _block(
        f"message {message.name}",
        [
            _reserved(message),
            _statements(options),
            plain,
            [line for head, lines in oneofs if lines for line in _block(head, [lines])],
            nested,
        ],
    )


def _block_of_oneof(oneof: Any) -> tuple[str, list[str]]:
    return f"oneof {oneof.name}", []


def _reserved(message: Any) -> list[str]:
    ranges = [(each.start, each.end - 1) for each in message.reserved_range]
    return [
        *(
            f"reserved {first};" if first == last else f"reserved {first} to {_last(last)};"
            for first, last in ranges
        ),
        *(f'reserved "{name}";' for name in message.reserved_name),
    ]


def _last(number: int) -> str:
    return "max" if number >= 536_870_911 else str(number)


def _field(field: Any, *, is_proto3: bool) -> list[str]:
    options = _options(field.options, _FIELD_OPTIONS, "confluent.field_meta")
    if field.HasField("json_name"):
        options.append(f'json_name = "{field.json_name.translate(_ESCAPES)}"')
    label = _label(field, is_proto3=is_proto3)
    statement = f"{label}{_type(field)} {field.name} = {field.number}{_bracketed(options)};"
    return statement.split("\n")


def _label(field: Any, *, is_proto3: bool) -> str:
    if field.proto3_optional:
        return "optional "
    if field.HasField("oneof_index"):
        return ""
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "repeated "
    if is_proto3:
        return ""
    return "required " if field.label == FieldDescriptorProto.LABEL_REQUIRED else "optional "


def _type(field: Any) -> str:
    if field.HasField("type_name"):
        return str(field.type_name)
    name: str = FieldDescriptorProto.Type.Name(field.type)
    return name.removeprefix("TYPE_").lower()


def _enum(enum: Any) -> list[str]:
    options = _statements(_options(enum.options, _ENUM_OPTIONS, "confluent.enum_meta"))
    values = []
    for value in enum.value:
        brackets = _bracketed(_options(value.options, _VALUE_OPTIONS, "confluent.enum_value_meta"))
        values += f"{value.name} = {value.number}{brackets};".split("\n")
    return _block(f"enum {enum.name}", [[*options, *values]])


def _options(options: Any, known: Iterable[str], meta_name: str) -> list[str]:
    written = [f"{name} = {_scalar(options, name)}" for name in known if options.HasField(name)]
    meta = _meta(meta_of(options))
    if meta:
        written.append(f"({meta_name}) = " + "\n".join(_meta_lines(meta)))
    return written


def _scalar(options: Any, name: str) -> str:
    field = options.DESCRIPTOR.fields_by_name[name]
    value = getattr(options, name)
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    if field.enum_type is not None:
        return str(field.enum_type.values_by_number[value].name)
    return str(value).lower()


def _bracketed(options: Sequence[str]) -> str:
    if not options:
        return ""
    if len(options) == 1:
        return f" [{options[0]}]"
    lines = ",\n".join(options).split("\n")
    return " [\n" + "".join(f"{line}\n" for line in _indented(lines)) + "]"


def _meta(meta: Any) -> dict[str, _Meta]:
    parts: dict[str, _Meta] = {
        "doc": meta.doc,
        "params": [_pair(name, value) for name, value in _in_order(meta.params)],
        "tags": list(meta.tags),
        "rules": [
            {name: text for name in ("name", "doc", "expr", "sql") if (text := getattr(rule, name))}
            for rule in meta.rules
        ],
    }
    return {name: value for name, value in parts.items() if value}


def _in_order(parameters: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(parameters.items())


def _pair(name: str, value: str) -> dict[str, _Meta]:
    if name in _VALUE_FIRST:  # as the first versions wrote all of them
        return {"value": value, "key": name}
    return {"key": name, "value": value}


def _meta_lines(value: _Meta) -> list[str]:
    if isinstance(value, str):
        return [f'"{value.translate(_ESCAPES)}"']
    if isinstance(value, list):
        opened, closed, items = "[", "]", [_meta_lines(item) for item in value]
    else:
        opened, closed = "{", "}"
        items = []
        for name, item in value.items():
            first, *others = _meta_lines(item)
            items.append([f"{name}: {first}", *others])
    for lines in items[:-1]:
        lines[-1] += ","
    return [opened, *_indented(line for lines in items for line in lines), closed]
