# SPDX-License-Identifier: Apache-2.0
"""DropHeaders: headers taken off a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.api.transform import Record, Transformation
from barnabas.data import Headers
from barnabas.transforms import options

__all__ = ["DropHeaders"]


class DropHeadersConfig(config.Config):
    """Settings of `DropHeaders`."""

    headers = config.Option(
        "headers",
        list,
        config.NO_DEFAULT,
        "The names of the headers to drop.",
        importance=config.Importance.HIGH,
        validator=options.non_empty_list,
    )


class DropHeaders(Transformation):
    """Drops every header of the names given; others stay in order.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.DropHeaders`` (KIP-769).
    """

    config_class = DropHeadersConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Transformation.configure`."""
        self._names = frozenset(DropHeadersConfig(configs).headers)

    def apply(self, record: Record) -> Record | None:
        """Return the record without these headers; see `Transformation.apply`."""
        headers = record.headers
        if headers is None or not any(header.key in self._names for header in headers):
            return record
        kept = Headers(header for header in headers if header.key not in self._names)
        return record.replace(headers=kept)
