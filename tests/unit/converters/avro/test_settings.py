# SPDX-License-Identifier: Apache-2.0
"""Settings of AvroConverter."""

from __future__ import annotations

from barnabas.converters.avro.rules import Rules
from barnabas.converters.avro.settings import AvroConverterConfig

NEEDED = {"schema.registry.url": "mock://x", "converter.type": "value"}


def test_defaults_give_the_plain_rules():
    assert AvroConverterConfig(NEEDED).rules == Rules()


def test_every_switch_changes_its_rule():
    switches = {
        "connect.meta.data": "false",
        "generalized.sum.type.support": "true",
        "enhanced.avro.schema.support": "true",
        "scrub.invalid.names": "true",
        "discard.type.doc.default": "true",
        "allow.optional.map.keys": "true",
        "flatten.singleton.unions": "false",
        "ignore.default.for.nullables": "true",
        "avro.remove.java.properties": "true",
    }
    rules = AvroConverterConfig({**NEEDED, **switches}).rules
    assert rules == Rules(False, True, True, True, True, True, False, True, True)
