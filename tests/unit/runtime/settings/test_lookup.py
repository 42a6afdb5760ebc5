# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError, PluginError
from barnabas.runtime.plugins import PluginKind
from barnabas.runtime.settings.lookup import check_kind, class_names, full_class_name
from tests.unit.runtime.settings.stand_ins import registry

CONNECT = "org.apache.kafka.connect."
PLUGINS = registry()


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Json", CONNECT + "json.JsonConverter"),
        ("RegexRouter", CONNECT + "transforms.RegexRouter"),
        (CONNECT + "transforms.Flatten$Key", CONNECT + "transforms.Flatten$Key"),
        (CONNECT + "transforms.Flatten", CONNECT + "transforms.Flatten"),
        (CONNECT + "storage.Converter", CONNECT + "storage.Converter"),
        ("java.lang.String", "java.lang.String"),
    ],
)
def test_names_are_completed(name, full):
    assert full_class_name(PLUGINS, name) == full


@pytest.mark.parametrize("name", ["nope", "", "Key", "com.example.Nope"])
def test_what_nobody_knows_is_no_class(name):
    with pytest.raises(PluginError):
        full_class_name(PLUGINS, name)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("java.lang.String", PluginKind.CONVERTER, "Class java.lang.String does not implement the"),
        ("RegexRouter", PluginKind.PREDICATE, "does not implement the Predicate interface"),
        (CONNECT + "storage.Converter", PluginKind.CONVERTER, "abstract and cannot be created."),
        (
            CONNECT + "transforms.Flatten",
            PluginKind.TRANSFORMATION,
            f"Did you mean {CONNECT}transforms.Flatten$Key, {CONNECT}transforms.Flatten$Value?",
        ),
        (CONNECT + "transforms.Flatten", PluginKind.PREDICATE, "does not implement the Predicate"),
    ],
)
def test_a_class_of_another_kind_is_refused(name, kind, message):
    with pytest.raises(ConfigError) as failure:
        check_kind(PLUGINS, name, kind)
    assert message in failure.value.message


def test_a_class_may_be_of_two_kinds():
    for kind in (PluginKind.CONVERTER, PluginKind.HEADER_CONVERTER):
        check_kind(PLUGINS, "StringConverter", kind)


def test_class_names_are_sorted_and_of_one_kind():
    assert class_names(PLUGINS, PluginKind.PREDICATE) == [
        CONNECT + "transforms.predicates.RecordIsTombstone",
        CONNECT + "transforms.predicates.TopicNameMatches",
    ]
