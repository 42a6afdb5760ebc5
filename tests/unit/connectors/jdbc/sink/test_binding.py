# SPDX-License-Identifier: Apache-2.0
"""From records to rows of parameters."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from barnabas import data
from barnabas.api import SinkRecord
from barnabas.connectors.jdbc.dialects import SinkField
from barnabas.connectors.jdbc.dialects.postgresql import PostgreSqlDialect
from barnabas.connectors.jdbc.dialects.sqlite import SqliteDialect
from barnabas.connectors.jdbc.sink.binding import Source, compile_rows, converter, sources_of
from barnabas.connectors.jdbc.sink.config import PrimaryKeyMode
from barnabas.connectors.jdbc.sink.fields import FieldRules, Place, fields_of
from barnabas.connectors.jdbc.sink.moments import MomentRules
from barnabas.connectors.jdbc.time_zones import TimeZone


def record(value: Any, key: Any = None) -> SinkRecord:
    return SinkRecord(topic="t", kafka_partition=3, kafka_offset=7, key=key, value=value)


def field(name: str, **more: Any) -> Source:
    return Source(Place.VALUE_FIELD, name, **more)


def test_values_are_found_at_their_places() -> None:
    rows = compile_rows(
        [
            Source(Place.TOPIC, "a"),
            Source(Place.PARTITION, "b"),
            Source(Place.OFFSET, "c"),
            Source(Place.KEY_FIELD, "id"),
            Source(Place.VALUE_FIELD, "id"),
        ]
    )
    assert rows([record({"id": 1}, {"id": 2})]) == [("t", 3, 7, 2, 1)]
    whole = compile_rows([Source(Place.KEY, "k"), Source(Place.VALUE, "v")])
    assert whole([record("text", 5)]) == [(5, "text")]


def test_a_field_left_out_counts_as_null() -> None:
    rows = compile_rows([field("a"), field("b")])
    assert rows([record({"a": 1, "b": 2}), record({"b": 3})]) == [(1, 2), (None, 3)]


def test_a_default_stands_for_null_and_what_is_left_out() -> None:
    rows = compile_rows([field("a", default=9), field("b")])
    records = [record({"a": None, "b": 1}), record({"b": 2}), record({"a": 0, "b": 3})]
    assert rows(records) == [(9, 1), (9, 2), (0, 3)]


def test_converters_never_see_null() -> None:
    rows = compile_rows([field("a", convert=str), field("b", default=5, convert=str)])
    assert rows([record({"a": None, "b": None})]) == [(None, "5")]


@pytest.mark.parametrize("name", ["it's", 'a"b', "x]; import os", "{}", "ünï", "a\\b\n"])
def test_names_may_hold_anything(name: str) -> None:
    rows = compile_rows([field(name), field(name, default=1, convert=str)])
    assert rows([record({name: 4})]) == [(4, "4")]


def test_sources_follow_the_order_of_parameters() -> None:
    value = data.Schema.struct({"a": data.INT64, "b": data.Schema(data.Type.INT64, default=4)})
    fields = fields_of("t", FieldRules(PrimaryKeyMode.RECORD_VALUE, ("b",)), None, value)
    with_default = sources_of(fields, ("a", "b"), lambda _field: None)
    assert [(each.name, each.default) for each in with_default] == [("a", None), ("b", 4)]
    without = sources_of(fields, ("a", "b"), lambda _field: None, replace_null=False)
    assert [each.default for each in without] == [None, None]


def test_a_timestamp_loses_its_zone_after_it_was_brought_into_the_right_one() -> None:
    rules = MomentRules(TimeZone.of("Europe/Berlin"))
    convert = converter(SinkField("at", data.TIMESTAMP), PostgreSqlDialect(), None, rules)
    assert convert is not None
    noon = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
    assert convert(noon) == datetime.datetime(2026, 1, 1, 13)  # noqa: DTZ001 - as it is written


def test_a_field_of_the_list_is_bound_as_a_timestamp() -> None:
    wanted = SinkField("at", data.INT64, timestamp_digits=6)
    convert = converter(wanted, PostgreSqlDialect(), None, MomentRules())
    assert convert is not None
    assert convert(1_000_000) == datetime.datetime(1970, 1, 1, 0, 0, 1)  # noqa: DTZ001


def test_where_numbers_stand_for_moments_the_zone_does_not_count() -> None:
    rules = MomentRules(TimeZone.of("America/New_York"), TimeZone.of("America/New_York"))
    convert = converter(SinkField("day", data.DATE), SqliteDialect(), None, rules)
    assert convert is not None
    assert convert(datetime.date(1970, 1, 2)) == 86_400_000


def test_plain_values_need_no_converter() -> None:
    assert converter(SinkField("n", data.INT64), PostgreSqlDialect(), None, MomentRules()) is None
