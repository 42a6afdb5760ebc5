# SPDX-License-Identifier: Apache-2.0
"""The expected texts were written by the library Java's converter writes schemas with."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from barnabas.converters.json_schema import names
from barnabas.converters.json_schema.schema_writing import json_schema_text
from barnabas.converters.json_schema.settings import Rules
from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    FLOAT64,
    INT8,
    INT32,
    INT64,
    OPTIONAL_DATE,
    OPTIONAL_INT32,
    OPTIONAL_STRING,
    STRING,
    RecursiveSchema,
    Schema,
    decimal_schema,
)
from barnabas.errors import DataError

NUMERIC = Rules(decimals_are_numbers=True)
VARIANT = Schema.struct(names.VARIANT_FIELDS, name=names.VARIANT)


def written(schema: Schema, **rules: bool) -> str:
    return json_schema_text(schema, Rules(**rules))


def enum(*symbols: str, **attributes: Any) -> Schema:
    parameters = {names.ENUM: "", **{f"{names.ENUM}.{symbol}": symbol for symbol in symbols}}
    return STRING.with_attributes(parameters=parameters, **attributes)


def test_struct_of_the_reference_page_is_written_as_there() -> None:
    fields = {
        "id": INT32,
        "name": OPTIONAL_STRING,
        "zeta": BOOLEAN,
        "amount": decimal_schema(2, optional=True, parameters={"connect.decimal.precision": "10"}),
        "m": Schema.map(STRING, INT32, default={}),
        "arr": Schema.array(STRING),
        "d": FLOAT64.with_attributes(default=1.5),
        "en": enum("A", "B"),
        "any": VARIANT,
    }
    assert written(Schema.struct(fields, name="com.ex.Rec", version=1, doc="docs")) == (
        '{"type":"object","title":"com.ex.Rec","description":"docs","connect.version":1,'
        '"properties":{"zeta":{"connect.index":2,"type":"boolean"},'
        '"arr":{"type":"array","connect.index":5,"items":{"type":"string"}},'
        '"amount":{"connect.index":3,"oneOf":[{"type":"null"},{"type":"string",'
        '"title":"org.apache.kafka.connect.data.Decimal","connect.version":1,'
        '"connect.type":"bytes",'
        '"connect.parameters":{"scale":"2","connect.decimal.precision":"10"}}]},'
        '"d":{"type":"number","default":1.5,"connect.index":6,"connect.type":"float64"},'
        '"name":{"connect.index":1,"oneOf":[{"type":"null"},{"type":"string"}]},'
        '"en":{"enum":["A","B"],"connect.index":7},'
        '"id":{"type":"integer","connect.index":0,"connect.type":"int32"},'
        '"m":{"type":"object","default":{},"connect.index":4,"connect.type":"map",'
        '"additionalProperties":{"type":"integer","connect.type":"int32"}},'
        '"any":{"title":"org.apache.kafka.connect.data.Variant","connect.index":8}}}'
    )


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (INT8.with_attributes(default=-3), '{"type":"integer","default":-3,"connect.type":"int8"}'),
        (
            OPTIONAL_STRING.with_attributes(
                name="n", doc="d", default="x", version=3, parameters={"b": "1", "a": "2"}
            ),
            '{"oneOf":[{"type":"null"},{"type":"string","title":"n","description":"d",'
            '"default":"x","connect.version":3,"connect.parameters":{"a":"2","b":"1"}}]}',
        ),
        (
            BOOLEAN.with_attributes(
                name="B", version=1, doc="d", default=True, parameters={"k": "v"}
            ),
            '{"title":"B","description":"d","default":true,"connect.version":1,'
            '"connect.parameters":{"k":"v"},"type":"boolean"}',
        ),
        (
            OPTIONAL_DATE,
            '{"oneOf":[{"type":"null"},{"type":"integer",'
            '"title":"org.apache.kafka.connect.data.Date","connect.version":1,'
            '"connect.type":"int32"}]}',
        ),
        (
            BYTES.with_attributes(default=b"\x01\x02\x03"),
            '{"type":"string","default":"AQID","connect.type":"bytes"}',
        ),
        (
            Schema.array(INT32, optional=True, default=[1, 2]),
            '{"oneOf":[{"type":"null"},{"type":"array","default":[1,2],'
            '"items":{"type":"integer","connect.type":"int32"}}]}',
        ),
        (
            Schema.map(STRING, INT32, default={"q": 1, "zeta": 2, "a": 3}),
            '{"type":"object","default":{"zeta":2,"q":1,"a":3},"connect.type":"map",'
            '"additionalProperties":{"type":"integer","connect.type":"int32"}}',
        ),
        (
            Schema.map(INT32, OPTIONAL_STRING, optional=True, name="m", default={1: "x"}),
            '{"oneOf":[{"type":"null"},{"type":"array","title":"m",'
            '"default":[{"value":"x","key":1}],"connect.type":"map","items":{"type":"object",'
            '"properties":{"value":{"connect.index":1,"oneOf":[{"type":"null"},'
            '{"type":"string"}]},"key":{"type":"integer","connect.index":0,'
            '"connect.type":"int32"}}}}]}',
        ),
        (enum("b", "a", "zz", "<NULL>"), '{"enum":["zz",null,"a","b"]}'),
        (
            enum("b", "a", optional=True, default="a", name="E"),
            '{"oneOf":[{"type":"null"},{"enum":["a","b"],"title":"E","default":"a"}]}',
        ),
        (
            Schema.struct({"at": DATE}),
            '{"type":"object","properties":{"at":{"type":"integer",'
            '"title":"org.apache.kafka.connect.data.Date","connect.index":0,"connect.version":1,'
            '"connect.type":"int32"}}}',
        ),
        (
            Schema.struct({"s": Schema.struct({"x": INT32}, name="R", doc="dd", optional=True)}),
            '{"type":"object","properties":{"s":{"connect.index":0,"oneOf":[{"type":"null"},'
            '{"type":"object","title":"R","description":"dd","properties":{"x":'
            '{"type":"integer","connect.index":0,"connect.type":"int32"}}}]}}}',
        ),
        (
            STRING.with_attributes(doc='he said "x" </tag> \u0001\u001f \\u001f é 😀 \u2028'),
            '{"type":"string","description":"he said \\"x\\" </tag> \\u0001\\u001F \\\\u001f'
            ' é 😀 \u2028"}',
        ),
        (
            STRING.with_attributes(parameters=dict.fromkeys(["foo", "bar", "baz", "qux"], "1")),
            '{"type":"string","connect.parameters":{"bar":"1","baz":"1","qux":"1","foo":"1"}}',
        ),
    ],
)
def test_schemas_are_written_as_in_java(schema: Schema, text: str) -> None:
    assert written(schema) == text


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        (1e21, "1.0E+21"),
        (100.0, "100"),
        (0.1, "0.1"),
        (1e-7, "1.0E-7"),
        (12345678.5, "12345678.5"),
        (-0.0, "0"),
        (1e10, "1.0E+10"),
        (1.5e300, "1.5E+300"),
        (123456789012.0, "123456789012"),
    ],
)
def test_numbers_in_defaults_are_spelt_as_in_java(value: float, spelling: str) -> None:
    number = FLOAT64.with_attributes(default=value)
    assert written(number) == f'{{"type":"number","default":{spelling},"connect.type":"float64"}}'
    numbers = Schema.array(FLOAT64, default=[value])
    assert f'"default":[{spelling}],' in written(numbers)


def test_single_precision_has_its_own_digits() -> None:
    number = FLOAT32.with_attributes(default=123456790528.0)
    assert '"default":1.2345679E+11,' in written(number)


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        ("6605.1", "6605.1"),
        ("1.00", "1"),
        ("0.00", "0"),
        ("5E-12", "5E-12"),
        ("5E+2", "5E+2"),
        ("0.00072623859790382856", "0.00072623859790382856"),
    ],
)
def test_decimals_may_be_numbers(value: str, spelling: str) -> None:
    exponent = Decimal(value).as_tuple().exponent
    assert isinstance(exponent, int)
    schema = decimal_schema(-exponent, default=Decimal(value))
    assert f'"default":{spelling},"connect.version":1' in json_schema_text(schema, NUMERIC)
    assert json_schema_text(schema, NUMERIC).startswith('{"type":"number","title"')


def test_unions_have_their_members_without_null() -> None:
    members = {
        f"{names.ONE_OF}.field.0": OPTIONAL_STRING.with_attributes(doc="sd"),
        f"{names.ONE_OF}.field.1": OPTIONAL_INT32.with_attributes(default=3),
    }
    union = Schema.struct(members, name=names.ONE_OF, doc="ud", version=2, optional=True)
    text = (
        '"oneOf":[{"type":"null"},{"type":"string","description":"sd","connect.index":0},'
        '{"type":"integer","default":3,"connect.index":1,"connect.type":"int32"}]}'
    )
    assert written(union) == "{" + text
    inside = written(Schema.struct({"a": INT32, "u": union}))
    assert f'"u":{{"connect.index":1,{text}}}}}' in inside


def test_general_enums_are_written_if_so_set() -> None:
    parameters = {names.GENERALIZED_ENUM: "E", f"{names.GENERALIZED_ENUM}.b": "0"}
    schema = STRING.with_attributes(parameters=parameters)
    shared = f'"connect.parameters":{{"{names.GENERALIZED_ENUM}":"E",'
    assert written(schema).startswith('{"enum":[],' + shared)
    assert written(schema, generalized_sum_types=True).startswith('{"enum":["b"],' + shared)


def test_other_properties_may_be_forbidden_or_kept() -> None:
    schema = Schema.struct(
        {"x": INT32, names.ADDITIONAL_PROPERTIES: names.additional_schema()},
        name="N",
        doc="d",
        parameters={"p": "q", names.ID: "#id1"},
    )
    assert written(schema, additional_properties=False, preserve_additional_properties=True) == (
        '{"type":"object","additionalProperties":false,"title":"N","description":"d","id":"#id1",'
        '"connect.parameters":{"p":"q"},'
        '"properties":{"x":{"type":"integer","connect.index":0,"connect.type":"int32"}}}'
    )
    assert names.ADDITIONAL_PROPERTIES in written(schema)


def node_schema(wrap: Any) -> Schema:
    inner = RecursiveSchema(optional=True)
    node = Schema.struct({"n": wrap(inner)}, name="N", parameters={names.ID: "#id1"})
    inner.resolve(node)
    return node


def test_recursive_schemas_refer_to_their_id() -> None:
    assert written(node_schema(lambda inner: inner)) == (
        '{"type":"object","title":"N","id":"#id1","properties":{"n":{"$ref":"#id1"}}}'
    )
    assert '"items":{"$ref":"#id1"}' in written(node_schema(Schema.array))


def test_maps_and_unions_refer_to_their_id_too() -> None:
    by_text = node_schema(lambda inner: Schema.map(STRING, inner))
    assert '"additionalProperties":{"$ref":"#id1"}' in written(by_text)
    union = node_schema(lambda inner: Schema.struct({"f": inner}, name=names.ONE_OF))
    assert '"oneOf":[{"$ref":"#id1"}]' in written(union)


def test_second_struct_of_an_id_is_a_reference() -> None:
    struct = Schema.struct({"x": INT32}, name="In", parameters={names.ID: "#id1"})
    assert written(Schema.struct({"x": struct, "y": struct})) == (
        '{"type":"object","properties":{"x":{"type":"object","title":"In","id":"#id1",'
        '"connect.index":0,"properties":{"x":{"type":"integer","connect.index":0,'
        '"connect.type":"int32"}}},"y":{"$ref":"#id1"}}}'
    )


def test_properties_are_in_the_order_of_a_large_hash_map() -> None:
    schema = Schema.struct({f"field{index}": INT64 for index in range(30)})
    order = [part.partition('"')[0] for part in written(schema).split('"field')[1:]]
    assert order == (
        [
            "19",
            "17",
            "18",
            "22",
            "23",
            "20",
            "21",
            "26",
            "27",
            "24",
            "25",
            "28",
            "29",
            "11",
            "12",
            "1",
            "0",
            "10",
            "15",
            "16",
            "13",
            "14",
            "7",
            "6",
            "9",
            "8",
            "3",
            "2",
            "5",
            "4",
        ]
    )


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(DataError, match="surrogates not allowed"):
        written(STRING.with_attributes(doc="\ud800"))
    with pytest.raises(DataError, match="schemas of the elements"):
        written(Schema(Schema.array(INT32).type))
    inner = RecursiveSchema()
    node = Schema.struct({"n": inner})
    inner.resolve(node)
    with pytest.raises(DataError, match="nested too deeply"):
        written(node)
