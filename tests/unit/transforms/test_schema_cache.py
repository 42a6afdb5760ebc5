# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.data import INT8, INT16, INT32, Schema, Type
from barnabas.errors import DataError
from barnabas.transforms.schema_cache import SchemaCache


def test_an_answer_is_made_once_for_equal_schemas() -> None:
    asked: list[Schema] = []
    cache: SchemaCache[None] = SchemaCache(asked.append)
    for schema in (INT8, INT8, Schema(Type.INT8), INT16):
        cache[schema]
    assert asked == [INT8, INT16]


def test_the_oldest_answer_is_forgotten_when_it_is_full() -> None:
    asked: list[Schema] = []
    cache: SchemaCache[None] = SchemaCache(asked.append, capacity=2)
    for schema in (INT8, INT16, INT32, INT32, INT8):
        cache[schema]
    assert asked == [INT8, INT16, INT32, INT8]
    assert len(cache) == 2


def test_errors_are_not_remembered() -> None:
    answers = iter([None, 5])

    def make(_: Schema) -> int:
        answer = next(answers)
        if answer is None:
            raise DataError
        return answer

    cache = SchemaCache(make)
    with pytest.raises(DataError):
        cache[INT8]
    assert cache[INT8] == 5
