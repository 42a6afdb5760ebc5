# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from barnabas.errors import ConfigError, DataError
from barnabas.registry import subjects
from barnabas.registry.subjects import Strategy, SubjectNames


@pytest.mark.parametrize(
    ("strategy", "is_key", "subject"),
    [
        (Strategy.TOPIC, True, "t-key"),
        (Strategy.TOPIC, False, "t-value"),
        (Strategy.RECORD, False, "a.B"),
        (Strategy.TOPIC_RECORD, True, "t-a.B"),
        (Strategy.ASSOCIATED, False, "t-value"),
    ],
)
def test_strategy_names_the_subject(strategy: Strategy, is_key: bool, subject: str) -> None:
    assert SubjectNames(strategy, is_key).subject("t", "a.B") == subject


@pytest.mark.parametrize("strategy", [Strategy.RECORD, Strategy.TOPIC_RECORD])
def test_what_is_no_record_has_no_subject_of_its_name(strategy: Strategy) -> None:
    with pytest.raises(DataError, match="key must only be a record schema, but that of topic t"):
        SubjectNames(strategy, is_key=True).subject("t", None)


def test_strategy_is_found_by_either_name() -> None:
    assert subjects.strategy_of("RecordNameStrategy") is Strategy.RECORD
    assert subjects.strategy_of(subjects.DEFAULT) is Strategy.TOPIC


@pytest.mark.parametrize("name", ["", "Topic", "com.example.TopicNameStrategy"])
def test_other_strategies_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="for configuration s: Class must be one of: Topic"):
        subjects.valid_strategy()("s", name)


@pytest.mark.parametrize(
    ("validator", "name"),
    [
        (subjects.valid_strategy(), subjects.DEFAULT),
        (subjects.valid_context_strategy(), "NullContextNameStrategy"),
        (subjects.valid_id_serializer(), "HeaderSchemaIdSerializer"),
    ],
)
def test_known_names_pass(validator, name: str) -> None:
    validator("s", name)
