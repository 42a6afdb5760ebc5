# SPDX-License-Identifier: Apache-2.0
"""Messages that describe .proto files, with Confluent's options among those they understand.

``google.protobuf.descriptor_pb2`` has these messages too, but there an option of others is known
only once its file is added to the pool all libraries of a process share, where a second one of the
same name is refused. So they live in a pool of their own here.

Source:
    Apache-2.0 part of the Schema Registry: ``confluent/meta.proto``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

__all__ = [
    "META_FILE",
    "DescriptorProto",
    "EnumDescriptorProto",
    "FieldDescriptorProto",
    "FileDescriptorProto",
    "field_parameters",
    "meta_file",
    "meta_of",
    "set_field_parameters",
]

META_FILE: Final = "confluent/meta.proto"
_META_NUMBER: Final = 1088
_EXTENDED: Final = {
    "file_meta": "FileOptions",
    "message_meta": "MessageOptions",
    "field_meta": "FieldOptions",
    "enum_meta": "EnumOptions",
    "enum_value_meta": "EnumValueOptions",
}
_STRING: Final = descriptor_pb2.FieldDescriptorProto.TYPE_STRING
_OPTIONAL: Final = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
_REPEATED: Final = descriptor_pb2.FieldDescriptorProto.LABEL_REPEATED


def meta_file() -> Any:
    """Make Confluent's file of options, as a ``FileDescriptorProto`` of the library's pool."""
    file = descriptor_pb2.FileDescriptorProto(name=META_FILE, package="confluent", syntax="proto3")
    file.dependency.append("google/protobuf/descriptor.proto")
    file.options.java_package = "io.confluent.protobuf"
    file.options.java_outer_classname = "MetaProto"
    meta = file.message_type.add(name="Meta")
    meta.field.add(name="doc", number=1, type=_STRING, label=_OPTIONAL)
    meta.field.add(name="params", number=2, type_name="ParamsEntry", label=_REPEATED)
    meta.field.add(name="tags", number=3, type=_STRING, label=_REPEATED)
    meta.field.add(name="rules", number=4, type_name="Rule", label=_REPEATED)
    entry = meta.nested_type.add(name="ParamsEntry")
    entry.options.map_entry = True
    for number, name in enumerate(("key", "value"), 1):
        entry.field.add(name=name, number=number, type=_STRING, label=_OPTIONAL)
    rule = file.message_type.add(name="Rule")
    for number, name in enumerate(("name", "doc", "expr", "sql"), 1):
        rule.field.add(name=name, number=number, type=_STRING, label=_OPTIONAL)
    for name, extended in _EXTENDED.items():
        extendee = f".google.protobuf.{extended}"
        extension = file.extension.add(name=name, number=_META_NUMBER, extendee=extendee)
        extension.type_name = ".confluent.Meta"
        extension.label = _OPTIONAL
    return file


_POOL: Final[Any] = descriptor_pool.DescriptorPool()
_POOL.AddSerializedFile(descriptor_pb2.DESCRIPTOR.serialized_pb)
_POOL.AddSerializedFile(meta_file().SerializeToString())


def _message(name: str) -> Any:
    descriptor = _POOL.FindMessageTypeByName(f"google.protobuf.{name}")
    return message_factory.GetMessageClass(descriptor)


FileDescriptorProto: Final = _message("FileDescriptorProto")
DescriptorProto: Final = _message("DescriptorProto")
EnumDescriptorProto: Final = _message("EnumDescriptorProto")
FieldDescriptorProto: Final = _message("FieldDescriptorProto")
_FieldOptions: Final = _message("FieldOptions")
_METAS: Final = {
    f"google.protobuf.{extended}": _POOL.FindExtensionByName(f"confluent.{name}")
    for name, extended in _EXTENDED.items()
}


def meta_of(options: Any) -> Any:
    """Return the ``confluent.Meta`` of the options of a file, message, field or enum.

    Args:
        options: Options made by the classes of this module. They may be changed through the
            answer.
    """
    return options.Extensions[_METAS[options.DESCRIPTOR.full_name]]


def set_field_parameters(field: Any, parameters: Mapping[str, str]) -> None:
    """Give a field (``FieldDescriptorProto``) parameters in its ``confluent.field_meta``."""
    if parameters:
        meta_of(field.options).params.update(parameters)


def field_parameters(field: Any) -> Mapping[str, str]:
    """Read the parameters of a field descriptor, of whatever pool."""
    options = field.GetOptions()
    if not options.ByteSize():
        return {}
    return dict(meta_of(_FieldOptions.FromString(options.SerializeToString())).params)
