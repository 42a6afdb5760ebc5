# SPDX-License-Identifier: Apache-2.0
"""Values made ready for fastavro."""

from __future__ import annotations

import pytest

from barnabas.converters.avro import names
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.converters.avro.writing import writer_for
from barnabas.data import (
    DATE,
    INT8,
    INT32,
    INT64,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    Schema,
    Struct,
)
from barnabas.errors import DataError

RULES = Rules()
ROW = Schema.struct({"a": INT32, "b": OPTIONAL_STRING}, name="R")


def writer(schema, rules=RULES):
    return writer_for(schema, to_avro(schema, rules), rules)


def test_rows_that_need_no_change_are_not_copied():
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    assert writer(ROW).many(rows) is rows


def test_rows_given_are_never_changed():
    import datetime

    rows = [{"d": datetime.date(1970, 1, 2), "n": 1}]
    schema = Schema.struct({"d": DATE, "n": INT32})
    assert writer(schema).many(rows) == [{"d": 1, "n": 1}]
    assert rows == [{"d": datetime.date(1970, 1, 2), "n": 1}]


def test_fields_left_out_are_null_or_their_default():
    schema = Schema.struct({"a": INT32.with_attributes(default=7), "b": OPTIONAL_STRING})
    assert writer(schema).many([{}, {"a": 1}]) == [{"a": 7, "b": None}, {"a": 1, "b": None}]


def test_null_stays_null_beside_a_default_when_asked_for():
    field = OPTIONAL_INT32.with_attributes(default=7)
    schema = Schema.struct({"a": field, "b": STRING})
    rows = [{"a": None, "b": "x"}]
    assert writer(schema).many(rows) == [{"a": 7, "b": "x"}]
    assert writer(schema, Rules(ignore_default_for_nullables=True)).many(rows) == rows


def test_a_missing_value_is_refused_with_its_field():
    with pytest.raises(DataError, match=r"Found null value for non-optional .* of field 'a'"):
        writer(ROW).many([{"a": None, "b": "x"}])


def test_unknown_fields_and_other_structs_are_refused():
    with pytest.raises(DataError, match="'z' is not a valid field name"):
        writer(ROW).many([{"a": 1, "z": 2}])
    other = Struct(Schema.struct({"a": INT64}), {"a": 1})
    with pytest.raises(DataError, match="Mismatching struct schema"):
        writer(ROW).one(other)
    with pytest.raises(DataError, match="Invalid type for STRUCT"):
        writer(ROW).one([1])


def test_arrays_and_maps_are_checked_to_the_last_element():
    with pytest.raises(DataError, match="Invalid type for INT8: 300"):
        writer(Schema.array(INT8)).one([1, 300])
    with pytest.raises(DataError, match="Invalid type for STRING: 1"):
        writer(Schema.map(STRING, INT32)).one({1: 1})
    with pytest.raises(DataError, match="Invalid type for MAP"):
        writer(Schema.map(INT32, INT32)).one([1])
    with pytest.raises(DataError, match="Invalid type for ARRAY"):
        writer(Schema.array(INT8)).one("ab")
    with pytest.raises(DataError, match="of element of array"):
        writer(Schema.array(INT8)).one([None])


def test_maps_with_other_keys_are_lists_of_entries():
    assert writer(Schema.map(INT32, STRING)).one({1: "a"}) == [{"key": 1, "value": "a"}]


def test_the_first_member_that_is_not_null_is_the_value_of_a_union():
    fields = {"int": OPTIONAL_INT32, "string": OPTIONAL_STRING}
    union = Schema.struct(fields, name=names.UNION)
    one = writer(union).one
    assert one({"int": None, "string": "x"}) == ("U2", {"v": "x"})
    with pytest.raises(DataError, match="no member with a value"):
        one({})
    assert writer(union.with_attributes(optional=True)).one({}) is None


def test_members_are_found_by_type_when_they_are_called_otherwise():
    fields = {"connect_union_field_0": OPTIONAL_STRING, "connect_union_field_1": OPTIONAL_INT32}
    union = Schema.struct(fields, parameters={names.GENERALIZED_UNION: "u"})
    ready = writer_for(union, parse('["int","string"]'), RULES).one({"connect_union_field_0": "x"})
    assert ready == ("U2", {"v": "x"})


def test_null_needs_a_null_in_the_registered_schema():
    made = writer_for(OPTIONAL_STRING, parse('"string"'), RULES)
    assert made.one("a") == "a"
    with pytest.raises(DataError, match="the registered schema has no null"):
        made.one(None)


def test_a_field_only_the_registered_schema_has_needs_a_default():
    avro = parse('{"type":"record","name":"R","fields":[{"name":"new","type":"int"}]}')
    with pytest.raises(DataError, match=r"field 'new' without a default.*use\.latest\.version"):
        writer_for(ROW, avro, RULES)


def test_numbers_may_become_wider():
    assert writer_for(INT32, parse('["null","double"]'), RULES).one(3) == 3
    with pytest.raises(DataError, match=r"cannot be written as \['null', 'int'\]"):
        writer_for(INT64, parse('["null","int"]'), RULES)


def test_schemaless_values_need_the_schema_of_anything():
    with pytest.raises(DataError, match="A value without schema cannot be written"):
        writer_for(None, parse('"int"'), RULES)


def test_an_array_may_hold_schemaless_values():
    schema = Schema(Schema.array(INT8).type)
    assert writer(schema).one([1, "a"]) == [{"long": 1}, {"string": "a"}]
