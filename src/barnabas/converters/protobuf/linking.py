# SPDX-License-Identifier: Apache-2.0
"""From the description of a file to classes of its messages.

Each file is linked, with what it imports, in a pool of its own: versions of a schema have the same
names. The entries of maps are ordinary messages there, which is what they are in the bytes, because
Connect's maps have keys and values that Protobuf's own maps may not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf import descriptor_pool, message_factory

from barnabas.converters.protobuf.known_files import KNOWN_FILES, known_file
from barnabas.errors import DataError

__all__ = ["LinkedFile", "message_name", "message_path"]


class LinkedFile:
    """A file with all its messages ready for use.

    Args:
        file: A ``FileDescriptorProto``; stays as it is.
        imports: The files it imports, directly or not, by name; known files need not be there.

    Raises:
        DataError: The file contradicts itself or uses what is not there.
    """

    def __init__(self, file: Any, imports: Mapping[str, Any] | None = None) -> None:
        self.file = file
        self._imports = imports or {}
        self._pool: Any = descriptor_pool.DescriptorPool()
        self._added: set[str] = set()
        self._missing: list[str] = []
        self._add(file)

    def descriptor(self, name: str) -> Any:
        """Find the descriptor of a message.

        Raises:
            DataError: There is no message with this full name.
        """
        try:
            return self._pool.FindMessageTypeByName(name)
        except KeyError:
            message = f"The Protobuf schema has no message {name}"
            raise DataError(message) from None

    def message(self, name: str) -> Any:
        """Make the class of a message.

        Raises:
            DataError: There is no message with this full name.
        """
        return message_factory.GetMessageClass(self.descriptor(name))

    def _add(self, file: Any) -> None:
        self._added.add(file.name)
        bare = _bare(file)
        for name in file.dependency:
            imported = self._imports.get(name)
            if imported is None and name in KNOWN_FILES:
                imported = known_file(name)
            if imported is None:
                self._missing.append(name)
                continue
            if name not in self._added:
                self._add(imported)
            bare.dependency.append(name)
        try:
            self._pool.AddSerializedFile(bare.SerializeToString())
        except TypeError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: TypeError) -> DataError:
        reason = str(error).removeprefix("Couldn't build proto file into descriptor pool: ")
        message = f"The Protobuf schema cannot be used: {reason}"
        if self._missing:
            message += (
                f"; it imports {', '.join(self._missing)}, which are not among its references:"
                " register them and name them there"
            )
        elif "name" in reason or "identifier" in reason:
            message += (
                "; Protobuf's names begin with a letter and hold letters, digits and underscores:"
                " set scrub.invalid.names=true, or rename fields, for instance with ReplaceField"
            )
        return DataError(message)


def _bare(file: Any) -> Any:
    """Copy what bytes of messages depend on."""
    bare = type(file)()
    bare.CopyFrom(file)
    for part in ("service", "extension", "options", "dependency", "source_code_info"):
        bare.ClearField(part)
    for part in ("public_dependency", "weak_dependency"):
        bare.ClearField(part)
    if file.options.HasField("features"):
        bare.options.features.CopyFrom(file.options.features)
    for message in bare.message_type:
        _strip(message)
    return bare


def _strip(message: Any) -> None:
    message.options.ClearField("map_entry")
    for part in ("extension", "extension_range", "reserved_range", "reserved_name"):
        message.ClearField(part)
    for field in message.field:
        field.json_name = field.name  # two names may be one in JSON, which nobody writes here
    _put_synthetic_oneofs_last(message)
    for nested in message.nested_type:
        _strip(nested)


def _put_synthetic_oneofs_last(message: Any) -> None:
    synthetic = {each.oneof_index for each in message.field if each.proto3_optional}
    indexes = range(len(message.oneof_decl))
    order = [at for at in indexes if at not in synthetic] + sorted(synthetic)
    place = {old: new for new, old in enumerate(order)}
    names = [message.oneof_decl[old].name for old in order]
    for oneof, name in zip(message.oneof_decl, names, strict=True):
        oneof.name = name
        oneof.ClearField("options")
    for field in message.field:
        if field.HasField("oneof_index"):
            field.oneof_index = place[field.oneof_index]


def message_path(file: Any, name: str) -> tuple[int, ...]:
    """Find the path to a message of a file, for the record's prefix.

    Args:
        file: A ``FileDescriptorProto``.
        name: Full name of the message.

    Returns:
        The index of the outermost message, of the one in it, and so on; ``(0,)`` when the file has
        no such message, as Java writes then.
    """
    inside = name.removeprefix(f"{file.package}.") if file.package else name
    path = []
    messages: Sequence[Any] = file.message_type
    for part in inside.split("."):
        places = [at for at, message in enumerate(messages) if message.name == part]
        if not places:
            return (0,)
        path.append(places[0])
        messages = messages[places[0]].nested_type
    return tuple(path)


def message_name(file: Any, path: Sequence[int]) -> str:
    """Return the full name of the message at a path.

    Raises:
        DataError: The file has no message there.
    """
    parts = [file.package] if file.package else []
    messages: Sequence[Any] = file.message_type
    for index in path:
        if not 0 <= index < len(messages):
            message = (
                f"A record says that its message is at {list(path)} in its Protobuf schema, where"
                " there is none: it was written with another schema or is damaged"
            )
            raise DataError(message)
        parts.append(messages[index].name)
        messages = messages[index].nested_type
    return ".".join(parts)
