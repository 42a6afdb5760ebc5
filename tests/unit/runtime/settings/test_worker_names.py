# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.worker import StandaloneConfig
from barnabas.runtime.settings.worker_names import converter_settings, unknown_worker_names
from tests.unit.runtime.settings.test_worker import DISTRIBUTED, STANDALONE

JSON = {"value.converter": "org.apache.kafka.connect.json.JsonConverter"}


def told(**more):
    given = {name.replace("__", "."): value for name, value in more.items()}
    return unknown_worker_names(DistributedConfig({**DISTRIBUTED, **given}))


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"producer__lingr__ms": "1"}, "Did you mean producer.linger.ms?"),
        ({"consumer__linger__ms": "1"}, "is not known to Kafka's consumer client"),
        ({"producer__override__linger__ms": "1"}, "Did you mean producer.linger.ms?"),
        ({"admin__retrys": "1"}, "Did you mean admin.retries?"),
        ({"topic__creation__default__partitions": "1"}, "is one of connectors and has no effect"),
        ({"listeners__https__ssl__keystore__locaton": "x"}, "https.ssl.keystore.location?"),
        ({"ssl__truststore__pasword": "x"}, "Did you mean ssl.truststore.password?"),
        ({"sasl__jaas__konfig": "x"}, "Did you mean sasl.jaas.config?"),
        ({"config__storage__replication__facto": "1"}, "config.storage.replication.factor?"),
        ({"offset__storage__spark": "1"}, "may keep brokers from creating the topic"),
        (
            {"config__providers": "file", "config__providers__file__clas": "x"},
            "Did you mean config.providers.file.class?",
        ),
        (
            {**JSON, "value.converter.schema.enable": "false"},
            "Did you mean value.converter.schemas.enable?",
        ),
    ],
)
def test_a_name_below_a_prefix_that_nobody_knows_is_pointed_out(more, warning):
    (found,) = told(**more)
    assert warning in found


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"producer__queue__buffering__max__kbytes": "1000", "consumer__max__poll__records": "5"},
        {"config__storage__min__insync__replicas": "2", "status__storage__segment__bytes": "9"},
        {"config__providers": "file", "config__providers__file__param__allowed__paths": "/"},
        {"listeners__https__ssl__client__auth": "none", "sasl__mechanism": "PLAIN"},
        {"value__converter": "AvroConverter", "value__converter__schema__registry__url": "x"},
        {"metrics__context__owner": "us"},
    ],
)
def test_names_somebody_knows_are_left_alone(more):
    assert told(**more) == []


def test_a_standalone_worker_knows_its_file_of_offsets():
    assert unknown_worker_names(StandaloneConfig(STANDALONE)) == []


@pytest.mark.parametrize("name", ["Json", "JsonConverter", JSON["value.converter"]])
def test_the_converter_of_every_worker_is_known_by_all_its_names(name):
    settings = converter_settings(name)
    assert settings is not None
    assert "schemas.enable" in settings.definition()


def test_settings_of_other_converters_are_not():
    assert converter_settings("AvroConverter") is None
