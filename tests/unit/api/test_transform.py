# SPDX-License-Identifier: Apache-2.0
"""What a transformation gets for implementing the single form only."""

from __future__ import annotations

import pytest

from barnabas.api import ExpandingTransformation, SinkRecord, Transformation
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


class Times(ExpandingTransformation):
    """Makes as many records as the value says; one stays alone."""

    def expand(self, record):
        return record if record.value == 1 else [record] * record.value


def test_batch_form_of_an_expansion_has_an_answer_for_each_record() -> None:
    one, two, none = records(1, 2, 0)
    assert Times().expand_batch([one, two, none]) == [one, [two, two], []]


def test_an_expansion_can_be_applied_where_it_makes_one_record_or_none() -> None:
    one, two, none = records(1, 2, 0)
    assert Times().apply_batch([one, none]) == [one, None]
    with pytest.raises(DataError, match="Times makes 2 records of one"):
        Times().apply(two)
