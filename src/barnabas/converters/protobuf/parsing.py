# SPDX-License-Identifier: Apache-2.0
"""Schemas of a registry, which are .proto files or serialised descriptors, as descriptors.

The grammar is the library ``proto-schema-parser``'s. What it leaves to do is to number oneofs, to
name the entries of maps, and to set options. Types of fields stay the names that were written: the
library ``protobuf`` resolves them when it links a file with those it imports. Services, extensions,
groups and options of others are passed over, for records have no use for them.

Source:
    Reference page *Schema Registry*, section 7; ADR 10.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from antlr4.error.ErrorListener import ErrorListener
from google.protobuf import descriptor_pb2, text_encoding, text_format
from google.protobuf.message import DecodeError
from proto_schema_parser import ast, parser

from barnabas.converters.protobuf.descriptor_classes import (
    FieldDescriptorProto,
    FileDescriptorProto,
    meta_of,
)
from barnabas.converters.protobuf.names import KEY_FIELD, VALUE_FIELD, entry_name
from barnabas.errors import DataError

__all__ = ["parse_file"]

_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+=*\s*")
_META: Final = re.compile(r"\(\.?confluent\.\w+_meta\)(?:\.(\w+))?")
_JOIN: Final = re.compile(r"""(?<!\\)["']\s*["']""")
_OPTIONAL: Final = FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED: Final = FieldDescriptorProto.LABEL_REPEATED
_LABELS: Final = {
    None: _OPTIONAL,
    ast.FieldCardinality.OPTIONAL: _OPTIONAL,
    ast.FieldCardinality.REQUIRED: FieldDescriptorProto.LABEL_REQUIRED,
    ast.FieldCardinality.REPEATED: _REPEATED,
}
_SCALARS: Final = {
    name.removeprefix("TYPE_").lower(): number
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}


def parse_file(name: str, text: str) -> Any:
    """Read a file as a registry gives it: as text or as a serialised descriptor in Base64.

    Args:
        name: What other files import it as.
        text: The schema.

    Returns:
        A ``FileDescriptorProto`` of `descriptor_classes`, its types not resolved.

    Raises:
        DataError: It is neither; says where reading the text ended.
    """
    file = _from_base64(text) if _BASE64.fullmatch(text) else None
    if file is None:
        file = _from_text(name, text)
    file.name = name
    return file


def _from_base64(text: str) -> Any:
    try:
        return FileDescriptorProto.FromString(base64.b64decode("".join(text.split())))
    except (binascii.Error, DecodeError, ValueError):
        return None


class _Refusal(ErrorListener):  # type: ignore[misc]  # the library has no types
    """Turns what the parser would print and mend into an error."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def syntaxError(  # noqa: N802 - the library's signature
        self, recognizer: Any, symbol: Any, line: int, column: int, words: str, error: Any
    ) -> None:
        shown = words if len(words) <= 100 else words[:97] + "..."
        place = f"line {line}, column {column}"
        message = f"{self._name} cannot be read as Protobuf: {place}: {shown}"
        raise DataError(message)


def _from_text(name: str, text: str) -> Any:
    refusal = _Refusal(name)

    def listen(reader: Any) -> None:
        reader.removeErrorListeners()
        reader.addErrorListener(refusal)

    try:
        parsed = parser.Parser(setup_lexer=listen, setup_parser=listen).parse(text)
        return _file(parsed)
    except RecursionError as error:
        message = f"{name} cannot be read as Protobuf: it is nested too deeply"
        raise DataError(message) from error


def _file(parsed: ast.File) -> Any:
    file = FileDescriptorProto()
    if parsed.edition is not None:
        _set_edition(file, parsed.edition)
    elif parsed.syntax is not None:
        file.syntax = parsed.syntax
    is_proto3 = parsed.syntax == "proto3"
    for element in parsed.file_elements:
        if isinstance(element, ast.Package):
            file.package = element.name
        elif isinstance(element, ast.Import):
            _import(file, element)
        elif isinstance(element, ast.Message):
            _message(file.message_type.add(), element, is_proto3=is_proto3)
        elif isinstance(element, ast.Enum):
            _enum(file.enum_type.add(), element)
        elif isinstance(element, ast.Option):
            _set_option(file.options, element)
    return file


def _set_edition(file: Any, edition: str) -> None:
    try:
        number = descriptor_pb2.Edition.Value(f"EDITION_{edition}")
    except ValueError as error:
        message = f'A Protobuf schema has the edition "{edition}", which is not known here'
        raise DataError(message) from error
    file.syntax = "editions"
    file.edition = number


def _import(file: Any, element: ast.Import) -> None:
    if element.public:
        file.public_dependency.append(len(file.dependency))
    if element.weak:
        file.weak_dependency.append(len(file.dependency))
    file.dependency.append(element.name)


def _message(message: Any, element: ast.Message, *, is_proto3: bool) -> None:
    """Fill a message. Members of oneofs come first, then the other fields, as in Java."""
    message.name = element.name
    for each in element.elements:
        if isinstance(each, ast.Message):
            _message(message.nested_type.add(), each, is_proto3=is_proto3)
        elif isinstance(each, ast.Enum):
            _enum(message.enum_type.add(), each)
        elif isinstance(each, ast.Option):
            _set_option(message.options, each)
        elif isinstance(each, ast.OneOf):
            _oneof(message, each)
    _plain_fields(message, element, is_proto3=is_proto3)


def _plain_fields(message: Any, element: ast.Message, *, is_proto3: bool) -> None:
    for each in element.elements:
        if isinstance(each, ast.MapField):
            _map(message, each)
        elif isinstance(each, ast.Field):
            field = _field(message.field.add(), each)
            if is_proto3 and each.cardinality is ast.FieldCardinality.OPTIONAL:
                field.proto3_optional = True
                field.oneof_index = len(message.oneof_decl)
                message.oneof_decl.add(name=f"_{field.name}")


def _oneof(message: Any, element: ast.OneOf) -> None:
    fields = [each for each in element.elements if isinstance(each, ast.Field)]
    if not fields:
        return
    index = len(message.oneof_decl)
    message.oneof_decl.add(name=element.name)
    for each in fields:
        _field(message.field.add(), each).oneof_index = index


def _map(message: Any, element: ast.MapField) -> None:
    entry = message.nested_type.add(name=entry_name(element.name))
    entry.options.map_entry = True
    pairs = ((KEY_FIELD, element.key_type), (VALUE_FIELD, element.value_type))
    for number, (name, kind) in enumerate(pairs, 1):
        _set_type(entry.field.add(name=name, number=number, label=_OPTIONAL), kind)
    field = message.field.add(name=element.name, number=element.number, label=_REPEATED)
    field.type_name = entry.name
    _set_field_options(field, element.options)


def _field(field: Any, element: ast.Field) -> Any:
    field.name = element.name
    field.number = element.number
    field.label = _LABELS[element.cardinality]
    _set_type(field, element.type)
    _set_field_options(field, element.options)
    return field


def _set_type(field: Any, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type_name = kind


def _set_field_options(field: Any, options: Iterable[ast.Option]) -> None:
    for option in options:
        if option.name == "default":
            field.default_value = _default(field, option.value)
        elif option.name == "json_name":
            field.json_name = _unescaped(str(option.value))
        else:
            _set_option(field.options, option)


def _default(field: Any, value: Any) -> str:
    if isinstance(value, ast.Identifier):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        joined = _JOIN.sub("", value)
        return joined if field.type == FieldDescriptorProto.TYPE_BYTES else _unescaped(joined)
    return str(value)


def _unescaped(text: str) -> str:
    return str(text_encoding.CUnescape(text).decode("utf-8", "replace"))


def _enum(enum: Any, element: ast.Enum) -> None:
    enum.name = element.name
    for each in element.elements:
        if isinstance(each, ast.EnumValue):
            value = enum.value.add(name=each.name, number=each.number)
            for option in each.options:
                _set_option(value.options, option)
        elif isinstance(each, ast.Option):
            _set_option(enum.options, each)


def _set_option(options: Any, option: ast.Option) -> None:
    """Set an option Protobuf or Confluent defines; others are passed over."""
    meta = _META.fullmatch(option.name)
    if meta is not None:
        _merge(lambda: meta_of(options), meta[1], option.value)
    elif not option.name.startswith("("):
        _merge(lambda: options, option.name, option.value)


def _merge(message: Callable[[], Any], path: str | None, value: Any) -> None:
    text = _literal(value)
    if path is None:
        text = text.removeprefix("{").removesuffix("}")
    else:
        *outer, last = path.split(".")
        text = "".join(f"{name} {{ " for name in outer) + f"{last}: {text}" + " }" * len(outer)
    try:
        text_format.Merge(text, message())
    except text_format.ParseError:
        return  # an option of another version of Protobuf


def _literal(value: Any) -> str:
    """Write the value of an option in Protobuf's text format."""
    if isinstance(value, ast.MessageLiteral):
        fields = [each for each in value.elements if isinstance(each, ast.MessageLiteralField)]
        return "{" + " ".join(f"{each.name}: {_literal(each.value)}" for each in fields) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(each) for each in value) + "]"
    if isinstance(value, ast.Identifier):
        return value.name
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
