# SPDX-License-Identifier: Apache-2.0
"""Protobuf: read by the parser of the Protobuf converter, compared by rules of our own.

A schema comes as the text of a ``.proto`` file or, from clients in Python and Go, as a serialised
``FileDescriptorProto`` in Base64, which is kept as the text it stands for. Text is kept as it was
sent, unless it is to be normalised.

Differs:
    The original spells all text anew, so that files which differ in blanks and comments only are
    one schema; here they are so with ``normalize=true``.
"""

from __future__ import annotations

import base64
import re
from typing import Any, Final

from barnabas.errors import ConfigError, DataError
from barnabas.registry_server.formats.protobuf_differences import protobuf_differences
from barnabas.registry_server.formats.schema_format import Source

__all__ = ["ProtobufFormat", "serialized"]

_NAME: Final = "default"
_BASE64: Final = re.compile(r"[A-Za-z0-9+/\s]+=*\s*")


class ProtobufFormat:
    """Protobuf schemas."""

    def canonical(self, source: Source, *, normalize: bool = False) -> str:
        """Return the text of a file; see :meth:`SchemaFormat.canonical`."""
        file = _parse(source.text)
        if not (file.message_type or file.enum_type or file.dependency):
            message = "the file has neither a message nor an enum"
            raise ValueError(message)
        missing = _missing(file, source)
        if missing:
            message = f"no reference is given for the import of {', '.join(missing)}"
            raise ValueError(message)
        if not normalize and not _BASE64.fullmatch(source.text):
            return source.text
        from barnabas.converters.protobuf.file_text import file_text

        return file_text(file)

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Compare field by field; see :mod:`.protobuf_differences`."""
        return protobuf_differences(_parse(writer.text), _parse(reader.text))


def serialized(text: str) -> str:
    """Write a schema as a serialised descriptor in Base64, for ``format=serialized``.

    Raises:
        ValueError: The text cannot be read.
    """
    return base64.b64encode(_parse(text).SerializeToString()).decode()


def _missing(file: Any, source: Source) -> list[str]:
    """Return imports that neither a reference nor everybody has."""
    given = {name for name, _ in source.references}
    known = ("google/", "confluent/")
    return [one for one in file.dependency if one not in given and not one.startswith(known)]


def _parse(text: str) -> Any:
    try:
        from barnabas.converters.protobuf.parsing import parse_file
    except ImportError as error:
        message = "Protobuf schemas need more libraries: pip install 'barnabas[protobuf]'"
        raise ConfigError(message) from error
    try:
        return parse_file(_NAME, text)
    except DataError as error:
        raise ValueError(error.message) from error
