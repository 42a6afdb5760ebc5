# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import DataError
from barnabas.registry.associations import Subjects
from barnabas.registry.memory import MemoryRegistry
from barnabas.registry.settings import SchemaRegistryConfig


class Associations(MemoryRegistry):
    def __init__(self, *subjects: str) -> None:
        super().__init__("associations")
        self.known = list(subjects)
        self.asked: list[tuple[str, ...]] = []

    def associated_subjects(self, topic: str, kind: str, namespace: str = "-") -> list[str]:
        self.asked.append((topic, kind, namespace))
        return self.known


def subjects(registry: Associations, **settings: str) -> Subjects:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    own = {
        "schema.registry.url": "mock://x",
        "value.subject.name.strategy": "AssociatedNameStrategy",
    }
    return Subjects(registry, SchemaRegistryConfig(own | names), is_key=False, now=lambda: 0.0)


def test_associated_subject_is_asked_for_once() -> None:
    registry = Associations("other")
    names = subjects(registry)
    assert [names.subject("t", None) for _ in range(3)] == ["other"] * 3
    assert registry.asked == [("t", "value", "-")]


def test_cluster_is_told() -> None:
    registry = Associations("other")
    subjects(registry, subject_name_strategy_kafka_cluster_id="lkc").subject("t", None)
    assert registry.asked == [("t", "value", "lkc")]


@pytest.mark.parametrize(
    ("fallback", "subject"),
    [("TOPIC", "t-value"), ("RECORD", "a.B"), ("topic_record", "t-a.B")],
)
def test_topic_without_association_has_another_strategy(fallback: str, subject: str) -> None:
    names = subjects(Associations(), subject_name_strategy_fallback_type=fallback)
    assert names.subject("t", "a.B") == subject


def test_topic_without_association_may_be_an_error() -> None:
    names = subjects(Associations(), subject_name_strategy_fallback_type="NONE")
    with pytest.raises(DataError, match="Topic t has no value subject associated"):
        names.subject("t", None)


def test_several_associations_are_an_error() -> None:
    with pytest.raises(DataError, match="several value subjects associated: a, b"):
        subjects(Associations("a", "b")).subject("t", None)


def test_other_strategies_ask_nothing() -> None:
    registry = Associations("other")
    names = subjects(registry, value_subject_name_strategy="RecordNameStrategy")
    assert names.subject("t", "a.B") == "a.B"
    assert names.needs_record_name
    assert registry.asked == []
