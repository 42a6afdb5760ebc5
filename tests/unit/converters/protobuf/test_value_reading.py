# SPDX-License-Identifier: Apache-2.0
"""Connect values of messages."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from barnabas.converters.protobuf.linking import LinkedFile
from barnabas.converters.protobuf.parsing import parse_file
from barnabas.converters.protobuf.rules import Rules
from barnabas.converters.protobuf.schema_reading import schema_of
from barnabas.converters.protobuf.value_reading import root_reader
from barnabas.errors import DataError

IMPORTS = "".join(
    f'import "{name}.proto"; '
    for name in ("google/protobuf/wrappers", "google/type/date", "confluent/type/decimal")
)


def read(text, fields, message="M", syntax="proto3", **rules):
    """Read what a message of a schema becomes when these fields are set in it."""
    linked = LinkedFile(parse_file("f", f'syntax = "{syntax}"; {IMPORTS} {text}'))
    descriptor, chosen = linked.descriptor(message), Rules(**rules)
    message_class = linked.message(message)
    payload = message_class.SerializeToString(message_class(**fields))
    reader = root_reader(descriptor, schema_of(descriptor, chosen), chosen)
    return reader(message_class.FromString(payload))


def test_fields_that_are_not_there_have_protobufs_defaults():
    text = "message M { int32 a = 1; string b = 2; bool c = 3; bytes d = 4; repeated int32 e = 5; }"
    assert read(text, {}) == {"a": 0, "b": "", "c": False, "d": b"", "e": []}


def test_optional_fields_and_messages_that_are_not_there_are_null():
    text = "message M { optional int32 a = 1; N n = 2; message N { int32 x = 1; } }"
    assert read(text, {}) == {"a": None, "n": None}
    assert read(text, {"a": 0, "n": {}}) == {"a": 0, "n": {"x": 0}}


def test_messages_that_are_not_there_are_structs_of_defaults_when_asked_for():
    text = "message M { optional int32 a = 1; N n = 2; message N { int32 x = 1; } }"
    assert read(text, {}, generate_struct_for_nulls=True) == {"a": 0, "n": {"x": 0}}


def test_dates_and_decimals_that_are_not_there_are_null_always():
    text = "message M { google.type.Date a = 1; confluent.type.Decimal b = 2; }"
    assert read(text, {}, generate_struct_for_nulls=True) == {"a": None, "b": None}


@pytest.mark.parametrize(("supported", "value"), [(True, None), (False, 5)])
def test_optional_fields_of_the_older_syntax_are_null_unless_told_otherwise(supported, value):
    text = "message M { optional int32 a = 1 [default = 5]; }"
    assert read(text, {}, syntax="proto2", optional_for_proto2=supported) == {"a": value}


@pytest.mark.parametrize("kind", ["uint64", "fixed64"])
def test_large_unsigned_integers_are_read_as_their_bits(kind):
    assert read(f"message M {{ {kind} a = 1; }}", {"a": 2**64 - 1}) == {"a": -1}


@pytest.mark.parametrize("kind", ["uint32", "fixed32"])
def test_small_unsigned_integers_keep_their_number(kind):
    assert read(f"message M {{ {kind} a = 1; }}", {"a": 2**32 - 1}) == {"a": 2**32 - 1}


def test_integers_too_large_for_their_width_are_cut_as_in_java():
    option = '(confluent.field_meta) = { params: [ { key: "connect.type", value: "int8" } ] }'
    assert read(f"message M {{ int32 a = 1 [{option}]; }}", {"a": 200}) == {"a": -56}


def test_enums_are_read_as_symbols_or_numbers():
    text = "message M { E a = 1; repeated E b = 2; enum E { A = 0; B = 5; } }"
    assert read(text, {"a": 5, "b": [0, 5]}) == {"a": "B", "b": ["A", "B"]}
    assert read(text, {"a": 5}, int_for_enums=True) == {"a": 5, "b": []}


def test_the_first_of_two_symbols_of_a_number_is_read():
    text = "message M { E a = 1; enum E { option allow_alias = true; A = 0; B = 3; C = 3; } }"
    assert read(text, {"a": 3}) == {"a": "B"}


def test_an_unknown_number_of_an_enum_is_named_as_in_java():
    assert read("message M { E a = 1; enum E { A = 0; } }", {"a": 7}) == {
        "a": "UNKNOWN_ENUM_VALUE_E_7"
    }


def test_maps_are_dicts():
    text = "message M { map<string, int32> a = 1; map<int64, N> b = 2; message N { bool x = 1; } }"
    fields = {
        "a": [{"key": "k", "value": 3}, {}],
        "b": [{"key": 5, "value": {"x": True}}, {"key": 6}],
    }
    assert read(text, fields) == {"a": {"k": 3, "": 0}, "b": {5: {"x": True}, 6: None}}


def test_keys_that_are_messages_are_refused():
    entry = "message AEntry { N key = 1; int32 value = 2; } message N {}"
    text = f"message M {{ repeated AEntry a = 1; {entry} }}"
    with pytest.raises(DataError, match=r'field "a": A key of a map cannot be a M\.N'):
        read(text, {"a": [{"key": {}}]})


def test_oneofs_are_structs_of_the_member_that_is_set():
    text = "message M { oneof u { int32 a = 1; string b = 2; } }"
    assert read(text, {"a": 0}) == {"u_0": {"a": 0}}
    assert read(text, {"b": "x"}, generate_index_for_unions=False) == {"u": {"b": "x"}}
    assert read(text, {}) == {"u_0": None}


def test_flattened_oneofs_are_fields_of_which_one_is_set():
    text = "message M { oneof u { int32 a = 1; string b = 2; } }"
    assert read(text, {"b": "x"}, flatten_unions=True) == {"a": None, "b": "x"}


def test_wrappers_are_what_they_wrap_when_asked_for():
    text = "message M { google.protobuf.Int32Value a = 1; google.protobuf.UInt64Value b = 2; }"
    fields = {"a": {"value": 0}, "b": {"value": 2**64 - 1}}
    assert read(text, fields, wrapper_for_nullables=True) == {"a": 0, "b": -1}
    assert read(text, {}, wrapper_for_nullables=True) == {"a": None, "b": None}
    struct = read(text, {"a": {"value": 5}}, wrapper_for_raw_primitives=False)
    assert struct == {"a": {"value": 5}, "b": None}


def test_logical_messages_are_logical_values():
    text = "message M { google.type.Date a = 1; repeated confluent.type.Decimal b = 2; }"
    fields = {"a": {"year": 2020, "month": 2, "day": 29}, "b": [{"value": b"\x0f", "scale": 1}]}
    assert read(text, fields) == {"a": datetime.date(2020, 2, 29), "b": [Decimal("1.5")]}


def test_errors_name_the_field():
    with pytest.raises(DataError, match='field "a": Invalid Date: year 0, month 1, day 0'):
        read("message M { google.type.Date a = 1; }", {"a": {"month": 1}})


def test_a_root_wrapper_is_read_as_a_value():
    assert read("", {"value": 2**64 - 1}, "google.protobuf.UInt64Value") == -1
    assert read("", {"value": "x"}, "google.protobuf.StringValue") == "x"


def test_a_message_in_itself_is_read_to_its_end():
    text = "message M { int32 v = 1; M next = 2; }"
    fields = {"v": 1, "next": {"v": 2}}
    assert read(text, fields) == {"v": 1, "next": {"v": 2, "next": None}}


def test_fields_named_like_methods_are_read():
    names = [
        "Clear",
        "in",
        "SerializeToString",
        "FromString",
        "HasField",
        "WhichOneof",
        "DESCRIPTOR",
    ]
    fields = {name: at for at, name in enumerate(names, 1)}
    text = "".join(f"optional int32 {name} = {at}; " for name, at in fields.items())
    assert read(f"message M {{ {text} oneof o {{ int32 x = 99; }} }}", fields) == {
        "o_0": None,
        **fields,
    }
