# SPDX-License-Identifier: Apache-2.0
"""Indented JSON as Jackson writes it, for ``json.indent.output=true``.

Members of objects are on lines of their own, indented by two spaces, with spaces around the colon;
elements of arrays stay on one line.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from barnabas.converters.json import text

__all__ = ["indented"]


def indented(compact: bytes) -> bytes:
    """Lay out a JSON text; numbers and texts keep their spelling."""
    return _laid_out(json.loads(compact, parse_float=_raw, parse_int=_raw), 0)


def _raw(written: str) -> msgspec.Raw:
    return msgspec.Raw(written.encode())


def _laid_out(value: Any, depth: int) -> bytes:
    if isinstance(value, dict):
        if not value:
            return b"{ }"
        margin = b"\n" + b"  " * (depth + 1)
        members = [
            text.encode(name) + b" : " + _laid_out(member, depth + 1)
            for name, member in value.items()
        ]
        return b"{" + margin + (b"," + margin).join(members) + b"\n" + b"  " * depth + b"}"
    if isinstance(value, list):
        if not value:
            return b"[ ]"
        return b"[ " + b", ".join(_laid_out(element, depth) for element in value) + b" ]"
    return text.encode(value)
