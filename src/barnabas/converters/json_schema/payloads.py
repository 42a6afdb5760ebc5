# SPDX-License-Identifier: Apache-2.0
"""Payloads of one schema, read one by one or many at once.

msgspec reads and checks what has the regular shape; the rest is read again the slow way, for the
values a schema allows in more than one shape and for the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from barnabas.converters.json import text
from barnabas.converters.json_schema.reading import reader_for
from barnabas.converters.json_schema.settings import Rules
from barnabas.data import Schema
from barnabas.errors import DataError

__all__ = ["Payloads", "parse_payload"]

_NODES: Final = msgspec.json.Decoder(float_hook=Decimal)


def parse_payload(payload: bytes) -> Any:
    """Read JSON, numbers with a point as Decimal.

    Raises:
        DataError: It is no JSON; says where.
    """
    try:
        return _NODES.decode(payload)
    except text.READ_ERRORS:
        pass
    try:
        node = text.read_leniently(payload)
    except (ValueError, RecursionError) as error:
        message = f"The payload is no JSON: {error}"
        raise DataError(message) from error
    if node is text.MISSING:
        message = "The payload is no JSON: it is empty"
        raise DataError(message)
    return node


class Payloads:
    """Reads payloads of one schema; belongs to one thread."""

    def __init__(self, schema: Schema, rules: Rules) -> None:
        self.schema = schema
        reader = reader_for(schema, rules, is_root=True)
        self._one = reader.one
        self._finish = reader.finish
        self._decoder = msgspec.json.Decoder(reader.hint, float_hook=Decimal)

    def read(self, payload: bytes) -> Any:
        """Read one payload.

        Raises:
            DataError: It is no JSON or does not fit the schema.
        """
        try:
            decoded = [self._decoder.decode(payload)]
            return (decoded if self._finish is None else self._finish(decoded))[0]
        except text.READ_ERRORS:
            return self._one(parse_payload(payload))

    def read_all(self, payloads: Sequence[bytes]) -> list[Any]:
        """Read many payloads.

        Raises:
            DataError: One is no JSON or does not fit the schema.
        """
        # Without a line feed inside, each line is one payload: broken ones cannot merge.
        joined = b"\n".join(payloads)
        if joined.count(b"\n") == len(payloads) - 1:
            try:
                decoded = self._decoder.decode_lines(joined)
            except text.READ_ERRORS:
                decoded = []
            if len(decoded) == len(payloads):
                return decoded if self._finish is None else self._finish(decoded)
        return list(map(self.read, payloads))
