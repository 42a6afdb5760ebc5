# SPDX-License-Identifier: Apache-2.0
"""HasHeaderKey: whether a record has a header of a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from barnabas import config
from barnabas.api.records import SinkRecord, SourceRecord
from barnabas.api.transform import Predicate

__all__ = ["HasHeaderKey"]


class HasHeaderKeyConfig(config.Config):
    """Settings of `HasHeaderKey`."""

    key = config.Option(
        "name",
        str,
        config.NO_DEFAULT,
        "The name of the header.",
        validator=config.non_empty(),
    )


class HasHeaderKey(Predicate):
    """True for records with at least one header of the name; case counts.

    Source:
        Apache Kafka ``org.apache.kafka.connect.transforms.predicates.HasHeaderKey`` (KIP-585).
    """

    config_class = HasHeaderKeyConfig

    def configure(self, configs: Mapping[str, Any]) -> None:
        """Take the settings; see `Predicate.configure`."""
        self._key = HasHeaderKeyConfig(configs).key

    def test(self, record: SourceRecord | SinkRecord) -> bool:
        """Say whether the record has the header."""
        return record.headers is not None and self._key in record.headers
