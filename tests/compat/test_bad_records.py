# SPDX-License-Identifier: Apache-2.0
"""Transformations do with records they are not made for what Java's did.

The file holds records with missing and null fields, of other types, without schema, and tombstones;
and for each transformation what Java's made of them: what changed, or its error.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from barnabas.errors import ConnectError
from tests.compat import plugin_lookup
from tests.compat.transform_vectors import decode_record, encode_record
from tests.compat.vector_adapter import answer
from tests.compat.vectors_check import ask, compare

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).with_name("bad_records_recorded.json").read_text(encoding="utf-8")
)
RECORDS, CASES = RECORDED["records"], RECORDED["cases"]
PLUGINS = sorted({case["class"] for case in CASES})


def vector(case: dict[str, Any]) -> dict[str, Any]:
    record, expect = RECORDS[case["input"]], case["expect"]
    if "changes" in expect:
        expect = {"record": {**encode_record(decode_record(record)), **expect["changes"]}}
    return {**case, "kind": "smt", "record": record, "expect": expect}


@pytest.mark.parametrize("name", PLUGINS)
def test_records_a_transformation_is_not_made_for_are_treated_as_in_java(name: str) -> None:
    wrong = []
    for case in CASES:
        if case["class"] == name:
            asked = vector(case)
            given = ask(asked, answer)
            assert given is not None
            if (why := compare(asked, given)) is not None:
                wrong.append((case["config"], case["input"], why))
    assert wrong == []


@pytest.mark.parametrize("name", PLUGINS)
def test_a_batch_of_them_is_treated_like_each(name: str) -> None:
    plugin = plugin_lookup.find_plugin(name)
    assert plugin is not None
    for config in {json.dumps(case["config"]): case for case in CASES if case["class"] == name}:
        transform = plugin()
        try:
            transform.configure(json.loads(config))
        except ConnectError:
            continue
        records, changed = [], []
        for record in map(decode_record, RECORDS.values()):
            try:
                changed.append(transform.apply(record))
            except ConnectError:
                with pytest.raises(ConnectError):
                    transform.apply_batch([record])
            else:
                records.append(record)
        assert [shown(each) for each in transform.apply_batch(records)] == [*map(shown, changed)]


def shown(record: Any) -> str | None:
    return None if record is None else json.dumps(encode_record(record))
