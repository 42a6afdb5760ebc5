# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.converters.json_schema.indenting import indented


def test_objects_are_spread_over_lines_and_arrays_are_not() -> None:
    compact = b'{"a":1.50,"b":[1,{"c":null}],"d":{},"e":[],"f":"\\u0001"}'
    assert indented(compact) == (
        b'{\n  "a" : 1.50,\n  "b" : [ 1, {\n    "c" : null\n  } ],\n  "d" : { },\n  "e" : [ ],\n'
        b'  "f" : "\\u0001"\n}'
    )


def test_plain_values_stay() -> None:
    assert indented(b"true") == b"true"
    assert indented('"é"'.encode()) == '"é"'.encode()
