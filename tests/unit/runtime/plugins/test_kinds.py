# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.runtime.plugins.kinds import CONNECTOR_KINDS, LISTED_KINDS, PluginKind
from barnabas.runtime.plugins.plugin import import_class


def test_kinds_are_listed_in_javas_order() -> None:
    assert [kind.value for kind in LISTED_KINDS] == [
        "sink",
        "source",
        "transformation",
        "predicate",
        "converter",
        "header_converter",
    ]


def test_connectors_are_sinks_and_sources() -> None:
    assert set(CONNECTOR_KINDS) == {PluginKind.SINK, PluginKind.SOURCE}


@pytest.mark.parametrize("kind", PluginKind)
def test_each_kind_has_a_group_a_suffix_and_an_importable_base(kind: PluginKind) -> None:
    assert kind.group.startswith("barnabas.")
    assert kind.suffix
    assert kind.base is None or isinstance(import_class(kind.base), type)


def test_groups_are_distinct() -> None:
    assert len({kind.group for kind in PluginKind}) == len(PluginKind)
