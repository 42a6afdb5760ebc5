# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from barnabas.converters.json_schema import nodes


def test_nodes_are_told_apart_by_identity() -> None:
    assert nodes.StringNode() != nodes.StringNode()
    assert len({nodes.StringNode(), nodes.StringNode()}) == 2


def test_null_is_a_default_unlike_none_at_all() -> None:
    assert nodes.StringNode().default is nodes.ABSENT
    assert nodes.StringNode(default=None).default is None
