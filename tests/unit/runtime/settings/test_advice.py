# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.config import ConfigDef
from barnabas.runtime.settings.advice import warnings_about
from barnabas.runtime.settings.connector import SourceConnectorConfig
from barnabas.runtime.settings.enrichment import enrich
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.settings.stand_ins import SourceSettings, registry
from tests.unit.runtime.settings.test_worker import STANDALONE

GIVEN = {"name": "n", "connector.class": "FileStreamSource", "topic": "t"}


TOPICS = {
    "topic__creation__default__partitions": "3",
    "topic__creation__default__replication__factor": "1",
}


def warnings(*, creates_topics=True, **more):
    props = {**GIVEN, **{name.replace("__", "."): value for name, value in more.items()}}
    worker = StandaloneConfig(STANDALONE)
    framework: ConfigDef = enrich(SourceConnectorConfig.definition(), props, worker, registry())
    own = SourceSettings.definition()
    return warnings_about(props, framework, own, creates_topics=creates_topics)


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"bacth__size": "1"}, "bacth.size is not known. Did you mean batch.size?"),
        ({"task__max": "1"}, "task.max is not known. Did you mean tasks.max?"),
        ({"key__converter__schemas__enable": "false"}, "has no effect without key.converter"),
        ({"transforms__x__type": "Filter"}, "has no effect: transforms does not list x."),
        (
            {"transforms": "r", "transforms__r__type": "RegexRouter", "transforms__r__regx": "a"},
            "transforms.r.regx is not known. Did you mean transforms.r.regex?",
        ),
        (
            {"transforms": "f", "transforms__f__type": "Filter", "transforms__f__predicate": "p"},
            "names the predicate p, which predicates does not list",
        ),
        (
            {"topic__creation__default__partitions": "3"},
            'will fail to start: Missing required configuration "topic.creation.default.replica',
        ),
        (
            {**TOPICS, "topic__creation__logs__include": "x"},
            "topic.creation.logs.* have no effect: topic.creation.groups does not list logs.",
        ),
    ],
)
def test_a_likely_slip_is_pointed_out(more, warning):
    (found,) = warnings(**more)
    assert warning in found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"database__hostname": "h"},
        {"producer__override__linger": "1"},
        {"key__converter": "Json", "key__converter__anything": "1"},
        {"batch__size": "1", "batch__sizes": "1"},
        TOPICS,
        {
            "transforms": "f",
            "transforms__f__type": "Filter",
            "transforms__f__predicate": "p",
            "predicates": "p",
            "predicates__p__type": "RecordIsTombstone",
        },
    ],
)
def test_what_may_be_meant_is_left_alone(more):
    assert warnings(**more) == []


def test_topics_a_worker_may_not_create_are_pointed_out():
    (found,) = warnings(creates_topics=False, **TOPICS)
    assert "the worker has topic.creation.enable=false" in found


def test_settings_of_restarts_are_looked_at() -> None:
    props = {"task.restart.enable": "true", "task.restart.max.attempt": "3"}
    [warning] = warnings_about(props, ConfigDef(), ConfigDef())
    assert warning.startswith("The setting task.restart.max.attempt is not known.")
