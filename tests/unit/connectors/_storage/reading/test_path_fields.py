# SPDX-License-Identifier: Apache-2.0
"""Fields in paths."""

from __future__ import annotations

from barnabas import data
from barnabas.connectors._storage.reading.path_fields import PathFields, fields_in
from barnabas.data import Headers, Schema


def headers(fields: PathFields, schema: Schema | None, value: object) -> Headers:
    make = fields.headers_of(schema, value)
    assert make is not None
    return make()


def test_fields_are_read_but_the_kafka_partition_is_none() -> None:
    assert fields_in("a=1/partition=3/plain/b.c=x=y") == {"a": "1", "b.c": "x=y"}


def test_another_delimiter_separates_fields_too() -> None:
    assert fields_in("a=1_b=2", "_") == {"a": "1", "b": "2"}


def test_fields_that_a_value_lacks_are_its_headers() -> None:
    fields = PathFields({"country": "FR", "id": "5"})
    expected = Headers().add("country", "FR", data.STRING)
    assert headers(fields, None, {"id": 5}) == expected
    schema = Schema(data.Type.STRUCT, fields=[data.Field("id", 0, data.INT32)])
    assert headers(fields, schema, {"id": 5}) == expected


def test_values_that_have_all_fields_get_no_headers() -> None:
    assert PathFields({"id": "5"}).headers_of(None, {"id": 5}) is None
    assert PathFields({}).headers_of(None, "text") is None


def test_each_record_has_headers_of_its_own() -> None:
    make = PathFields({"a": "1"}).headers_of(None, "text")
    assert make is not None
    make().add("b", 2)
    assert len(list(make())) == 1
