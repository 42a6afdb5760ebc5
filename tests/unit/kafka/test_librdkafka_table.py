# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
from confluent_kafka import Consumer, KafkaException, Producer

from barnabas.kafka.librdkafka_table import CANONICAL_NAMES, PROPERTIES


@pytest.mark.parametrize(("make", "scope"), [(Producer, "*P"), (Consumer, "*C")])
def test_the_installed_client_knows_every_name(make: type, scope: str) -> None:
    unknown = []
    for name, known in PROPERTIES.items():
        if known.scope in scope:
            try:
                make({"group.id": "g", name: "\x01 no value", "no.such.property": "x"})
            except KafkaException as error:
                if f'No such configuration property: "{name}"' in error.args[0].str():
                    unknown.append(name)
    assert unknown == []


def test_other_names_lead_to_names_of_the_table() -> None:
    assert CANONICAL_NAMES.keys() | set(CANONICAL_NAMES.values()) <= PROPERTIES.keys()


def test_ranges_are_whole() -> None:
    assert [n for n, p in PROPERTIES.items() if (p.low is None) != (p.high is None)] == []
