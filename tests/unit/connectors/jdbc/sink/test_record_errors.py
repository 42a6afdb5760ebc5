# SPDX-License-Identifier: Apache-2.0
"""Errors that one record causes."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from barnabas import data
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.connectors.jdbc.sink.fields import FieldRules, fields_of
from barnabas.connectors.jdbc.sink.record_errors import RecordError, bound, named_record
from tests.unit.connectors.jdbc.sink.sink_records import THING, thing


def _rows(records: Any) -> list[tuple[Any, ...]]:
    return [(10 // record.value["id"],) for record in records]


def test_rows_are_bound() -> None:
    assert bound(_rows, [thing(1), thing(2)]) == [(10,), (5,)]


def test_the_record_that_does_not_fit_is_found_and_its_contents_are_not_told() -> None:
    with pytest.raises(RecordError, match=r"offset=0,timestamp=null.*ZeroDivisionError") as caught:
        bound(_rows, [thing(1, "secret"), thing(0, "secret"), thing(2)])
    assert caught.value.record.kafka_offset == 0
    assert "secret" not in str(caught.value)


def test_a_record_is_named_by_place_and_key() -> None:
    fields = fields_of("t", FieldRules(PrimaryKeyMode.RECORD_VALUE, ("id",)), None, THING)
    text = named_record(thing(5), fields)
    assert text.endswith("offset=5,timestamp=null) with key id=5")
    key = fields_of("t", FieldRules(PrimaryKeyMode.RECORD_KEY, ("k",)), data.INT64, THING)
    assert named_record(thing(6), key).endswith("with key k=6")


def test_a_record_without_key_is_named_by_place() -> None:
    fields = fields_of("t", FieldRules(), None, THING)
    assert named_record(thing(5), fields) == named_record(thing(5), None)
    assert "key" not in named_record(thing(5), None)


def test_a_long_key_is_cut() -> None:
    rules = FieldRules(PrimaryKeyMode.RECORD_VALUE, ("name",))
    text = named_record(thing(1, "n" * 1000), fields_of("t", rules, None, THING))
    assert len(text) < 320
    assert text.endswith("…")


def test_the_error_survives_pickling() -> None:
    copy = pickle.loads(pickle.dumps(RecordError(thing(1), "no")))
    assert str(copy) == "no"
