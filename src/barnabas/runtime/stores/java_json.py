# SPDX-License-Identifier: Apache-2.0
"""JSON as Java's schemaless converter writes and reads it in the internal topics.

Compact UTF-8, members in the order given. Pure.

Source:
    Apache Kafka ``JsonConverter`` with ``schemas.enable=false``; reference page *internal topics*,
    section 1.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from barnabas.errors import DataError

__all__ = ["decode", "encode"]

_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_CONTROL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u00([01][0-9a-f])")


def encode(value: object) -> bytes:
    """Encode a value; control characters are escaped with capital digits, as Jackson does."""
    encoded = _encoder.encode(value)
    if b"\\u00" not in encoded:
        return encoded
    return _CONTROL.sub(lambda found: found[1] + b"\\u00" + found[2].upper(), encoded)


def decode(data: bytes | None) -> Any:
    """Decode a value; nothing, as in a tombstone, is None, and so are bytes without a value.

    Raises:
        DataError: The bytes are not JSON.
    """
    if data is None or not data.strip():
        return None
    try:
        return _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise DataError(message) from error
