# SPDX-License-Identifier: Apache-2.0
"""JSON Schema: checked against its own schema, compared by rules of our own."""

from __future__ import annotations

import json
from typing import Any

from barnabas.errors import ConfigError
from barnabas.registry_server.formats.json_differences import json_differences
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
        if isinstance(decoded, dict) and not isinstance(decoded.get("$schema", ""), str):
            message = "$schema is no text"
            raise ValueError(message)  # noqa: TRY004 - what is wrong is the text
        _check(decoded)
        return json.dumps(decoded, separators=(",", ":"), ensure_ascii=False, sort_keys=normalize)

    def differences(self, reader: Source, writer: Source, old: str) -> list[str]:
        """Compare keyword by keyword; see :mod:`.json_differences`."""
        return json_differences(
            json.loads(writer.text), json.loads(reader.text), _named(writer), _named(reader)
        )


def _named(source: Source) -> dict[str, Any]:
    return {name: json.loads(text) for name, text in source.references}


def _check(schema: Any) -> None:
    try:
        from jsonschema import (  # type: ignore[import-untyped] # it has no types
            SchemaError,
            validators,
        )
    except ImportError as error:
        message = "JSON schemas need the package jsonschema: pip install 'barnabas[json-schema]'"
        raise ConfigError(message) from error
    checker = validators.validator_for(schema, default=validators.Draft7Validator)
    try:
        checker.check_schema(schema)
    except SchemaError as error:
        where = "/".join(map(str, error.absolute_path))
        message = f"{error.message} (at #/{where})"
        raise ValueError(message) from error
