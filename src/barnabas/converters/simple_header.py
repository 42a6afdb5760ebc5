# SPDX-License-Identifier: Apache-2.0
"""SimpleHeaderConverter: values of headers as text that tells its own type."""

from __future__ import annotations

import logging
from typing import Any, Final

from barnabas import config
from barnabas.api.converter import HeaderConverter
from barnabas.data import BYTES, Schema, SchemaAndValue, convert_to_string, parse_string
from barnabas.errors import DataError

__all__ = ["SimpleHeaderConverter"]

_LOG: Final = logging.getLogger(__name__)


class SimpleHeaderConverter(HeaderConverter):
    """Writes a value as text and infers its type again from the text; the default for headers.

    See `barnabas.data.parse_string` for what text means which type. The text ``null`` is a header
    with neither schema nor value.

    Source:
        Apache Kafka ``org.apache.kafka.connect.storage.SimpleHeaderConverter`` (KIP-145).
    """

    config_class = config.Config

    def from_connect_header(
        self, topic: str, key: str, schema: Schema | None, value: Any
    ) -> bytes | None:
        """Write the value of a header as UTF-8 text."""
        if value is None:
            return None
        text = convert_to_string(schema, value)
        return None if text is None else text.encode("utf-8", "replace")

    def to_connect_header(self, topic: str, key: str, data: bytes | None) -> SchemaAndValue:
        """Read the value of a header; what cannot be understood is given as BYTES."""
        if data is None:
            return SchemaAndValue(None, None)
        try:
            parsed = parse_string(data.decode("utf-8", "replace"))
        except (DataError, ValueError, RecursionError) as error:
            _LOG.warning(
                "Header %r on topic %s is no value Connect can read, given as bytes instead: %s",
                key,
                topic,
                error,
            )
            return SchemaAndValue(BYTES, data)
        return SchemaAndValue(None, None) if parsed is None else parsed
