# SPDX-License-Identifier: Apache-2.0
"""JSON Schema."""

from __future__ import annotations

import json

from barnabas.registry_server.formats.schema_format import Source

__all__ = ["JsonFormat"]


class JsonFormat:
    """JSON schemas."""

    def canonical(self, source: Source, *, normalize: bool = False) -> str:
        """Return the schema as compact JSON; see :meth:`SchemaFormat.canonical`."""
        decoded = json.loads(source.text)
        if not isinstance(decoded, dict | bool):
            message = f"a JSON Schema is an object or a boolean, not {type(decoded).__name__}"
            raise ValueError(message)  # noqa: TRY004 - what is wrong is the text
        return json.dumps(decoded, separators=(",", ":"), ensure_ascii=False, sort_keys=normalize)

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Not compared yet."""
        return []
