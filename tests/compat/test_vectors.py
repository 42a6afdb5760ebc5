# SPDX-License-Identifier: Apache-2.0
"""What Java Kafka Connect answered, and what we answer."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tests.compat.vector_adapter import answer
from tests.compat.vectors_check import ask, compare, values_equal

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "vectors_open.json").read_text(encoding="utf-8")
)["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_the_answer_is_javas(vector: dict[str, Any]) -> None:
    given = ask(vector, answer)
    assert given is not None, "every kind is supported"
    assert compare(vector, given) is None


def test_there_are_no_other_kinds() -> None:
    assert len({vector["kind"] for vector in VECTORS}) == 19


def test_the_comparison_accepts_every_recorded_answer() -> None:
    wrong = [vector["id"] for vector in VECTORS if compare(vector, copy.deepcopy(vector["expect"]))]
    assert wrong == []


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ({"t": "i8", "v": 1}, {"t": "i16", "v": 1}),
        ({"t": "bool", "v": True}, {"t": "bool", "v": 1}),
        ({"t": "f64", "v": 1.0}, {"t": "f64", "v": 1.0000001}),
        ({"t": "f64", "v": "NaN"}, {"t": "f64", "v": 0.0}),
        ([{"t": "str", "v": "a"}], []),
        ({"schema": {"type": "int8"}}, {"schema": {"type": "int8", "optional": True}}),
    ],
)
def test_the_comparison_sees_a_difference(expected: Any, given: Any) -> None:
    assert not values_equal(expected, given)


def test_the_comparison_wants_the_right_error() -> None:
    expect = {"error": "DataException", "error_parents": ["ConnectException"]}
    vector = {"kind": "project", "expect": expect}
    assert compare(vector, {"error": "ConnectException"}) is None
    assert compare(vector, {"error": "ConfigException"}) is not None
    assert compare(vector, {"value": None}) is not None
