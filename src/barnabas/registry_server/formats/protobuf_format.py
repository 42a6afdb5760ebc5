# SPDX-License-Identifier: Apache-2.0
"""Protobuf."""

from __future__ import annotations

from barnabas.registry_server.formats.schema_format import Source

__all__ = ["ProtobufFormat"]


class ProtobufFormat:
    """Protobuf schemas."""

    def canonical(self, source: Source, *, normalize: bool = False) -> str:
        """Return the text as it is; see :meth:`SchemaFormat.canonical`."""
        if not source.text.strip():
            message = "the file is empty"
            raise ValueError(message)
        return source.text

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Not compared yet."""
        return []
