# SPDX-License-Identifier: Apache-2.0
"""What converters share that serve headers as they serve keys and values."""

from __future__ import annotations

from typing import Any

from barnabas.api import Converter, HeaderConverter
from barnabas.data import Schema, SchemaAndValue

__all__ = ["ValueAndHeaderConverter"]


class ValueAndHeaderConverter(Converter, HeaderConverter):
    """Converts the value of a header as it does the value of a record.

    A subclass still takes its settings in both forms, `configure` and `configure_header`.
    """

    def from_connect_header(
        self, topic: str, key: str, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write the value of a header; see `from_connect_data`."""
        return self.from_connect_data(topic, None, schema, value)

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """Read the value of a header; see `to_connect_data`."""
        return self.to_connect_data(topic, None, data)
