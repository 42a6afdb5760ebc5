# SPDX-License-Identifier: Apache-2.0
"""What a transformation gets for implementing the single form only."""

from __future__ import annotations

import pytest

from barnabas.api import SinkRecord, Transformation
from barnabas.errors import DataError


class Even(Transformation):
    """Drops odd values, fails on text, marks the rest."""

    def apply(self, record):
        if isinstance(record.value, str):
            raise DataError(record.value)
        return record.replace(topic="even") if record.value % 2 == 0 else None


def records(*values: object) -> list[SinkRecord]:
    return [
        SinkRecord(topic="t", kafka_partition=0, kafka_offset=offset, value=value)
        for offset, value in enumerate(values)
    ]


def test_batch_form_keeps_the_places_of_dropped_records() -> None:
    changed = Even().apply_batch(records(2, 3, 4))

    assert [record and (record.topic, record.value) for record in changed] == [
        ("even", 2),
        None,
        ("even", 4),
    ]


def test_batch_form_fails_when_one_record_cannot_be_changed() -> None:
    with pytest.raises(DataError, match="text"):
        Even().apply_batch(records(2, "text"))
