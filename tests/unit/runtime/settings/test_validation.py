# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import BadRequestError
from barnabas.runtime.plugins import PluginKind
from barnabas.runtime.settings.distributed import DistributedConfig
from barnabas.runtime.settings.overrides import OverridePolicy
from barnabas.runtime.settings.validation import (
    check_request_type,
    plugin_keys,
    refusal,
    validate_connector,
)
from barnabas.runtime.settings.worker import StandaloneConfig
from tests.unit.runtime.settings.stand_ins import HERE, plugin, registry
from tests.unit.runtime.settings.test_worker import DISTRIBUTED, STANDALONE

WORKER = StandaloneConfig(STANDALONE)
SOURCE = {"name": "n", "connector.class": "FileStreamSource", "topic": "t"}
SINK = {"name": "n", "connector.class": "FileStreamSink", "topics": "t"}


def validate(props, worker=WORKER, *more):
    return validate_connector(props, worker, registry(*more))


def errors(infos):
    return {info.value.name: info.value.errors for info in infos.configs if info.value.errors}


def names(infos, prefix):
    return [info.value.name for info in infos.configs if info.value.name.startswith(prefix)]


def test_a_good_configuration_has_no_errors():
    for props in (SOURCE, SINK):
        validation = validate(props)
        assert errors(validation.infos) == {}
        assert refusal(validation.infos) is None
        assert validation.warnings == []


def test_the_name_of_the_answer_is_the_text_the_user_gave():
    assert validate(SOURCE).infos.name == "FileStreamSource"


def test_a_refusal_lists_all_messages():
    infos = validate({**SOURCE, "tasks.max": "x", "name": ""}).infos
    assert refusal(infos) == (
        "Connector configuration is invalid and contains the following 3 error(s):\n"
        "Invalid value  for configuration name: String may not be empty\n"
        "Invalid value x for configuration tasks.max: Not a number of type INT\n"
        "Invalid value null for configuration tasks.max: Value must be non-null\n"
        "You can also find the above list of errors at the endpoint "
        "`/connector-plugins/{connectorType}/config/validate`"
    )


@pytest.mark.parametrize("props", [{"name": "n"}, {"name": "n", "connector.class": None}])
def test_a_configuration_without_class_is_a_bad_request(props):
    with pytest.raises(BadRequestError, match="contains no connector type"):
        validate(props)


def test_a_bad_request_shows_no_secrets():
    with pytest.raises(BadRequestError) as failure:
        validate({"name": "n", "connection.password": "geheim"})
    assert "{name=n, connection.password=[hidden]}" in failure.value.message


def test_an_unknown_class_is_a_bad_request_that_names_the_near_ones():
    with pytest.raises(BadRequestError, match=r"FileStreamSorce.* Did you mean FileStreamSource"):
        validate({**SOURCE, "connector.class": "FileStreamSorce"})


def test_a_class_that_cannot_be_imported_is_a_bad_request():
    broken = plugin(PluginKind.SOURCE, "broken.BrokenSourceConnector", "NotThere")
    with pytest.raises(BadRequestError, match=r"BrokenSourceConnector.*cannot be imported"):
        validate({**SOURCE, "connector.class": "BrokenSource"}, WORKER, broken)


def test_a_version_that_is_not_installed_is_an_error_of_class_and_version():
    infos = validate({**SOURCE, "connector.plugin.version": "9.9"}).infos
    assert list(errors(infos)) == ["connector.class", "connector.plugin.version"]
    assert infos.groups == ["Common", "Transforms", "Predicates", "Error Handling"]
    (info,) = [i for i in infos.configs if i.value.name == "connector.plugin.version"]
    assert info.definition.default_value == "4.1.0"
    assert info.value.recommended_values == ["4.1.0"]


def test_of_two_versions_the_wanted_one_is_taken():
    old = plugin(PluginKind.SOURCE, "file.FileStreamSourceConnector", version="3.9.0")
    infos = validate({**SOURCE, "connector.plugin.version": "[3,4)"}, WORKER, old).infos
    assert errors(infos) == {}


def test_a_connector_whose_validate_returns_nothing_is_a_bad_request():
    forgetful = plugin(PluginKind.SOURCE, "x.ForgetfulSourceConnector")
    with pytest.raises(BadRequestError, match=r"validate\(\) must return a list"):
        validate({**SOURCE, "connector.class": "ForgetfulSource"}, WORKER, forgetful)


def test_a_class_can_be_named_by_its_python_path():
    infos = validate({**SOURCE, "connector.class": f"{HERE}.FileStreamSourceConnector"}).infos
    assert errors(infos) == {}


def test_settings_of_a_named_converter_are_validated_and_shown_under_its_prefix():
    infos = validate({**SOURCE, "key.converter": "Json", "key.converter.schemas.enable": "x"}).infos
    assert errors(infos) == {
        "key.converter.schemas.enable": [
            "Invalid value x for configuration schemas.enable: "
            "Expected value to be either true or false"
        ]
    }
    assert infos.groups[-2:] == ["Serialization", "Schemas"]
    assert names(infos, "value.converter.converter") == []


def test_a_refused_override_is_an_error_under_its_prefix():
    worker = StandaloneConfig({**STANDALONE, "connector.client.config.override.policy": "None"})
    infos = validate({**SOURCE, "producer.override.linger.ms": "5"}, worker).infos
    assert list(errors(infos)) == ["producer.override.linger.ms"]


def test_a_policy_is_closed_after_a_validation(monkeypatch):
    closed = []
    monkeypatch.setattr(OverridePolicy, "close", lambda policy: closed.append(policy.name))
    validate(SOURCE)
    assert closed == ["All"]


def test_an_override_of_the_wrong_type_is_a_bad_request():
    with pytest.raises(BadRequestError, match=r"producer\.override\.linger\.ms: Not a number"):
        validate({**SOURCE, "producer.override.linger.ms": "x"})
    with pytest.raises(BadRequestError, match="Class nope could not be found"):
        validate({**SOURCE, "producer.override.partitioner.class": "nope"})


OVERRIDES = {f"{client}.override.client.id": "x" for client in ("producer", "consumer", "admin")}
DEAD_LETTERS = {"errors.deadletterqueue.topic.name": "d"}
EXACTLY_ONCE = DistributedConfig({**DISTRIBUTED, "exactly.once.source.support": "enabled"})
MEMBER = DistributedConfig(DISTRIBUTED)
NO_CREATION = StandaloneConfig({**STANDALONE, "topic.creation.enable": "false"})
CREATION = {"topic.creation.default.partitions": "1"}


@pytest.mark.parametrize(
    ("props", "worker", "clients"),
    [
        (SOURCE, WORKER, ["producer"]),
        ({**SOURCE, **CREATION}, WORKER, ["producer", "admin"]),
        ({**SOURCE, **CREATION}, NO_CREATION, ["producer"]),
        ({**SOURCE, "offsets.storage.topic": "o"}, WORKER, ["producer"]),
        ({**SOURCE, "offsets.storage.topic": "o"}, MEMBER, ["producer", "consumer", "admin"]),
        (SOURCE, EXACTLY_ONCE, ["producer", "consumer", "admin"]),
        (SINK, WORKER, ["consumer"]),
        ({**SINK, **DEAD_LETTERS}, WORKER, ["producer", "consumer", "admin"]),
    ],
)
def test_overrides_are_shown_for_the_clients_a_connector_uses(props, worker, clients):
    infos = validate({**props, **OVERRIDES}, worker).infos
    shown = [info.value.name for info in infos.configs if ".override." in info.value.name]
    assert shown == [f"{client}.override.client.id" for client in clients]


def test_a_likely_slip_is_a_warning_and_no_error():
    validation = validate({**SOURCE, "bacth.size": "1"})
    assert validation.infos.error_count == 0
    assert validation.warnings == ["The setting bacth.size is not known. Did you mean batch.size?"]


@pytest.mark.parametrize(
    ("requested", "included", "fits"),
    [
        ("FileStreamSource", "org.apache.kafka.connect.file.FileStreamSourceConnector", True),
        ("a.FileStreamSourceConnector", "a.FileStreamSource", True),
        ("a.FileStreamSource", "FileStreamSource", False),
        ("Connector", "FileStreamSource", False),
        ("FileStreamSink", "FileStreamSource", False),
        ("FileStreamSink", None, True),
    ],
)
def test_the_plugin_of_the_path_must_fit_the_configuration(requested, included, fits):
    props = {"connector.class": included}
    if fits:
        check_request_type(requested, props)
        return
    with pytest.raises(BadRequestError, match=f"Included connector type {included} does not match"):
        check_request_type(requested, props)


def test_own_settings_of_a_connector_come_before_those_of_the_framework():
    keys = plugin_keys(registry().find_connector("FileStreamSource"))
    assert [key.name for key in keys][:5] == [
        "file",
        "topic",
        "batch.size",
        "name",
        "connector.class",
    ]
    assert "topic.creation.groups" in [key.name for key in keys]


def test_the_version_of_a_connector_is_its_default():
    connector = registry().find_connector("FileStreamSource")
    keys = {key.name: key for key in plugin_keys(connector)}
    assert keys["connector.plugin.version"].default_value == connector.version


def test_other_plugins_show_their_own_settings_only():
    keys = plugin_keys(registry().find(PluginKind.TRANSFORMATION, "RegexRouter"))
    assert [key.name for key in keys] == ["regex", "replacement"]


def test_overrides_come_in_the_order_of_javas_hash_map():
    given = {"producer.override.linger.ms": "5", "producer.override.batch.size": "1"}
    infos = validate({**SOURCE, **given}).infos
    shown = [info.value.name for info in infos.configs if ".override." in info.value.name]
    assert shown == ["producer.override.batch.size", "producer.override.linger.ms"]


def test_settings_of_a_converter_that_it_does_not_know_are_told():
    converter = {"value.converter": "StringConverter", "value.converter.converter.encodin": "x"}
    [warning] = validate({**SOURCE, **converter}).warnings
    assert "Did you mean value.converter.converter.encoding?" in warning
