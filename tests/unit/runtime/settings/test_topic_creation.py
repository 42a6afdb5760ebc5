# SPDX-License-Identifier: Apache-2.0
import pytest

from barnabas.errors import ConfigError
from barnabas.runtime.settings.topic_creation import (
    enabled_topic_groups,
    first_group,
    topic_groups,
    uses_topic_creation,
)

DEFAULT = {
    "topic.creation.default.partitions": "3",
    "topic.creation.default.replication.factor": "-1",
}


def test_without_such_settings_there_are_no_groups():
    assert topic_groups({"name": "n"}, []) == []
    assert not uses_topic_creation({"name": "n"})
    assert uses_topic_creation(DEFAULT)


def test_the_default_group_takes_every_topic_and_comes_last():
    props = {**DEFAULT, "topic.creation.a.include": "x.*"}
    groups = topic_groups(props, ["a", "default"])
    assert [group.name for group in groups] == ["a", "default"]
    assert groups[1].matches("anything")


def test_a_group_takes_what_it_includes_and_does_not_exclude():
    props = {
        **DEFAULT,
        "topic.creation.a.include": "x.*, y",
        "topic.creation.a.exclude": "xx",
    }
    group = topic_groups(props, ["a"])[0]
    assert [topic for topic in ("x", "x1", "xx", "y", "y1") if group.matches(topic)] == [
        "x",
        "x1",
        "y",
    ]


def test_numbers_of_the_default_group_hold_for_the_others():
    props = {**DEFAULT, "topic.creation.a.partitions": "7"}
    group = topic_groups(props, ["a"])[0]
    assert (group.partitions, group.replication_factor) == (7, -1)


def test_other_settings_of_a_group_are_topic_settings():
    props = {**DEFAULT, "topic.creation.default.cleanup.policy": "compact"}
    (group,) = topic_groups(props, [])
    assert group.configs == {"cleanup.policy": "compact"}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("topic.creation.default.partitions", "0", "Number of partitions must be positive"),
        ("topic.creation.default.replication.factor", "x", "Not a number of type SHORT"),
        ("topic.creation.a.include", "(", "Syntax error in regular expression"),
    ],
)
def test_wrong_values_are_refused(name, value, message):
    with pytest.raises(ConfigError, match=message):
        topic_groups({**DEFAULT, name: value}, ["a"])


def test_the_default_group_is_needed_as_soon_as_any_setting_is_there():
    with pytest.raises(ConfigError, match=r'"topic\.creation\.default\.partitions" which has no'):
        topic_groups({"topic.creation.a.include": "x"}, ["a"])


def test_a_topic_belongs_to_the_first_group_that_fits():
    props = {**DEFAULT, "topic.creation.groups": "a, b", "topic.creation.b.include": "x"}
    groups = enabled_topic_groups({}, {**props, "topic.creation.a.include": "y"})
    assert [first_group(groups, topic).name for topic in "xyz"] == ["b", "a", "default"]


@pytest.mark.parametrize(("text", "count"), [("true", 1), ("FALSE", 0)])
def test_a_worker_may_create_no_topics(text, count):
    assert len(enabled_topic_groups({"topic.creation.enable": text}, DEFAULT)) == count
