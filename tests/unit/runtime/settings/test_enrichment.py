# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.runtime.settings.connector import SourceConnectorConfig
from barnabas.runtime.settings.enrichment import enrich
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.settings.stand_ins import registry
from tests.unit.runtime.settings.test_worker import STANDALONE

CONNECT = "org.apache.kafka.connect."
WORKER = StandaloneConfig(STANDALONE)


def enriched(**props):
    texts = {name.replace("__", "."): value for name, value in props.items()}
    return enrich(SourceConnectorConfig.definition(), texts, WORKER, registry())


def added(definition):
    return [key.name for key in definition if key.name not in SourceConnectorConfig.definition()]


def test_converters_of_the_worker_are_the_defaults_under_their_full_names():
    definition = enriched()
    assert definition["key.converter"].default == CONNECT + "json.JsonConverter"
    assert definition["key.converter.plugin.version"].default == "4.1.0"
    assert definition["header.converter"].default == CONNECT + "storage.SimpleHeaderConverter"


def test_a_converter_of_the_worker_that_is_not_found_does_not_stop_validation():
    worker = StandaloneConfig({**STANDALONE, "key.converter": "com.example.Lost"})
    definition = enrich(SourceConnectorConfig.definition(), {}, worker, registry())
    assert definition["key.converter"].default == "com.example.Lost"
    assert definition["key.converter.plugin.version"].default is None


def test_each_alias_adds_a_group_with_the_settings_of_its_class():
    definition = enriched(transforms="r", transforms__r__type="RegexRouter")
    assert added(definition) == [
        "transforms.r.type",
        "transforms.r.plugin.version",
        "transforms.r.regex",
        "transforms.r.replacement",
        "transforms.r.negate",
        "transforms.r.predicate",
    ]
    assert definition["transforms.r.regex"].group == "Transforms: r"
    assert definition["transforms.r.negate"].order_in_group == 4


def test_an_alias_with_an_unknown_class_has_type_and_version_only():
    assert added(enriched(predicates="p", predicates__p__type="Lost")) == [
        "predicates.p.type",
        "predicates.p.plugin.version",
    ]


def test_a_repeated_alias_counts_once():
    assert len(added(enriched(transforms="f,f", transforms__f__type="Filter"))) == 4


@pytest.mark.parametrize("text", [None, "", " "])
def test_no_aliases_add_nothing(text):
    assert added(enriched(transforms=text, predicates=text)) == []


def test_predicates_have_no_predicates():
    names = added(enriched(predicates="p", predicates__p__type="RecordIsTombstone"))
    assert names == ["predicates.p.type", "predicates.p.plugin.version"]
