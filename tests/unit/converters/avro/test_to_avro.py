# SPDX-License-Identifier: Apache-2.0
"""Connect schemas as Avro schemas."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given

from barnabas.converters.avro import names
from barnabas.converters.avro.model import same, text_of
from barnabas.converters.avro.parsing import parse
from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.to_avro import to_avro
from barnabas.data import (
    BYTES,
    DATE,
    INT8,
    INT16,
    INT32,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    OPTIONAL_TIMESTAMP,
    STRING,
    RecursiveSchema,
    Schema,
    Type,
    decimal_schema,
)
from barnabas.errors import DataError
from tests.unit.converters.avro import recorded, strategies

INNER = Schema.struct({"a": INT32})
NAMED = Schema.struct({"a": INT32}, name="com.ex.In", version=3, doc="hello")
ENUM_PARAMETERS = {names.ENUM: "com.ex.E", f"{names.ENUM}.A": "A", f"{names.ENUM}.B": "B"}
ENUM = Schema(Type.STRING, name="com.ex.E", parameters=ENUM_PARAMETERS)
UNION = Schema.struct(
    {"int": OPTIONAL_INT32, "string": OPTIONAL_STRING}, name=names.UNION, optional=True
)

CASES = {
    "opt string": OPTIONAL_STRING,
    "opt int8 def": INT8.with_attributes(optional=True, default=2, doc="dd"),
    "unnamed nested": Schema.struct(
        {"x": INNER, "y": Schema.struct({"b": STRING}, optional=True), "z": INNER}
    ),
    "named twice": Schema.struct(
        {"p": NAMED, "q": Schema.array(NAMED, optional=True)}, name="com.ex.Rec"
    ),
    "defaults": Schema.struct(
        {
            "i": INT32.with_attributes(default=5),
            "s": OPTIONAL_STRING.with_attributes(default="z"),
            "b": BYTES.with_attributes(default=b"\xc8\x01"),
            "d": decimal_schema(2, default=Decimal("1.25")),
            "t": OPTIONAL_TIMESTAMP,
            "m": Schema.map(INT32, STRING),
        },
        name="com.ex.Def",
    ),
    "decimal prec": decimal_schema(2, optional=True, parameters={names.DECIMAL_PRECISION: "10"}),
    "decimal scale>prec": decimal_schema(5, parameters={names.DECIMAL_PRECISION: "3"}),
    "decimal neg": decimal_schema(-2),
    "named map": Schema.map(INT32, STRING, name="foo.bar"),
    "enum": ENUM,
    "opt struct w default": Schema.struct(
        {"s": Schema.struct({"k": INT32}, name="S", optional=True)}, name="R"
    ),
    "union": Schema.struct({"u": UNION}, name="U"),
    "avro param": STRING.with_attributes(parameters={"avro.java.string": "String"}),
    "invalid": Schema.struct({"ab": INT32}, name="com.e-x.Rec"),
    "schemaless": None,
}
CASES_WITH_RULES = {
    "enum enhanced": (ENUM, Rules(enhanced=True)),
    "meta off": (
        Schema.struct(
            {"i": INT16.with_attributes(default=1, doc="f"), "d": DATE}, name="com.ex.M", version=1
        ),
        Rules(connect_meta_data=False),
    ),
    "scrub": (Schema.struct({"a b": INT32}, name="com.e-x.1Rec"), Rules(scrub_names=True)),
}


def text(schema: Schema | None, rules: Rules = Rules()) -> str:  # noqa: B008 - frozen
    return text_of(to_avro(schema, rules))


@pytest.mark.mirrors("avro-data AvroDataTest")
@pytest.mark.parametrize("name", recorded.WRITTEN)
def test_schemas_are_written_as_recorded(name):
    schema, rules = CASES_WITH_RULES.get(name) or (CASES[name], Rules())
    assert text(schema, rules) == recorded.WRITTEN[name]


@given(strategies.schemas())
def test_every_text_is_a_schema(schema):
    avro = to_avro(schema, Rules())
    try:
        written = text_of(avro)
    except DataError as error:
        assume("Can't redefine" in error.message)
        return
    assert same(parse(written), parse(text_of(parse(written))))


def test_docs_of_fields_records_and_enums_have_their_places():
    parameters = {names.RECORD_DOC: "rd", names.FIELD_DOC + "e": "fd"}
    enum = ENUM.with_attributes(
        parameters={**ENUM_PARAMETERS, names.ENUM_DOC + "E": "ed", names.ENUM_DEFAULT + "E": "B"}
    )
    schema = Schema.struct({"e": enum}, name="R", parameters=parameters)
    assert text(schema, Rules(enhanced=True, connect_meta_data=False)) == (
        '{"type":"record","name":"R","doc":"rd","fields":[{"name":"e","type":{"type":"enum","name":'
        '"E","namespace":"com.ex","doc":"ed","symbols":["A","B"],"default":"B"},"doc":"fd"}]}'
    )


def test_docs_may_be_connects_own():
    parameters = {names.CONNECT_RECORD_DOC: "rd"}
    schema = Schema.struct({"a": INT32.with_attributes(doc="fd")}, name="R", parameters=parameters)
    assert text(schema, Rules(discard_type_doc_default=True, connect_meta_data=False)) == (
        '{"type":"record","name":"R","doc":"rd","fields":[{"name":"a","type":"int","doc":"fd"}]}'
    )


def test_an_enum_default_must_be_a_symbol():
    enum = ENUM.with_attributes(parameters={**ENUM_PARAMETERS, names.ENUM_DEFAULT + "E": "Q"})
    with pytest.raises(DataError, match="Enum Default: Q is not in the enum symbol set"):
        to_avro(enum, Rules(enhanced=True))


def test_a_default_avro_does_not_take_stays_connects_only():
    schema = Schema.struct({"m": Schema.map(INT32, STRING, default={1: "a"})}, name="R")
    assert '"connect.default":[[1,"a"]]}}]' in text(schema)


def test_bytes_of_a_size_are_fixed():
    schema = BYTES.with_attributes(name="a.F", parameters={names.FIXED_SIZE: "2"})
    assert text(schema, Rules(connect_meta_data=False)) == (
        '{"type":"fixed","name":"F","namespace":"a","size":2}'
    )


def test_a_recursive_struct_is_found_by_its_name():
    following = RecursiveSchema(optional=True)
    node = Schema.struct({"v": INT32, "next": following}, name="Node")
    following.resolve(node)
    assert '{"name":"next","type":["null","Node"],"default":null}' in text(node)


def test_a_second_use_keeps_its_own_parameters():
    first = Schema.struct({"a": INT32}, name="S", parameters={"p": "1"})
    schema = Schema.struct({"x": first, "y": first}, name="R")
    assert '{"name":"y","type":"S","connect.parameters":{"p":"1"}}' in text(schema)


def test_a_variant_is_a_record_of_two_bytes():
    variant = Schema.struct({"metadata": BYTES, "value": BYTES}, name=names.VARIANT)
    assert text(variant, Rules(connect_meta_data=False)) == (
        '{"type":"record","name":"Variant","namespace":"confluent.type","fields":[{"name":"metadata"'
        ',"type":"bytes"},{"name":"value","type":"bytes"}],"logicalType":"variant"}'
    )


def test_java_properties_may_be_left_out():
    schema = STRING.with_attributes(parameters={"avro.java.string": "String"})
    rules = Rules(connect_meta_data=False, remove_java_properties=True)
    assert text(schema, rules) == '"string"'


def test_a_map_that_does_not_say_what_it_holds_is_refused():
    with pytest.raises(DataError, match="does not say what its keys are"):
        to_avro(Schema(Type.MAP), Rules())


def test_a_size_must_be_a_number():
    schema = BYTES.with_attributes(name="F", parameters={names.FIXED_SIZE: "x"})
    with pytest.raises(DataError, match=r"connect\.fixed\.size .* whole number"):
        to_avro(schema, Rules())


def test_members_of_a_union_must_differ_in_avro():
    enum = ENUM.with_attributes(optional=True)
    union = Schema.struct({"string": OPTIONAL_STRING, "E": enum}, name=names.UNION)
    assert text(union, Rules(enhanced=True)).startswith('["string",{"type":"enum"')
    with pytest.raises(DataError, match=r"Duplicate in union: string .*enhanced\.avro\.schema"):
        to_avro(union, Rules())


def test_a_union_within_a_union_is_refused():
    inner = UNION.with_attributes(optional=False)
    with pytest.raises(DataError, match="Nested union"):
        to_avro(Schema.struct({"a": inner}, name=names.UNION), Rules())
