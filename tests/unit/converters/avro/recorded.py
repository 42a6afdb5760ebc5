# SPDX-License-Identifier: Apache-2.0
"""What Confluent's AvroData answered, recorded with Avro 1.12.0: one case a line.

``F name => text`` is a Connect schema written, ``T name => schema`` an Avro schema read, ``!!``
and ``V`` an error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from barnabas.data import Schema

_LINES = Path(__file__).with_name("recorded_schemas.txt").read_text(encoding="utf-8").splitlines()
WRITTEN = dict(line[2:].split(" => ", 1) for line in _LINES if line.startswith("F "))
READ = dict(line[2:].split(" => ", 1) for line in _LINES if line.startswith("T ") and "=>" in line)


def spelt(schema: Schema) -> str:
    """Spell a schema as the recording does."""
    text = schema.type.name + ("?" if schema.optional else "")
    if schema.name is not None:
        text += f" name={schema.name}"
    if schema.version is not None:
        text += f" v{schema.version}"
    if schema.default is not None:
        text += f" def={schema.default}"
    if schema.doc is not None:
        text += f" doc={schema.doc}"
    if schema.parameters:
        pairs = ", ".join(f"{key}={value}" for key, value in schema.parameters.items())
        text += f" params={{{pairs}}}"
    if schema.fields or schema.type.name == "STRUCT":
        fields = "".join(f"{field.name}: {spelt(field.schema)}; " for field in schema.fields)
        text += f" {{{fields}}}"
    return text


def values() -> list[dict[str, Any]]:
    """What AvroData (Confluent 8.5, Avro 1.12.0) made of random values of random schemas.

    ``written`` is the value with its schema as JsonConverter writes it, ``rules`` are the settings
    that are not the default, ``text`` and ``bytes`` are what became of it, and ``read`` is what
    Java read of them. Schemas of which Java loses a default are left out.
    """
    path = Path(__file__).with_name("recorded_values.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
