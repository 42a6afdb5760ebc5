# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import INT32, OPTIONAL_INT32, Schema
from barnabas.errors import DataError
from barnabas.transforms.hoist_field import HoistFieldKey, HoistFieldValue
from tests.unit.transforms.records import changed, configured, sink

HOIST = configured(HoistFieldValue, {"field": "f"})
POINT = Schema.struct({"x": INT32})


def test_a_value_becomes_the_only_field() -> None:
    assert changed(HOIST, 5, INT32) == ({"f": 5}, Schema.struct({"f": INT32}))
    assert changed(HOIST, {"x": 1}, POINT) == ({"f": {"x": 1}}, Schema.struct({"f": POINT}))
    assert changed(HOIST, 5) == ({"f": 5}, None)


def test_null_is_wrapped_where_it_may_be() -> None:
    assert changed(HOIST, None) == ({"f": None}, None)
    assert changed(HOIST, None, OPTIONAL_INT32)[0] == {"f": None}
    with pytest.raises(DataError, match='required field: "f"'):
        changed(HOIST, None, INT32)


def test_an_incomplete_struct_is_refused() -> None:
    with pytest.raises(DataError, match='"x"'):
        changed(HOIST, {}, POINT)


def test_the_key_is_meant_by_the_other_class() -> None:
    record = configured(HoistFieldKey, {"field": "f"}).apply(sink(1, key=2))
    assert record is not None
    assert (record.key, record.value) == ({"f": 2}, 1)
