# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from barnabas.data import INT32, STRING, Schema, Type
from barnabas.errors import ConfigError, DataError
from barnabas.transforms.set_schema_metadata import SetSchemaMetadataKey, SetSchemaMetadataValue
from tests.unit.transforms.records import changed, configured, sink

PLAIN = Schema.struct({"a": INT32}, name="n", version=1, doc="d", parameters={"p": "q"})
SCHEMA = PLAIN.with_attributes(optional=True, default={"a": 7})


@pytest.mark.parametrize(
    ("settings", "name", "version"),
    [
        ({"schema.name": "m"}, "m", 1),
        ({"schema.version": "5"}, "n", 5),
        ({"schema.name": "m", "schema.version": "5"}, "m", 5),
    ],
)
def test_name_and_version_are_set_and_all_else_stays(
    settings: dict[str, str | None], name: str, version: int
) -> None:
    value, schema = changed(configured(SetSchemaMetadataValue, settings), {"a": 1}, SCHEMA)
    assert value == {"a": 1}
    assert schema == SCHEMA.with_attributes(name=name, version=version)


def test_null_gets_the_schema_if_it_has_one() -> None:
    setting = configured(SetSchemaMetadataValue, {"schema.name": "m"})
    value, schema = changed(setting, None, SCHEMA)
    assert (value, schema.name) == (None, "m")
    record = sink()
    assert setting.apply(record) is record


def test_defaults_stand_for_null_if_they_shall() -> None:
    schema = Schema.struct({"d": Schema(Type.INT32, optional=True, default=3)})
    setting = configured(SetSchemaMetadataValue, {"schema.name": "m"})
    assert changed(setting, {}, schema)[0] == {"d": 3}
    settings = {"schema.name": "m", "replace.null.with.default": "false"}
    assert changed(configured(SetSchemaMetadataValue, {**settings}), {}, schema)[0] == {"d": None}


@pytest.mark.parametrize(
    ("value", "schema", "message"),
    [
        ("x", None, "Schema required"),
        ("x", STRING, "non-struct"),
        ([1], Schema.array(INT32), "non-struct"),
        ("x", SCHEMA, "Only Struct"),
    ],
)
def test_other_values_are_refused(value: Any, schema: Schema | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        changed(configured(SetSchemaMetadataValue, {"schema.name": "m"}), value, schema)


def test_the_key_is_meant_by_the_other_class() -> None:
    setting = configured(SetSchemaMetadataKey, {"schema.name": "m"})
    record = setting.apply(sink({"a": 1}, PLAIN, key={"a": 1}, key_schema=PLAIN))
    assert record is not None
    assert record.key_schema == PLAIN.with_attributes(name="m")
    assert record.value_schema == PLAIN


@pytest.mark.parametrize("settings", [{}, {"schema.version": "x"}])
def test_something_must_be_set(settings: dict[str, str | None]) -> None:
    with pytest.raises(ConfigError):
        configured(SetSchemaMetadataValue, settings)


def test_tombstones_of_a_batch_are_left_as_they_are() -> None:
    batch = [sink({"a": 1}, PLAIN), sink(None, None), sink(None, SCHEMA)]
    done = configured(SetSchemaMetadataValue, {"schema.name": "m"}).apply_batch(batch)
    assert [None if each is None else each.value for each in done] == [{"a": 1}, None, None]
    names = [each and each.value_schema and each.value_schema.name for each in done]
    assert names == ["m", None, "m"]
