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

UNSUPPORTED_KINDS = {"assignor"}
"""Kinds whose part is not built yet. Take a kind out when its part comes; never add one."""


@pytest.mark.parametrize(
    "vector",
    [vector for vector in VECTORS if vector["kind"] not in UNSUPPORTED_KINDS],
    ids=lambda vector: vector["id"],
)
def test_the_answer_is_javas(vector: dict[str, Any]) -> None:
    given = ask(vector, answer)
    assert given is not None, "this kind is said to be supported"
    assert compare(vector, given) is None


def test_only_the_kinds_named_here_are_unsupported() -> None:
    unanswered = {
        vector["kind"]
        for vector in VECTORS
        if vector["kind"] in UNSUPPORTED_KINDS and ask(vector, answer) is None
    }
    assert unanswered == UNSUPPORTED_KINDS


def test_there_are_no_other_kinds() -> None:
    kinds = {vector["kind"] for vector in VECTORS}
    assert len(kinds) == 19
    assert kinds >= UNSUPPORTED_KINDS


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
