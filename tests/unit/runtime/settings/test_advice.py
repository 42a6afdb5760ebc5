# SPDX-License-Identifier: Apache-2.0
import dataclasses

import pytest

from barnabas.connectors.file.config import FileStreamSinkConfig, FileStreamSourceConfig
from barnabas.connectors.file.connector import FileStreamSourceConnector
from barnabas.runtime.settings.advice import Advised, warnings_about
from barnabas.runtime.settings.connector import SinkConnectorConfig, SourceConnectorConfig
from barnabas.runtime.settings.enrichment import CONVERTERS, alias_classes, enrich
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.transforms.filter import Filter
from tests.unit.runtime.settings.stand_ins import StringConverter, registry
from tests.unit.runtime.settings.test_worker import STANDALONE

GIVEN = {"name": "n", "connector.class": "FileStreamSource", "topic": "t"}


TOPICS = {
    "topic__creation__default__partitions": "3",
    "topic__creation__default__replication__factor": "1",
}


ROUTE = {
    "transforms__a__b__regexp": "a",
    "transforms__a__b__replacement": "b",
}


def advised(props, *, is_sink=False, worker=None) -> Advised:
    settings = StandaloneConfig({**STANDALONE, **(worker or {})})
    kind = SinkConnectorConfig if is_sink else SourceConnectorConfig
    own = FileStreamSinkConfig if is_sink else FileStreamSourceConfig
    return Advised(
        props,
        enrich(kind.definition(), props, settings, registry()),
        own.definition(),
        settings,
        is_sink=is_sink,
        plugin_classes={
            **alias_classes(props, registry()),
            **{f"{name}.": StringConverter for name in CONVERTERS if props.get(name)},
        },
    )


def warnings(*, is_sink=False, worker=None, **more):
    given = {"name": "n", "connector.class": "FileStreamSink", "topics": "t"} if is_sink else GIVEN
    props = {**given, **{name.replace("__", "."): value for name, value in more.items()}}
    return warnings_about(advised(props, is_sink=is_sink, worker=worker))


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"bacth__size": "1"}, "bacth.size is not known. Did you mean batch.size?"),
        ({"task__max": "1"}, "task.max is not known. Did you mean tasks.max?"),
        ({"key__converter__schemas__enable": "false"}, "has no effect without key.converter"),
        ({"transforms__x__type": "Filter"}, "has no effect: transforms does not list x."),
        (
            {"transforms": "rout", "transforms__rout__type": "Filter", "transforms__rot__x": "1"},
            "transforms does not list rot. Did you mean transforms.rout.x?",
        ),
        (
            {"transforms": "a.b", "transforms__a__b__type": "RegexRouter", **ROUTE},
            "transforms.a.b.regexp is not known. Did you mean transforms.a.b.regex?",
        ),
        (
            {"predicates": "p", "predicates__p__type": "RecordIsTombstone"},
            "The predicate p has no effect: no transform has predicate=p.",
        ),
        ({"errors__tolerence": "all"}, "Did you mean errors.tolerance?"),
        (
            {"key__converter": "String", "key__converter__converter__encodng": "x"},
            "Did you mean key.converter.converter.encoding?",
        ),
        (
            {**TOPICS, "topic__creation__default__partition": "3"},
            "topic.creation.default.partition is not known to topics of Apache Kafka and may keep",
        ),
        (
            {**TOPICS, "topic__creation__default__clenup__policy": "3"},
            "Did you mean topic.creation.default.cleanup.policy?",
        ),
        ({"topic__creation__enable": "true", **TOPICS}, "is one of workers and has no effect"),
        ({"offset__flush__interval__ms": "1"}, "is one of workers and has no effect"),
        ({"linger__ms": "1"}, "Did you mean producer.override.linger.ms, for Kafka's client?"),
        ({"producer__acks": "1"}, "Did you mean producer.override.acks, for Kafka's client?"),
        ({"producer__override__lingr__ms": "1"}, "Did you mean producer.override.linger.ms?"),
        ({"producer__override__foo": "1"}, "is not known to Kafka's producer client and has no"),
        ({"producer__override__acks": "2"}, "The tasks will fail to start: Invalid value 2 for"),
        ({"consumer__override__check__crcs": "true"}, "this source has no consumer client; one"),
        ({"errors__deadletterqueue__topic__name": "d"}, "of a source needs barnabas.errors."),
        ({"barnabas__errors__put__isolate__max__calls": "5"}, "no effect: it is for sinks."),
        (
            {"barnabas__errors__put__isolate__max__cals": "5"},
            "Did you mean barnabas.errors.put.iso",
        ),
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
        {
            "producer__override__linger__ms": "1",
            "producer__override__sticky.partitioning.linger.ms": "1",
        },
        {"topic__creation__default__retention__ms": "1", **TOPICS},
        {"key__converter": "Json", "key__converter__anything": "1"},
        {"task__restart__enable": "true"},
        {
            "barnabas__errors__deadletterqueue__source__enable": "true",
            "errors__deadletterqueue__topic__name": "d",
            "errors__deadletterqueue__context__headers__enable": "true",
        },
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
    (found,) = warnings(worker={"topic.creation.enable": "false"}, **TOPICS)
    assert "the worker has topic.creation.enable=false" in found


def test_settings_of_restarts_are_looked_at() -> None:
    [warning] = warnings(task__restart__enable="true", task__restart__max__attempt="3")
    assert warning.startswith("The setting task.restart.max.attempt is not known.")


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"consumer__override__max__pol__records": "1"}, "Did you mean consumer.override.max.poll"),
        ({"consumer__override__max__poll__records": "0"}, "Value must be at least 1."),
        ({"consumer__override__interceptor__classes": "a.B"}, "no counterpart in librdkafka"),
        ({"max__poll__records": "1"}, "Did you mean consumer.override.max.poll.records, for"),
        ({"barnabas__errors__put__isolate__enable": "true"}, "needs errors.tolerance=all"),
        ({"barnabas__errors__deadletterqueue__source__enable": "true"}, "it is for sources."),
        ({"admin__override__retries": "1"}, "this sink has no admin client; one comes with errors"),
    ],
)
def test_a_likely_slip_of_a_sink_is_pointed_out(more, warning):
    (found,) = warnings(is_sink=True, **more)
    assert warning in found


def test_who_reads_declared_names_only_is_named_with_those_it_ignores():
    props = {**GIVEN, "sparkle": "1"}
    plain = advised(props)
    assert warnings_about(plain) == []
    closed = dataclasses.replace(plain, connector_class=FileStreamSourceConnector)
    assert warnings_about(closed) == [
        "The setting sparkle is not known to FileStreamSource and has no effect."
    ]


def test_built_in_transforms_read_declared_names_only():
    props = {**GIVEN, "transforms": "x", "transforms.x.type": "Filter", "transforms.x.zeal": "1"}
    plain = advised(props)
    closed = dataclasses.replace(plain, plugin_classes={"transforms.x.": Filter})
    assert (warnings_about(plain), len(warnings_about(closed))) == ([], 1)
