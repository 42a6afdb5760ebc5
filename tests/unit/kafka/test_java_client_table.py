# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.kafka.java_client_table import ENUMS, HARMLESS, RENAMED, SAME, UNSUPPORTED
from barnabas.kafka.librdkafka_table import PROPERTIES


@pytest.mark.parametrize("kind", SAME)
def test_what_has_a_counterpart_leads_to_a_name_of_librdkafka(kind: str) -> None:
    assert {RENAMED.get(name, name) for name in SAME[kind]} <= PROPERTIES.keys()


def test_a_name_has_one_fate() -> None:
    same = frozenset[str]().union(*SAME.values())
    assert same & HARMLESS == same & UNSUPPORTED.keys() == HARMLESS & UNSUPPORTED.keys() == set()


def test_words_are_written_in_lower_case() -> None:
    assert [word for words in ENUMS.values() for word in words if word != word.lower()] == []
