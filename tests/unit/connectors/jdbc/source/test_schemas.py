# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import dataclasses

import pytest

from barnabas import data
from barnabas.connectors.jdbc.columns import Column, JdbcType
from barnabas.connectors.jdbc.source.schemas import (
    POSTGRESQL,
    Granularity,
    MappingSettings,
    NumericMapping,
    UnsupportedColumns,
    is_timestamp,
    map_columns,
    schema_of_column,
    shown_schema,
)
from barnabas.data import Schema
from barnabas.errors import DataError

PRECISION = "connect.decimal.precision"
DEFAULTS = MappingSettings()
ON_POSTGRESQL = MappingSettings(dialect=POSTGRESQL)


def column(kind: JdbcType, precision: int = 0, scale: int = 0, type_name: str = "") -> Column:
    return Column("c", "c", kind, type_name, precision, scale, nullable=False)


def decimal(precision: int, scale: int) -> Schema:
    return data.decimal_schema(scale, parameters={PRECISION: str(precision)})


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (JdbcType.BOOLEAN, data.BOOLEAN),
        (JdbcType.BIT, data.INT8),
        (JdbcType.TINYINT, data.INT8),
        (JdbcType.SMALLINT, data.INT16),
        (JdbcType.INTEGER, data.INT32),
        (JdbcType.BIGINT, data.INT64),
        (JdbcType.REAL, data.FLOAT32),
        (JdbcType.FLOAT, data.FLOAT64),
        (JdbcType.DOUBLE, data.FLOAT64),
        (JdbcType.NVARCHAR, data.STRING),
        (JdbcType.CLOB, data.STRING),
        (JdbcType.SQLXML, data.STRING),
        (JdbcType.DATALINK, data.STRING),
        (JdbcType.VARBINARY, data.BYTES),
        (JdbcType.BLOB, data.BYTES),
        (JdbcType.DATE, data.DATE),
        (JdbcType.TIME, data.TIME),
        (JdbcType.TIMESTAMP, data.TIMESTAMP),
        (JdbcType.DATETIMEOFFSET, data.TIMESTAMP),
    ],
)
def test_a_jdbc_type_has_its_schema(kind: JdbcType, schema: Schema) -> None:
    assert schema_of_column(column(kind), DEFAULTS) == schema


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (JdbcType.TINYINT, data.INT16),
        (JdbcType.SMALLINT, data.INT32),
        (JdbcType.INTEGER, data.INT64),
        (JdbcType.BIGINT, data.INT64),
    ],
)
def test_numbers_without_sign_get_the_next_wider_type(kind: JdbcType, schema: Schema) -> None:
    unsigned = dataclasses.replace(column(kind), signed=False)
    assert schema_of_column(unsigned, DEFAULTS) == schema


@pytest.mark.parametrize("nullable", [True, None])
def test_what_may_be_null_or_is_not_known_is_optional(nullable: bool | None) -> None:
    found = schema_of_column(
        dataclasses.replace(column(JdbcType.NUMERIC, 10, 2), nullable=nullable), DEFAULTS
    )
    assert found == decimal(10, 2).with_attributes(optional=True)


@pytest.mark.parametrize(
    "kind",
    [JdbcType.ARRAY, JdbcType.OTHER, JdbcType.STRUCT, JdbcType.NULL, JdbcType.ROWID, JdbcType.REF],
)
def test_some_types_have_no_schema(kind: JdbcType) -> None:
    assert schema_of_column(column(kind), DEFAULTS) is None


NONE, PRECISION_ONLY = NumericMapping.NONE, NumericMapping.PRECISION_ONLY
BEST_FIT, EAGER = NumericMapping.BEST_FIT, NumericMapping.BEST_FIT_EAGER_DOUBLE
INT8, INT16, INT32, INT64, FLOAT64 = data.INT8, data.INT16, data.INT32, data.INT64, data.FLOAT64


@pytest.mark.parametrize(
    ("precision", "scale", "precision_only", "best_fit", "eager"),
    [
        (1, 0, INT8, INT8, INT8),
        (3, 0, INT16, INT16, INT16),
        (5, 0, INT32, INT32, INT32),
        (9, 0, INT32, INT32, INT32),
        (10, 0, INT64, INT64, INT64),
        (18, 0, INT64, INT64, INT64),
        (19, 0, None, None, None),
        (4, -2, None, INT16, INT16),
        (10, 2, None, FLOAT64, FLOAT64),
        (30, 2, None, None, FLOAT64),
        (5, -84, None, INT32, INT32),
        (5, -85, None, None, None),
    ],
)
def test_numeric_mapping_decides_by_precision_and_scale(
    precision: int,
    scale: int,
    precision_only: Schema | None,
    best_fit: Schema | None,
    eager: Schema | None,
) -> None:
    numeric = column(JdbcType.NUMERIC, precision, scale)
    chosen = {NONE: None, PRECISION_ONLY: precision_only, BEST_FIT: best_fit, EAGER: eager}
    for mapping, schema in chosen.items():
        found = schema_of_column(numeric, MappingSettings(numeric_mapping=mapping))
        assert found == (schema or decimal(precision, scale)), mapping


@pytest.mark.parametrize("mapping", NumericMapping)
def test_numeric_mapping_leaves_decimal_columns_alone(mapping: NumericMapping) -> None:
    found = schema_of_column(
        column(JdbcType.DECIMAL, 10, 2), MappingSettings(numeric_mapping=mapping)
    )
    assert found == decimal(10, 2)


@pytest.mark.parametrize("mapping", [NONE, BEST_FIT, EAGER])
def test_a_number_of_oracle_without_scale_has_127(mapping: NumericMapping) -> None:
    found = schema_of_column(
        column(JdbcType.NUMERIC, 0, -127), MappingSettings(numeric_mapping=mapping)
    )
    assert found == decimal(0, 127)


def test_a_numeric_of_postgresql_without_limits_has_scale_127() -> None:
    unlimited = column(JdbcType.NUMERIC)
    assert schema_of_column(unlimited, ON_POSTGRESQL) == decimal(0, 127)
    assert schema_of_column(unlimited, DEFAULTS) == decimal(0, 0)


@pytest.mark.parametrize(
    ("bits", "schema"),
    [(1, data.BOOLEAN), (2, data.INT8), (8, data.INT8), (9, data.BYTES)],
)
def test_bits_of_postgresql_are_booleans_numbers_or_bytes(bits: int, schema: Schema) -> None:
    assert schema_of_column(column(JdbcType.BIT, bits, 0, "bit"), ON_POSTGRESQL) == schema


@pytest.mark.parametrize("name", ["json", "jsonb", "uuid"])
def test_some_types_only_postgresql_has_are_text(name: str) -> None:
    assert schema_of_column(column(JdbcType.OTHER, type_name=name), ON_POSTGRESQL) == data.STRING
    assert schema_of_column(column(JdbcType.OTHER, type_name=name), DEFAULTS) is None


@pytest.mark.parametrize(
    ("granularity", "schema"),
    [
        (Granularity.MICROS_LONG, data.INT64),
        (Granularity.NANOS_LONG, data.INT64),
        (Granularity.MICROS_STRING, data.STRING),
        (Granularity.NANOS_ISO_DATETIME_STRING, data.STRING),
    ],
)
def test_granularity_changes_timestamps_only(granularity: Granularity, schema: Schema) -> None:
    settings = MappingSettings(granularity=granularity)
    assert schema_of_column(column(JdbcType.TIMESTAMP), settings) == schema
    assert schema_of_column(column(JdbcType.TIME), settings) == data.TIME
    assert is_timestamp(column(JdbcType.TIMESTAMP))
    assert not is_timestamp(column(JdbcType.TIME))


ID = Column("id", "id", JdbcType.BIGINT, nullable=False)
TAGS = Column("tags", "tags", JdbcType.ARRAY, "_text")


def test_a_column_without_type_is_left_out_and_named() -> None:
    mapped, unsupported = map_columns([TAGS, ID], DEFAULTS)
    assert [(each.index, each.name) for each in mapped] == [(1, "id")]
    assert unsupported == [TAGS]


def test_a_column_without_type_becomes_text_on_request() -> None:
    mapped, unsupported = map_columns(
        [ID, TAGS], MappingSettings(unsupported=UnsupportedColumns.STRING)
    )
    assert (mapped[1].schema, mapped[1].as_text) == (data.OPTIONAL_STRING, True)
    assert unsupported == [TAGS]


def test_a_column_without_type_is_an_error_on_request() -> None:
    with pytest.raises(DataError, match=r"tags \(_text\).*unsupported\.columns=string"):
        map_columns([ID, TAGS], MappingSettings(unsupported=UnsupportedColumns.ERROR))


def test_a_field_is_called_as_the_label() -> None:
    labelled = dataclasses.replace(ID, label="key")
    assert map_columns([labelled], DEFAULTS)[0][0].name == "key"
    assert map_columns([dataclasses.replace(ID, label="")], DEFAULTS)[0][0].name == "id"


def test_two_columns_of_one_name_are_refused() -> None:
    with pytest.raises(DataError, match=r"2 columns called 'id'.*with AS"):
        map_columns([ID, ID], DEFAULTS)


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        (data.INT64, "INT64"),
        (data.OPTIONAL_TIMESTAMP, "Timestamp, optional"),
        (decimal(10, 2), "Decimal(10, 2)"),
        (data.decimal_schema(3), "Decimal(scale 3)"),
    ],
)
def test_a_schema_is_shown_in_a_few_characters(schema: Schema, shown: str) -> None:
    assert shown_schema(schema) == shown
