# SPDX-License-Identifier: Apache-2.0
"""Compares answers with recorded vectors, by the rules of VECTORS.md.

As a program it runs an adapter against a file of vectors and counts::

    python tests/compat/vectors_check.py --adapter tests.compat.vector_adapter:answer \
        --file tests/compat/vectors_open.json --pythonpath .
"""

from __future__ import annotations

import argparse
import collections
import copy
import importlib
import json
import math
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ACCIDENTS = {
    "ClassCastException",
    "IllegalArgumentException",
    "IndexOutOfBoundsException",
    "NullPointerException",
    "NumberFormatException",
}
"""Accidents of the Java code: any error is right there."""


def compare(vector: Json, answer: Json) -> str | None:
    """Say how an answer differs from what the vector expects; None when it is right."""
    expected, kind = vector["expect"], vector["kind"]
    if kind == "configdef":
        return _compare_definition(expected, answer)
    if "error" in expected or "error" in answer:
        return _compare_errors(expected, answer)
    if kind in ("conv_from", "header_from"):
        equal = _bytes_equal(vector, expected, answer)
    elif kind == "assignor":
        return _compare_rounds(expected, answer)
    else:
        equal = values_equal(expected, answer)
    return None if equal else f"expected {_text(expected)} got {_text(answer)}"


def values_equal(expected: Any, answer: Any) -> bool:
    """Compare tagged values: absent is null, maps have no order, a FLOAT32 has 6 digits."""
    if isinstance(expected, dict) and isinstance(answer, dict):
        if expected.get("t") in ("f32", "f64") and answer.get("t") == expected.get("t"):
            return _floats_equal(expected, answer)
        if expected.get("t") == "map" and answer.get("t") == "map":
            return values_equal(_sorted_pairs(expected), _sorted_pairs(answer))
        keys = {k for k in expected if expected[k] is not None}
        keys |= {k for k in answer if answer[k] is not None}
        return all(values_equal(expected.get(k), answer.get(k)) for k in keys)
    if isinstance(expected, list) and isinstance(answer, list):
        return len(expected) == len(answer) and all(map(values_equal, expected, answer))
    comparable = type(expected) is type(answer) or (_is_number(expected) and _is_number(answer))
    return bool(comparable and expected == answer)


def _floats_equal(expected: Json, answer: Json) -> bool:
    try:
        x, y = float(expected.get("v")), float(answer.get("v"))  # type: ignore[arg-type] # caught
    except (TypeError, ValueError):
        return False
    if math.isnan(x) or math.isnan(y):
        return math.isnan(x) and math.isnan(y)
    return x == y or (expected["t"] == "f32" and abs(x - y) <= 1e-6 * max(abs(x), abs(y)))


def _sorted_pairs(tagged: Json) -> list[Any]:
    return sorted(tagged["v"], key=lambda pair: json.dumps(pair[0], sort_keys=True))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bytes_equal(vector: Json, expected: Json, answer: Json) -> bool:
    if "utf8" in expected and "utf8" in answer:
        if expected["utf8"] == answer["utf8"]:
            return True
        if vector.get("class", "").endswith("JsonConverter"):
            try:
                return _json_equal(_load(expected["utf8"]), _load(answer["utf8"]))
            except ValueError:
                return False
    return bool(_raw(expected) == _raw(answer))


def _load(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_int=Decimal)


def _raw(tagged: Json) -> Any:
    if "utf8" in tagged:
        return tagged["utf8"].encode()
    return bytes.fromhex(tagged["hex"]) if "hex" in tagged else tagged.get("bytes")


def _json_equal(x: Any, y: Any) -> bool:
    if isinstance(x, bool) or isinstance(y, bool):
        return x is y
    if isinstance(x, int | float | Decimal) and isinstance(y, int | float | Decimal):
        return x == y or (x != x and y != y)  # noqa: PLR0124 - NaN
    if isinstance(x, dict) and isinstance(y, dict):
        return set(x) == set(y) and all(_json_equal(x[k], y[k]) for k in x)
    if isinstance(x, list) and isinstance(y, list):
        return len(x) == len(y) and all(map(_json_equal, x, y))
    return bool(x == y)


def _compare_errors(expected: Json, answer: Json) -> str | None:
    if "error" not in answer:
        return f"expected {expected['error']}, got {_text(answer)}"
    if "error" not in expected:
        return f"unexpected {answer['error']}: {answer.get('message')}; not {_text(expected)}"
    names = {expected["error"], *expected.get("error_parents", [])}
    if answer["error"] in names or expected["error"] in ACCIDENTS:
        return None
    return f"error class: expected {expected['error']} got {answer['error']}"


def _compare_definition(expected: Json, answer: Json) -> str | None:
    if ("error" in expected) != ("error" in answer):
        outcomes = expected.get("error", "ok"), answer.get("error", "ok")
        return f"parse: expected {outcomes[0]} got {outcomes[1]}"
    if "parsed" in expected and not values_equal(expected["parsed"], answer.get("parsed")):
        return f"parsed: expected {expected['parsed']} got {answer.get('parsed')}"
    for name, value in expected.get("validate", {}).items():
        given = (answer.get("validate") or {}).get(name)
        if (
            given is None
            or bool(given.get("errors")) != bool(value["errors"])
            or not values_equal(value["value"], given.get("value"))
        ):
            return f"validate[{name}]: expected {value} got {given}"
    return None


def _compare_rounds(expected: Json, answer: Json) -> str | None:
    if len(expected["rounds"]) != len(answer["rounds"]):
        return "number of rounds"
    for wanted, given in zip(expected["rounds"], answer["rounds"], strict=True):
        if _round_summary(wanted) != _round_summary(given):
            return (
                f"round {wanted['generation']}: expected {_round_summary(wanted)}"
                f" got {_round_summary(given)}"
            )
    return None


def _round_summary(one_round: Json) -> tuple[Any, ...]:
    shares = sorted((w["connectors"], w["tasks"]) for w in one_round["workers"].values())
    totals = "total_revoked_connectors total_revoked_tasks delay held_tasks distinct_tasks"
    return shares, *(one_round[name] for name in totals.split())


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)[:500]


def main() -> int:
    """Run the program; 1 when an answer is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--adapter", required=True, help="module:function")
    parser.add_argument("--file", required=True, type=Path)
    parser.add_argument("--kind", help="only vectors of this kind")
    parser.add_argument("--pythonpath", default=".")
    options = parser.parse_args()
    sys.path.insert(0, options.pythonpath)
    module, function = options.adapter.split(":")
    answer = getattr(importlib.import_module(module), function)
    counts: dict[str, list[int]] = collections.defaultdict(lambda: [0, 0, 0])
    for vector in json.loads(options.file.read_text())["vectors"]:
        if options.kind in (None, vector["kind"]):
            counts[vector["kind"]][_outcome(vector, answer)] += 1
    for kind, (passed, failed, skipped) in sorted(counts.items()):
        sys.stdout.write(f"{kind}: passed {passed} failed {failed} skipped {skipped}\n")
    totals = [sum(column) for column in zip(*counts.values(), strict=True)]
    sys.stdout.write("total: passed {} failed {} skipped {}\n".format(*totals))
    return 1 if totals[1] else 0


def ask(vector: Json, answer: Callable[[Json], Json | None]) -> Json | None:
    """Put a vector, without what it expects, to an adapter; what it raises is an answer too."""
    question = {key: value for key, value in vector.items() if key != "expect"}
    try:
        return answer(copy.deepcopy(question))
    except Exception as error:
        return {"error": type(error).__name__, "message": str(error)}


def _outcome(vector: Json, answer: Callable[[Json], Json | None]) -> int:
    given = ask(vector, answer)
    if given is None:
        return 2
    difference = compare(vector, given)
    if difference is None:
        return 0
    sys.stdout.write(f"FAIL {vector['id']} {vector['label']} {_text(vector)}\n  {difference}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
