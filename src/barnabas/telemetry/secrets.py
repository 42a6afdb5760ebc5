# SPDX-License-Identifier: Apache-2.0
"""In which spellings a secret turns up in texts. Pure."""

from __future__ import annotations

import json
import urllib.parse
from typing import Final

__all__ = ["spellings"]

_HARMLESS: Final = frozenset({"true", "false", "null", "none", "undefined"})
_LONG_LINE: Final = 8
"""Characters from which a line of a longer text, such as a key, is a secret of its own."""


def spellings(value: str) -> frozenset[str]:
    """List how a secret may be written: trimmed, quoted, as JSON, in an address, line by line.

    Words that stand in every other log line (``true``, ``none``) are no secrets.
    """
    core = value.strip()
    if not core or core.lower() in _HARMLESS:
        return frozenset()
    found = {
        core,
        repr(core)[1:-1],
        json.dumps(core)[1:-1],
        json.dumps(core, ensure_ascii=False)[1:-1],
        urllib.parse.quote(core, safe=""),
        urllib.parse.quote_plus(core),
    }
    lines = [line.strip() for line in core.splitlines()]
    if len(lines) > 1:
        found |= {line for line in lines if len(line) >= _LONG_LINE and not line.startswith("--")}
    return frozenset(found)
