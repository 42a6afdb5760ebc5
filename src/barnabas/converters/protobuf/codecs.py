# SPDX-License-Identifier: Apache-2.0
"""What is put together once for a schema: how its values are written, how its bytes are read."""

from __future__ import annotations

import base64
from typing import Any, Final

from google.protobuf.message import DecodeError

from barnabas.converters.protobuf import linking, references
from barnabas.converters.protobuf.file_text import file_text
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.converters.protobuf.schema_reading import schema_of
from barnabas.converters.protobuf.schema_writing import describe
from barnabas.converters.protobuf.settings import ProtobufConverterConfig
from barnabas.converters.protobuf.value_reading import root_reader
from barnabas.converters.protobuf.value_writing import root_writer
from barnabas.data import Schema
from barnabas.errors import DataError
from barnabas.registry import (
    Framed,
    RegisteredSchema,
    Registry,
    SchemaDefinition,
    SchemaWriter,
)
from barnabas.registry.model import PROTOBUF

__all__ = ["Decoder", "Encoder"]

_FILE_NAME: Final = "schema.proto"
_SERIALIZED: Final = "serialized"


class Encoder:
    """Writes values of one Connect schema.

    Args:
        schema: The schema.
        settings: The converter's settings.
        registry: Where imported files are registered, if they are.

    Raises:
        DataError: Protobuf cannot express the schema.
        RegistryError: An imported file cannot be registered or found.
    """

    def __init__(
        self, schema: Schema, settings: ProtobufConverterConfig, registry: Registry
    ) -> None:
        try:
            described = describe(schema, settings.rules)
            self._write = root_writer(schema, settings.rules)
            self._class = linking.LinkedFile(described.file).message(described.message)
            self._serialize = self._class.SerializeToString  # a field may have this name, too
        except RecursionError as error:
            message = "The schema is nested too deeply for Protobuf"
            raise DataError(message) from error
        self.name = described.message
        """Full name of the message."""
        self._path = linking.message_path(described.file, described.message)
        self._paths: dict[SchemaDefinition, tuple[int, ...]] = {}
        imported = references.references_of(described.file, registry, settings)
        if (settings.schema_format or "").lower() == _SERIALIZED:
            text = base64.b64encode(described.file.SerializeToString()).decode()
        else:
            text = file_text(described.file)
        self._definition = SchemaDefinition(text, PROTOBUF, imported)

    def encode(self, value: Any) -> bytes:
        """Write a value that is not null.

        Raises:
            DataError: The value does not fit the schema.
        """
        try:
            return bytes(self._serialize(self._class(**self._write(value))))
        except (UnicodeError, RecursionError, TypeError, ValueError) as error:
            reason = (
                "a text in it holds half of a surrogate pair, which is no character"
                if isinstance(error, UnicodeError)
                else "it is nested too deeply"
                if isinstance(error, RecursionError)
                else str(error)
            )
            message = f"The value cannot be written as message {self.name}: {reason}"
            raise DataError(message) from error

    def frame(self, topic: str, writer: SchemaWriter) -> Framed:
        """Find what comes before the values. Cheap when it was called before.

        The bytes are those of the record's own schema, whichever schema the settings say to name.

        Raises:
            DataError: The registry does not know or take the schema.
            ConfigError: It wants other credentials.
            RetriableError: It cannot be asked at the moment.
        """
        definition = self._definition
        framed = writer.for_schema(topic, self.name, definition, message_indexes=self._path)
        if framed.definition == definition:
            return framed
        path = self._path_in(framed.definition)
        if path == self._path:
            return framed
        return writer.for_schema(topic, self.name, definition, message_indexes=path)

    def _path_in(self, definition: SchemaDefinition) -> tuple[int, ...]:
        path = self._paths.get(definition)
        if path is None:
            file = parse_file(_FILE_NAME, definition.text)
            path = self._paths[definition] = linking.message_path(file, self.name)
        return path


class Decoder:
    """Reads the messages of one registered schema that are at one path in it.

    Args:
        linked: The schema.
        name: Full name of the message.
        registered: What the registry says about the schema: its version, its subject.
        settings: The converter's settings.

    Raises:
        DataError: Connect cannot express the message.
    """

    def __init__(
        self,
        linked: linking.LinkedFile,
        name: str,
        registered: RegisteredSchema,
        settings: ProtobufConverterConfig,
    ) -> None:
        self._where = f"message {name} of schema {registered.id}, subject {registered.subject}"
        descriptor = linked.descriptor(name)
        self._parse = linked.message(name).FromString
        self.schema = schema_of(descriptor, settings.rules, registered.version)
        """The Connect schema of the messages."""
        self._read = root_reader(descriptor, self.schema, settings.rules)

    def decode(self, payload: bytes) -> Any:
        """Read the bytes of a message.

        Raises:
            DataError: They are none, or Connect cannot express their meaning.
        """
        try:
            return self._read(self._parse(payload))
        except DecodeError as error:
            message = (
                f"The bytes are no {self._where}: {error}; they are damaged or were written with"
                " another schema"
            )
            raise DataError(message) from error
        except RecursionError as error:
            message = f"The record is nested too deeply; it is a {self._where}"
            raise DataError(message) from error
        except DataError as error:
            message = f"{error.message} ({self._where})"
            raise DataError(message) from error
