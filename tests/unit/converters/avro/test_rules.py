# SPDX-License-Identifier: Apache-2.0
"""What the settings say, as plain values."""

from __future__ import annotations

from barnabas.converters.avro.rules import Rules


def test_rules_begin_as_javas_defaults():
    rules = Rules()
    assert rules.connect_meta_data
    assert rules.flatten_singleton_unions
    assert not any([rules.enhanced, rules.generalized, rules.scrub_names])
