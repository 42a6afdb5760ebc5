# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from barnabas.data import (
    BOOLEAN,
    BYTES,
    DATE,
    FLOAT32,
    INT8,
    INT32,
    INT64,
    STRING,
    TIME,
    TIMESTAMP,
    FarTimestamp,
    Float32,
    Float64,
    Int8,
    Int16,
    Int64,
    Schema,
    Struct,
    Type,
    decimal_schema,
)
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.mask_field import MaskFieldKey, MaskFieldValue
from tests.unit.transforms.records import changed, configured, sink

MOMENT = datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.UTC)
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def mask(value: Any, schema: Schema | None = None, **settings: str) -> Any:
    """Mask the field f of a struct, or of a map, that holds the value."""
    masking = configured(MaskFieldValue, {"fields": "f", **settings})
    whole = None if schema is None else Schema.struct({"f": schema, "g": STRING})
    result, new = changed(masking, {"f": value, "g": "x"}, whole)
    assert new is whole
    assert result["g"] == "x"
    return result["f"]


@pytest.mark.parametrize(
    ("value", "schema", "nothing"),
    [
        (5, INT8, 0),
        (1.5, FLOAT32, 0.0),
        (True, BOOLEAN, False),
        ("x", STRING, ""),
        ([1], Schema.array(INT8), []),
        ({"a": 1}, Schema.map(STRING, INT8), {}),
        (Decimal("1.5"), decimal_schema(1), Decimal(0)),
        (MOMENT.date(), DATE, EPOCH.date()),
        (MOMENT.time(), TIME, EPOCH.time()),
        (MOMENT, TIMESTAMP, EPOCH),
        (10**16, TIMESTAMP, EPOCH),
        (Int8(5), None, Int8(0)),
        (Float64(5), None, Float64(0)),
        (MOMENT.date(), None, EPOCH.date()),
        (MOMENT.time(), None, EPOCH.time()),
        (FarTimestamp(10**16), None, EPOCH),
        ({"a": 1}, None, {}),
        (None, None, None),
    ],
)
def test_a_value_becomes_the_nothing_of_its_class(
    value: Any, schema: Schema | None, nothing: Any
) -> None:
    result = mask(value, schema)
    assert result == nothing
    assert type(result) is type(nothing)


@pytest.mark.parametrize(
    ("value", "schema", "replacement", "result"),
    [
        (5, INT8, "300", 44),
        (5, INT64, "7", 7),
        (1.5, FLOAT32, "0.1", float(Float32(0.1))),
        ("x", STRING, "***", "***"),
        (Decimal("1.5"), decimal_schema(1), "2.25", Decimal("2.25")),
        (Int16(5), None, "7", Int16(7)),
        (Int64(5), None, "7", Int64(7)),
        (Float32(5), None, "7", Float32(7)),
        (5, None, "7", 7),
    ],
)
def test_numbers_and_text_can_be_replaced(
    value: Any, schema: Schema | None, replacement: str, result: Any
) -> None:
    masked = mask(value, schema, replacement=replacement)
    assert masked == result
    assert type(masked) is type(result)


@pytest.mark.parametrize("value", [True, MOMENT, [1], {"a": 1}, b"x", FarTimestamp(10**16)])
def test_other_classes_cannot_be_replaced(value: Any) -> None:
    with pytest.raises(DataError, match="with custom replacement"):
        mask(value, replacement="7")


@pytest.mark.parametrize(("value", "schema"), [(5, INT8), (Decimal("1.5"), decimal_schema(1))])
def test_the_replacement_of_a_number_must_be_one(value: Any, schema: Schema) -> None:
    with pytest.raises(DataError, match="Unable to convert"):
        mask(value, schema, replacement="x")


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        (b"x", BYTES),
        ({"a": 1}, Schema.struct({"a": INT8})),
        (Struct(Schema.struct({"a": INT8}), {"a": 1}), None),
    ],
)
def test_bytes_and_structs_cannot_be_masked(value: Any, schema: Schema | None) -> None:
    with pytest.raises(DataError, match="Cannot mask value of type"):
        mask(value, schema)


def test_defaults_stand_for_null_if_they_shall() -> None:
    schema = Schema(Type.INT32, optional=True, default=3)
    assert mask(None, schema) == 0
    assert mask(None, schema, **{"replace.null.with.default": "false"}) is None


def test_absent_members_are_added_as_null() -> None:
    masking = configured(MaskFieldValue, {"fields": "f,z,f"})
    assert changed(masking, {"f": 1}) == ({"f": 0, "z": None}, None)


def test_the_key_is_meant_by_the_other_class() -> None:
    schema = Schema.struct({"f": INT32})
    record = configured(MaskFieldKey, {"fields": "f,z"}).apply(
        sink({"f": 1}, key={"f": 1}, key_schema=schema)
    )
    assert record is not None
    assert (record.key, record.value) == ({"f": 0}, {"f": 1})


@pytest.mark.parametrize("schema", [None, Schema.struct({"f": INT32})])
def test_a_null_record_is_refused(schema: Schema | None) -> None:
    with pytest.raises(DataError, match=r"\[mask fields\], found: null"):
        changed(configured(MaskFieldValue, {"fields": "f"}), None, schema)


@pytest.mark.parametrize("settings", [{"fields": ""}, {"fields": "a", "replacement": ""}])
def test_settings_must_not_be_empty(settings: dict[str, str | None]) -> None:
    with pytest.raises(ConfigError, match="mpty"):
        configured(MaskFieldValue, settings)


@pytest.mark.parametrize("schema", [None, Schema.struct({"a": STRING, "b": BYTES})])
def test_a_value_that_cannot_be_masked_is_told_with_its_field(schema: Schema | None) -> None:
    mask = configured(MaskFieldValue, {"fields": "a,b"})
    with pytest.raises(DataError, match=r"Cannot mask value of type: bytes \(field b\)"):
        mask.apply(sink({"a": "1", "b": b"1"}, schema))
