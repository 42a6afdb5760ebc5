# SPDX-License-Identifier: Apache-2.0
"""InsertHeader: a header of fixed name and value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.data import Header, Headers, SchemaAndValue, parse_string
from barnabas.transforms.replacing import replacing

__all__ = ["InsertHeader"]


class InsertHeaderConfig(config.Config):
    """Settings of `InsertHeader`."""

    header = config.Option(
        "header",
        str,
        config.NO_DEFAULT,
        "The name of the header.",
        importance=config.Importance.HIGH,
        validator=config.non_null(),
    )
    value_literal = config.Option(
        "value.literal",
        str,
        config.NO_DEFAULT,
        "The value of the header. Its type is inferred: `5` is a number, `[1,2]` an array, `abc` a"
        " string.",
        importance=config.Importance.HIGH,
        validator=config.non_null(),
    )


class InsertHeader(Transformation):
    """Adds a header behind those that are there, also behind those of the same name.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.InsertHeader`` (KIP-769).
    """

    config_class = InsertHeaderConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        settings = InsertHeaderConfig(configs)
        parsed = parse_string(settings.value_literal) or SchemaAndValue(None, None)
        self._header = Header(settings.header, parsed.schema, parsed.value)

    def apply(self, record: Record) -> Record | None:
        """Return the record with the header; see `Transformation.apply`."""
        return record.replace(headers=self._added(record.headers))

    def apply_batch(self, records: Sequence[Record]) -> list[Record | None]:
        """Do the same to many records; see `Transformation.apply_batch`."""
        replace = replacing(records)
        return [replace(record, headers=self._added(record.headers)) for record in records]

    def _added(self, headers: Headers | None) -> Headers:
        return Headers([*(headers or ()), self._header])
